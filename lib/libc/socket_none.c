/* SPDX-License-Identifier: BSD-2-Clause */
/* Sockets and names of hosts where there is no network. Nothing can be a socket, so the other functions have nothing to do but to say so. */
#include "table.h"
#include <errno.h>
#include <netdb.h>

int socket(int domain, int type, int protocol)
{
    (void)domain, (void)type, (void)protocol;
    errno = EAFNOSUPPORT;
    return -1;
}

bool opened_is_socket(const struct opened *opened)
{
    (void)opened;
    return false;
}

int sockets_poll(struct pollfd *files, unsigned count, struct opened *const *opened, bool wait, ticks_t deadline)
{
    (void)files, (void)count, (void)opened, (void)wait, (void)deadline;
    return 0;
}
