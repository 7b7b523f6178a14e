/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * fopen() and fdopen(), in place of picolibc's: the streams they make are in a list, so that exit() finds what is still in their
 * buffers.
 */
#include <abi/errors.h>
#include <abi/types.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio-bufio.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <threads/sync.h>
#include <unistd.h>

#define STREAM_BUFFER 4096

struct stream {
    struct __file_bufio bufio;
    struct stream *next;
    char buffer[STREAM_BUFFER];
};

static struct stream *streams;
static struct mutex mutex;

/* fclose() frees the stream after this. */
static int stream_close(FILE *file)
{
    struct stream *stream = (struct stream *)file, **link = &streams;
    mutex_lock(&mutex);
    while (*link && *link != stream)
        link = &(*link)->next;
    if (*link) *link = stream->next;
    mutex_unlock(&mutex);
    return __bufio_close(file);
}

/* picolibc does not note errors of a stream that is flushed (ferror()). */
static ssize_t stream_write(int fd, const void *bytes, size_t count)
{
    ssize_t written = write(fd, bytes, count);
    if (written >= 0) return written;
    mutex_lock(&mutex);
    for (struct stream *stream = streams; stream; stream = stream->next) {
        if (stream->bufio.fd == fd) stream->bufio.xfile.cfile.file.flags |= __SERR;
    }
    mutex_unlock(&mutex);
    return written;
}

/* "r", "w" or "a", then "+", "b", "x" in any order. -1: something else. */
static int mode_flags(const char *mode, int *stream_flags)
{
    int flags = mode[0] == 'w' ? O_CREAT | O_TRUNC : mode[0] == 'a' ? O_CREAT | O_APPEND : 0;
    if (strchr("rwa", mode[0]) == NULL || mode[0] == 0) return -1;
    *stream_flags = mode[0] == 'r' ? __SRD : __SWR;
    for (const char *c = mode + 1; *c; c++) {
        if (*c == '+')
            *stream_flags = __SRD | __SWR;
        else if (*c == 'x')
            flags |= O_EXCL;
        else if (*c != 'b')
            return -1;
    }
    return flags | (*stream_flags == (__SRD | __SWR) ? O_RDWR : mode[0] == 'r' ? O_RDONLY : O_WRONLY);
}

static FILE *stream_make(int fd, int flags)
{
    struct stream *stream = malloc(sizeof *stream);
    if (!stream) return NULL;
    stream->bufio =
        (struct __file_bufio)FDEV_SETUP_BUFIO(fd, stream->buffer, STREAM_BUFFER, read, stream_write, lseek, close, 0, 0);
    stream->bufio.xfile.cfile.file.flags |= flags;
    stream->bufio.xfile.cfile.close = stream_close;
    __bufio_lock_init(&stream->bufio.xfile.cfile.file);
    mutex_lock(&mutex);
    stream->next = streams;
    streams = stream;
    mutex_unlock(&mutex);
    return &stream->bufio.xfile.cfile.file;
}

FILE *fdopen(int fd, const char *mode)
{
    int flags;
    if (mode_flags(mode, &flags) < 0) {
        errno = EINVAL;
        return NULL;
    }
    return stream_make(fd, flags);
}

FILE *fopen(const char *path, const char *mode)
{
    int flags, open_flags = mode_flags(mode, &flags);
    if (open_flags < 0) {
        errno = EINVAL;
        return NULL;
    }
    int fd = open(path, open_flags, 0666);
    if (fd < 0) return NULL;
    FILE *file = stream_make(fd, flags);
    if (!file) close(fd);
    return file;
}

static __attribute__((destructor)) void flush_streams(void)
{
    for (struct stream *stream = streams; stream; stream = stream->next)
        fflush(&stream->bufio.xfile.cfile.file);
}
