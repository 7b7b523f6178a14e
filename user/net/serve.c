/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The loop of a server of streams: one thread and poll() for the listening socket and all clients. It outlives a restart of the network:
 * the port is had again, the clients hear that their connections have ended.
 */
#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include "tools.h"

static void *clients[TOOLS_CLIENTS_MAX];
static struct pollfd files[TOOLS_CLIENTS_MAX + 1]; /* behind the clients' places: the one that listens */

static void client_end(const struct tools_server *server, unsigned i)
{
    close(files[i].fd);
    files[i].fd = -1;
    server->end(clients[i]);
}

static unsigned free_place(const struct tools_server *server)
{
    unsigned i = 0;
    while (i < server->most && files[i].fd >= 0) {
        i++;
    }
    return i;
}

static void client_accept(const struct tools_server *server, int listener)
{
    int fd = accept(listener, NULL, NULL);
    unsigned i = free_place(server);
    if (fd < 0) {
        return;
    }
    void *client = i < server->most && tools_set_blocking(fd, false) ? server->begin() : NULL;
    if (client == NULL) {
        close(fd);
        return;
    }
    clients[i] = client;
    files[i] = (struct pollfd){.fd = fd, .events = POLLIN};
}

/* Milliseconds until the first client's time is over, -1: for ever. Those whose is are ended. */
static int clients_expire(const struct tools_server *server)
{
    uint64_t first = UINT64_MAX;
    if (server->until == NULL) {
        return -1;
    }
    uint64_t now = platform_us();
    for (unsigned i = 0; i < server->most; i++) {
        uint64_t until = files[i].fd >= 0 ? server->until(clients[i]) : UINT64_MAX;
        if (until <= now) {
            client_end(server, i);
        } else if (until < first) {
            first = until;
        }
    }
    return first == UINT64_MAX ? -1 : (int)((first - now) / 1000) + 1;
}

int tools_serve_streams(const struct tools_server *server, int fd)
{
    struct pollfd *listener = &files[server->most];
    for (unsigned i = 0; i < server->most; i++) {
        files[i].fd = -1;
    }
    for (;;) {
        int limit = clients_expire(server);
        /* When all places are taken, further clients wait to be accepted. */
        *listener = (struct pollfd){.fd = free_place(server) < server->most ? fd : -1, .events = POLLIN};
        if (poll(files, server->most + 1, limit) < 0 && errno != EINTR) {
            listener->revents = POLLERR;
        }
        for (unsigned i = 0; i < server->most; i++) {
            if (files[i].fd >= 0 && files[i].revents != 0 && !server->go(clients[i], &files[i])) {
                client_end(server, i);
            }
        }
        if (listener->revents & (POLLERR | POLLHUP | POLLNVAL)) {
            close(fd);
            fd = tools_serve_again(SOCK_STREAM, server->port);
            if (fd < 0) {
                return tools_failed(server->program, "cannot have the port again");
            }
        } else if (listener->revents != 0) {
            client_accept(server, fd);
        }
    }
}
