/* SPDX-License-Identifier: BSD-2-Clause */
/* stdin, stdout and stderr: buffered by lines, but stdout only on a console; flushed when the program ends. */
#include <errno.h>
#include <stdio-bufio.h>
#include <stdio.h>
#include <unistd.h>

static char in_buffer[256];
static char out_buffer[1024];
static char error_buffer[256];

static struct __file_bufio in =
    FDEV_SETUP_BUFIO(0, in_buffer, sizeof in_buffer, read, write, lseek, close, __SRD, __BLBF);
static ssize_t first_write(int fd, const void *bytes, size_t count);
static struct __file_bufio out =
    FDEV_SETUP_BUFIO(1, out_buffer, sizeof out_buffer, read, first_write, lseek, close, __SWR, __BLBF);
static struct __file_bufio error =
    FDEV_SETUP_BUFIO(2, error_buffer, sizeof error_buffer, read, write, lseek, close, __SWR, __BLBF);

/* picolibc does not note errors of a stream that is flushed (ferror()). */
static ssize_t out_write(int fd, const void *bytes, size_t count)
{
    ssize_t written = write(fd, bytes, count);
    if (written < 0) out.xfile.cfile.file.flags |= __SERR;
    return written;
}

/* Now it matters what it is. */
static ssize_t first_write(int fd, const void *bytes, size_t count)
{
    int before = errno;
    if (!isatty(fd)) out.bflags &= ~__BLBF;
    errno = before;
    out.write = out_write;
    return out_write(fd, bytes, count);
}

FILE *const stdin = &in.xfile.cfile.file;
FILE *const stdout = &out.xfile.cfile.file;
FILE *const stderr = &error.xfile.cfile.file;

/* exit() runs it: a program that never prints has none of this. */
static __attribute__((destructor)) void flush_all(void)
{
    fflush(stdout);
    fflush(stderr);
}
