/* SPDX-License-Identifier: BSD-2-Clause */
/* Waiting for several descriptors at once. select() is in <sys/select.h>. */
#ifndef _POLL_H
#define _POLL_H

#define POLLIN 0x001
#define POLLPRI 0x002
#define POLLOUT 0x004
#define POLLERR 0x008
#define POLLHUP 0x010
#define POLLNVAL 0x020
#define POLLRDNORM 0x040
#define POLLWRNORM 0x100

typedef unsigned int nfds_t;

struct pollfd {
    int fd; /* negative: none */
    short events;
    short revents;
};

/* `timeout` in milliseconds; negative: none. */
int poll(struct pollfd *files, nfds_t count, int timeout);

#endif
