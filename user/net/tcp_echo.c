/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * `tcp_echo` (RFC 862): what comes over a connection goes back. It outlives a restart of the network: it has its port again, and loses its
 * connections, as their other ends do.
 */
#include <cli/cli.h>
#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>

#include "tools.h"

#define CLIENTS_MAX 56 /* with standard files and the listener what a process may have open */
#define CLIENT_BYTES 8192

static const struct cli cli = {"tcp_echo", "[-q] PORT",
                               "  Send back all that comes over connections to PORT, of up to 56 clients at once.\n"
                               "  -q        say nothing at the start\n"};

struct client {
    size_t start, end; /* of what is still to go back */
    bool ended;        /* the client has sent all it has */
    char data[CLIENT_BYTES];
};

static void *client_begin(void)
{
    return calloc(1, sizeof(struct client));
}

/* Move what can be moved without waiting; false: it is over. */
static bool client_go(void *of, struct pollfd *file)
{
    struct client *client = of;
    if (client->start == client->end && !client->ended) {
        ssize_t count = recv(file->fd, client->data, sizeof client->data, 0);
        if (count < 0) {
            return errno == EAGAIN || errno == EINTR;
        }
        client->ended = count == 0;
        client->start = 0;
        client->end = (size_t)count;
    }
    if (client->start < client->end) {
        ssize_t count = send(file->fd, client->data + client->start, client->end - client->start, MSG_NOSIGNAL);
        if (count < 0 && errno != EAGAIN && errno != EINTR) {
            return false;
        }
        client->start += count > 0 ? (size_t)count : 0;
    }
    file->events = client->start < client->end ? POLLOUT : POLLIN;
    return !client->ended || client->start < client->end;
}

int tool_tcp_echo(int argc, char **argv)
{
    struct cli_options options = {.argc = argc, .argv = argv, .next = 1};
    bool quiet = false;
    while (cli_option(&cli, &options, "q") != 0) {
        quiet = true;
    }
    if (options.next != argc - 1) {
        cli_refuse(&cli, "which port?");
    }
    uint16_t port = tools_port(&cli, argv[options.next]);
    int fd = tools_serve(SOCK_STREAM, port);
    if (fd < 0) {
        return tools_failed("tcp_echo", argv[options.next]);
    }
    if (!quiet) {
        printf("tcp_echo: on port %u\n", (unsigned)port);
        fflush(stdout);
    }
    return tools_serve_streams(
        &(struct tools_server){
            .program = "tcp_echo", .port = port, .most = CLIENTS_MAX, .begin = client_begin, .go = client_go, .end = free},
        fd);
}
