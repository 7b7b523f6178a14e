/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The table of file descriptors and the functions on them. An operation holds its open file, so that a descriptor that another thread closes
 * meanwhile costs nobody anything. What the parent passed is put in at the first use of any descriptor.
 */
#include "table.h"
#include <arch/disable.h>
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <string.h>
#include <sys/stat.h>
#include <threads/sync.h>
#include <unistd.h>

static struct opened console = {&console_ops, 0, 3};
static struct opened pool[FILES_MAX];
static struct opened *table[FILES_MAX] = {&console, &console, &console};
static struct mutex mutex;
static bool started;

int file_fail(err_t error)
{
    errno = errno_of(error);
    return -1;
}

/* With the lock. */
static struct opened *opened_new(const struct file_ops *ops, void *file)
{
    for (unsigned i = 0; i < FILES_MAX; i++) {
        if (pool[i].refs > 0) continue;
        pool[i] = (struct opened){ops, file, 1};
        return &pool[i];
    }
    return NULL;
}

static void inherited_put(int fd, const struct file_ops *ops, void *file)
{
    struct opened *opened = fd < FILES_MAX ? opened_new(ops, file) : NULL;
    if (!opened) return;
    if (table[fd]) table[fd]->refs--;
    table[fd] = opened;
}

static void table_lock(void)
{
    mutex_lock(&mutex);
    if (started) return;
    started = true;
    inherited_find(inherited_put);
}

static __attribute__((noinline)) void table_start(void)
{
    table_lock();
    mutex_unlock(&mutex);
}

/* Without the lock: disabled for a few instructions, on memory that is backed, since it has been written to. */
struct opened *opened_get(int fd)
{
    struct opened *opened = NULL;
    if (!started) table_start();
    if (fd >= 0 && fd < FILES_MAX) {
        dispatcher_disable_briefly();
        opened = table[fd];
        if (opened) opened->refs++;
        dispatcher_enable();
    }
    if (!opened) errno = EBADF;
    return opened;
}

void opened_put(struct opened *opened)
{
    dispatcher_disable_briefly();
    bool last = opened->refs == 1;
    if (!last) opened->refs--;
    dispatcher_enable();
    if (!last) return;
    if (opened->ops->close) opened->ops->close(opened->file);
    opened->refs = 0; /* its place is free */
}

/* With the lock. The lowest free descriptor from `least` on; -1: none. */
static int fd_free(int least)
{
    for (int fd = least; fd < FILES_MAX; fd++) {
        if (!table[fd]) return fd;
    }
    return -1;
}

err_t file_open(const struct file_ops *ops, void *file, int *fd)
{
    table_lock();
    *fd = fd_free(0);
    struct opened *opened = *fd >= 0 ? opened_new(ops, file) : NULL;
    if (opened) table[*fd] = opened;
    mutex_unlock(&mutex);
    return opened ? ERR_OK : ERR_TOO_MANY;
}

int close(int fd)
{
    table_lock();
    struct opened *opened = fd >= 0 && fd < FILES_MAX ? table[fd] : NULL;
    if (opened) table[fd] = NULL;
    mutex_unlock(&mutex);
    if (!opened) {
        errno = EBADF;
        return -1;
    }
    opened_put(opened);
    return 0;
}

static int dup_from(int fd, int least)
{
    struct opened *opened = opened_get(fd);
    if (!opened) return -1;
    table_lock();
    int copy = fd_free(least);
    if (copy >= 0) table[copy] = opened;
    mutex_unlock(&mutex);
    if (copy < 0) {
        opened_put(opened);
        errno = EMFILE;
    }
    return copy;
}

int dup(int fd)
{
    return dup_from(fd, 0);
}

int dup2(int fd, int copy)
{
    struct opened *opened = opened_get(fd);
    if (!opened) return -1;
    if (copy < 0 || copy >= FILES_MAX || copy == fd) {
        opened_put(opened);
        errno = EBADF;
        return copy == fd ? fd : -1;
    }
    table_lock();
    struct opened *before = table[copy];
    table[copy] = opened;
    mutex_unlock(&mutex);
    if (before) opened_put(before);
    return copy;
}

/* Only some open files know O_NONBLOCK. */
static int flags_do(struct opened *opened, int command, int flags)
{
    bool (*nonblocking)(void *, int) = opened->ops->nonblocking;
    if (command == F_GETFL) return O_RDWR | (nonblocking && nonblocking(opened->file, -1) ? O_NONBLOCK : 0);
    if (command == F_SETFL && (nonblocking || !(flags & O_NONBLOCK))) {
        if (nonblocking) nonblocking(opened->file, (flags & O_NONBLOCK) != 0);
        return 0;
    }
    errno = EINVAL;
    return -1;
}

/* Descriptors have no flags here: what a child gets is said when it is started (libc/program.h). */
int fcntl(int fd, int command, ...)
{
    va_list arguments;
    va_start(arguments, command);
    int argument = command == F_DUPFD || command == F_SETFL ? va_arg(arguments, int) : 0;
    va_end(arguments);
    if (command == F_DUPFD) {
        if (argument >= 0 && argument < FILES_MAX) return dup_from(fd, argument);
        errno = EINVAL;
        return -1;
    }
    struct opened *opened = opened_get(fd);
    if (!opened) return -1;
    int result = command == F_GETFD || command == F_SETFD ? 0 : flags_do(opened, command, argument);
    opened_put(opened);
    return result;
}

ssize_t read(int fd, void *bytes, size_t most)
{
    struct opened *opened = opened_get(fd);
    size_t count = 0;
    if (!opened) return -1;
    err_t err = opened->ops->read ? opened->ops->read(opened->file, bytes, most, &count) : ERR_UNSUPPORTED;
    opened_put(opened);
    return err ? file_fail(err) : (ssize_t)count;
}

/* What was written counts, even if there was no room for the rest. */
ssize_t write(int fd, const void *bytes, size_t most)
{
    struct opened *opened = opened_get(fd);
    size_t count = 0;
    if (!opened) return -1;
    err_t err = opened->ops->write ? opened->ops->write(opened->file, bytes, most, &count) : ERR_UNSUPPORTED;
    opened_put(opened);
    return err && count == 0 ? file_fail(err) : (ssize_t)count;
}

off_t lseek(int fd, off_t offset, int whence)
{
    struct opened *opened = opened_get(fd);
    int64_t position = 0;
    if (!opened) return -1;
    err_t err = opened->ops->seek ? opened->ops->seek(opened->file, offset, whence, &position) : ERR_UNSUPPORTED;
    opened_put(opened);
    if (err == ERR_UNSUPPORTED) {
        errno = ESPIPE;
        return -1;
    }
    return err ? file_fail(err) : (off_t)position;
}

int ftruncate(int fd, off_t bytes)
{
    struct opened *opened = opened_get(fd);
    if (!opened) return -1;
    err_t err = opened->ops->truncate && bytes >= 0 ? opened->ops->truncate(opened->file, bytes) : ERR_INVALID;
    opened_put(opened);
    return err ? file_fail(err) : 0;
}

int fstat(int fd, struct stat *status)
{
    struct opened *opened = opened_get(fd);
    err_t err = ERR_OK;
    if (!opened) return -1;
    memset(status, 0, sizeof *status);
    status->st_mode = S_IFCHR | 0666;
    status->st_nlink = 1;
    if (opened->ops->status) err = opened->ops->status(opened->file, status);
    opened_put(opened);
    return err ? file_fail(err) : 0;
}

/* There is nothing behind the file system that it could be written to. */
int fsync(int fd)
{
    struct opened *opened = opened_get(fd);
    if (opened) opened_put(opened);
    return opened ? 0 : -1;
}

int isatty(int fd)
{
    struct opened *opened = opened_get(fd);
    if (!opened) return 0;
    bool terminal = opened->ops->terminal;
    opened_put(opened);
    if (!terminal) errno = ENOTTY;
    return terminal;
}
