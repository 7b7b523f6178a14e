/* SPDX-License-Identifier: BSD-2-Clause */
/* The table of file descriptors and the functions on them. */
#include "console.h"
#include <errno.h>
#include <threads/sync.h>
#include <unistd.h>

static struct {
    const struct file_ops *ops;
    void *file;
} files[FILES_MAX] = {{&console_ops, 0}, {&console_ops, 0}, {&console_ops, 0}};
static struct mutex mutex;

static const struct file_ops *ops_of(int fd)
{
    return fd >= 0 && fd < FILES_MAX ? files[fd].ops : 0;
}

static int fail(err_t error)
{
    errno = errno_of(error);
    return -1;
}

err_t file_open(const struct file_ops *ops, void *file, int *fd)
{
    err_t err = ERR_TOO_MANY;
    mutex_lock(&mutex);
    for (int i = 0; i < FILES_MAX && err; i++) {
        if (files[i].ops) continue;
        files[i].ops = ops;
        files[i].file = file;
        *fd = i;
        err = ERR_OK;
    }
    mutex_unlock(&mutex);
    return err;
}

ssize_t read(int fd, void *bytes, size_t most)
{
    const struct file_ops *ops = ops_of(fd);
    size_t count = 0;
    if (!ops) {
        errno = EBADF;
        return -1;
    }
    err_t err = ops->read ? ops->read(files[fd].file, bytes, most, &count) : ERR_UNSUPPORTED;
    return err ? fail(err) : (ssize_t)count;
}

ssize_t write(int fd, const void *bytes, size_t most)
{
    const struct file_ops *ops = ops_of(fd);
    size_t count = 0;
    if (!ops) {
        errno = EBADF;
        return -1;
    }
    err_t err = ops->write ? ops->write(files[fd].file, bytes, most, &count) : ERR_UNSUPPORTED;
    return err ? fail(err) : (ssize_t)count;
}

off_t lseek(int fd, off_t offset, int whence)
{
    const struct file_ops *ops = ops_of(fd);
    int64_t position;
    if (!ops || !ops->seek) {
        errno = ops ? ESPIPE : EBADF;
        return -1;
    }
    err_t err = ops->seek(files[fd].file, offset, whence, &position);
    return err ? fail(err) : (off_t)position;
}

int close(int fd)
{
    mutex_lock(&mutex);
    const struct file_ops *ops = ops_of(fd);
    void *file = ops ? files[fd].file : 0;
    if (ops) files[fd].ops = 0;
    mutex_unlock(&mutex);
    if (!ops) {
        errno = EBADF;
        return -1;
    }
    if (ops->close) ops->close(file);
    return 0;
}

int isatty(int fd)
{
    const struct file_ops *ops = ops_of(fd);
    if (ops && ops->terminal) return 1;
    errno = ops ? ENOTTY : EBADF;
    return 0;
}
