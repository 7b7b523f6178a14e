/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What the files of this folder that make file descriptors share. Floors, from below: console, remote (files of fs), files (the table), poll;
 * paths, directory, program, streams.
 */
#ifndef LIBC_TABLE_H
#define LIBC_TABLE_H

#include <idl/fs.h>
#include <libc/files.h>

/* An open file, by as many descriptors and operations as refs says. */
struct opened {
    const struct file_ops *ops;
    void *file;
    unsigned refs;
};

/* files.c: the open file of a descriptor, held until opened_put(). NULL: errno says EBADF. */
struct opened *opened_get(int fd);
void opened_put(struct opened *opened);
/* Sets errno; -1. */
int file_fail(err_t error);

/* console.c: descriptors 0, 1 and 2, unless something else was passed. */
extern const struct file_ops console_ops;
/* For a child, the console that this process was passed; 0: it was passed none. */
err_t console_share(cptr_t *endpoint);
/* The console that a parent on another core has lent. ERR_NOT_FOUND: it has not. */
err_t console_borrow(uint64_t key);
/* It was had in this way: children get it so, too. */
bool console_is_borrowed(void);

/*
 * remote.c: files that fs has. `generation` tells one fs from its successor, which knows nothing of the files that were open at it.
 */
extern const struct file_ops remote_ops;
/* The process's own channel to fs, bound. If fs has died it is bound again. ERR_DEVICE: there is no fs. */
err_t remote_channel(struct fs_client **fs);
/* An error of fs as the C library means it: a fs that is gone is an I/O error. */
err_t remote_error(err_t error);
/*
 * Repeat a call, once, if fs died: `call` is an expression with `fs` in it. Its files outlive it, so what was asked may have been done: then the
 * second call fails with the error `done` (ERR_OK: it does not), and nobody knows whether it is that or another's doing.
 */
#define REMOTE_CALL_ONCE(err, fs, call, done)                                                                          \
    do {                                                                                                               \
        (err) = remote_channel(&(fs));                                                                                 \
        if ((err) == ERR_OK) (err) = (call);                                                                           \
        if ((err) == ERR_PEER_DEAD && ((err) = remote_channel(&(fs))) == ERR_OK) {                                     \
            (err) = (call);                                                                                            \
            if ((err) == (done) && (err) != ERR_OK) (err) = ERR_DEVICE;                                                \
        }                                                                                                              \
        (err) = remote_error(err);                                                                                     \
    } while (0)
#define REMOTE_CALL(err, fs, call) REMOTE_CALL_ONCE(err, fs, call, ERR_OK)
/* A descriptor for file `number` of the process's own channel, which is closed if there is none. */
err_t remote_open(uint32_t number, int *fd);
/* Attributes as POSIX has them. */
void status_fill(const struct fs_attributes *attributes, struct stat *status);
/* fs.idl: lend. */
struct remote;
err_t remote_lend(const struct remote *remote, uint64_t pid, uint64_t key, uint32_t as);
/* `put` what the parent passed as "fd0", "fd1", .... */
void inherited_find(void (*put)(int fd, const struct file_ops *ops, void *file));

/*
 * socket_poll.c, or socket_none.c, for poll.c: which of the files are sockets, and what those are ready for. `wait`: until one is, or the deadline
 * is over (0: there is none). -1: errno.
 */
#define POLL_MOST 64
struct pollfd;
bool opened_is_socket(const struct opened *opened);
int sockets_poll(struct pollfd *files, unsigned count, struct opened *const *opened, bool wait, ticks_t deadline);

/* paths.c: the path with the working directory in front; `absolute` has room for FS_PATH_MAX + 1. ERR_TOO_LONG, ERR_NOT_FOUND (empty). */
err_t path_absolute(const char *path, char *absolute);
/* Sets errno for what failed with a path; -1. */
int path_fail(err_t error);

#endif
