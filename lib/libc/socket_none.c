/* SPDX-License-Identifier: BSD-2-Clause */
/* Sockets and names of hosts where there is no network. Nothing can be a socket, so the other functions have nothing to do but to say so. */
#include <errno.h>
#include <netdb.h>
#include <poll.h>
#include <sys/select.h>

int socket(int domain, int type, int protocol)
{
    (void)domain, (void)type, (void)protocol;
    errno = EAFNOSUPPORT;
    return -1;
}
