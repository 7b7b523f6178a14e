/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * File descriptors: what read(), write(), lseek() and close() of the C library mean. A small table of open files; several descriptors may be one
 * open file (dup()). 0, 1 and 2 are the console (term, or the log where there is none), unless the parent passed other files
 * (libc/program.h). Thread-safe.
 */
#ifndef LIBC_FILES_H
#define LIBC_FILES_H

#include <abi/errors.h>
#include <abi/types.h>
#include <stdbool.h>
#include <sys/types.h>

#define FILES_MAX 64

struct stat;

/* Each answers like the function of its name, but with an err_t; *count or *position says how far it came. NULL:
 * ERR_UNSUPPORTED, close: nothing to do. */
struct file_ops {
    err_t (*read)(void *file, void *bytes, size_t most, size_t *count);
    err_t (*write)(void *file, const void *bytes, size_t most, size_t *count);
    err_t (*seek)(void *file, int64_t offset, int whence, int64_t *position);
    err_t (*truncate)(void *file, int64_t bytes);
    err_t (*status)(void *file, struct stat *status);
    /* Names of a directory after `after`, as fs.idl's list(). */
    err_t (*list)(void *file, const char *after, void *entries, size_t room, size_t *bytes);
    /* A capability by which another process can hold the same open file. */
    err_t (*share)(void *file, cptr_t *endpoint);
    /* For poll(): what it is ready for, of POLLIN, POLLOUT, POLLERR and POLLHUP. NULL: always ready, as files are. */
    err_t (*ready)(void *file, short *ready);
    /* O_NONBLOCK: 1, 0: set it or not; -1: leave it. Whether it is set. */
    bool (*nonblocking)(void *file, int on);
    void (*close)(void *file);
    bool terminal;
};

/* The lowest free descriptor for `file`. ERR_TOO_MANY. */
err_t file_open(const struct file_ops *ops, void *file, int *fd);

/* The errno that says about the same as an error. */
int errno_of(err_t error);

#endif
