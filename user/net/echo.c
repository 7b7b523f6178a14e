/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * `udp_echo` and `tcp_echo` (RFC 862): what comes goes back. A process each; both outlive a restart of the network: the one has its port
 * again, the other loses its connections, as their other ends do.
 */
#include <cli/cli.h>
#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "tools.h"

#define CLIENTS_MAX 56 /* with standard files and the listener what a process may have open */
#define CLIENT_BYTES 8192

static const struct cli udp_cli = {"udp_echo", "[-q] [-n COUNT] PORT",
                                   "  Send each packet of UDP that comes to PORT back to where it came from.\n"
                                   "  -q        say nothing at the start\n"
                                   "  -n COUNT  end after so many packets\n"};
static const struct cli tcp_cli = {"tcp_echo", "[-q] PORT",
                                   "  Send back all that comes over connections to PORT, of up to 56 clients at once.\n"
                                   "  -q        say nothing at the start\n"};

/* The port again after the network has failed. */
static int again(const char *program, int type, int fd, uint16_t port)
{
    close(fd);
    fd = tools_serve_again(type, port);
    if (fd < 0) {
        tools_failed(program, "cannot have the port again");
        exit(1);
    }
    return fd;
}

static int serve_udp(int fd, uint16_t port, uint64_t left)
{
    static char packet[NET_LARGEST];
    while (left > 0) {
        struct sockaddr_in from;
        socklen_t from_bytes = sizeof from;
        ssize_t bytes = recvfrom(fd, packet, sizeof packet, 0, (struct sockaddr *)&from, &from_bytes);
        if (bytes < 0) {
            if (errno != EINTR && errno != EAGAIN && errno != ECONNREFUSED) {
                fd = again("udp_echo", SOCK_DGRAM, fd, port);
            }
            continue;
        }
        /* One that cannot go back is lost, like any packet; if the network is gone receiving says so. */
        sendto(fd, packet, (size_t)bytes, 0, (struct sockaddr *)&from, from_bytes);
        left--;
    }
    close(fd);
    return 0;
}

int tool_udp_echo(int argc, char **argv)
{
    struct cli_options options = {.argc = argc, .argv = argv, .next = 1};
    uint64_t count = UINT64_MAX;
    bool quiet = false;
    for (int letter; (letter = cli_option(&udp_cli, &options, "qn:")) != 0;) {
        if (letter == 'q') {
            quiet = true;
        } else {
            count = cli_number(&udp_cli, "COUNT", options.value, UINT64_MAX - 1);
        }
    }
    if (options.next != argc - 1) {
        cli_refuse(&udp_cli, "which port?");
    }
    uint16_t port = tools_port(&udp_cli, argv[options.next]);
    int fd = tools_serve(SOCK_DGRAM, port);
    if (fd < 0) {
        return tools_failed("udp_echo", argv[options.next]);
    }
    if (!quiet) {
        printf("udp_echo: on port %u\n", (unsigned)port);
        fflush(stdout);
    }
    return serve_udp(fd, port, count);
}

struct client {
    size_t start, end; /* of what is still to go back */
    bool ended;        /* the client has sent all it has */
    char data[CLIENT_BYTES];
};

static struct client *clients[CLIENTS_MAX];
static struct pollfd files[CLIENTS_MAX + 1]; /* the last one listens */

static void client_close(unsigned i)
{
    close(files[i].fd);
    files[i].fd = -1;
    free(clients[i]);
    clients[i] = NULL;
}

static void client_accept(int listener)
{
    int fd = accept(listener, NULL, NULL);
    unsigned i = 0;
    while (i < CLIENTS_MAX && files[i].fd >= 0) {
        i++;
    }
    if (fd < 0) {
        return;
    }
    if (i == CLIENTS_MAX || (clients[i] = calloc(1, sizeof *clients[i])) == NULL || !tools_set_blocking(fd, false)) {
        close(fd);
        return;
    }
    files[i] = (struct pollfd){.fd = fd, .events = POLLIN};
}

/* Move what can be moved without waiting; false: it is over. */
static bool client_go(struct client *client, struct pollfd *file)
{
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

static void serve_tcp(int fd, uint16_t port)
{
    struct pollfd *listener = &files[CLIENTS_MAX];
    for (unsigned i = 0; i < CLIENTS_MAX; i++) {
        files[i].fd = -1;
    }
    *listener = (struct pollfd){.fd = fd, .events = POLLIN};
    for (;;) {
        if (poll(files, CLIENTS_MAX + 1, -1) < 0 && errno != EINTR) {
            listener->revents = POLLERR;
        }
        for (unsigned i = 0; i < CLIENTS_MAX; i++) {
            if (files[i].fd >= 0 && files[i].revents != 0 && !client_go(clients[i], &files[i])) {
                client_close(i);
            }
        }
        if (listener->revents & (POLLERR | POLLHUP | POLLNVAL)) {
            listener->fd = again("tcp_echo", SOCK_STREAM, listener->fd, port);
        } else if (listener->revents != 0) {
            client_accept(listener->fd);
        }
    }
}

int tool_tcp_echo(int argc, char **argv)
{
    struct cli_options options = {.argc = argc, .argv = argv, .next = 1};
    bool quiet = false;
    while (cli_option(&tcp_cli, &options, "q") != 0) {
        quiet = true;
    }
    if (options.next != argc - 1) {
        cli_refuse(&tcp_cli, "which port?");
    }
    uint16_t port = tools_port(&tcp_cli, argv[options.next]);
    int fd = tools_serve(SOCK_STREAM, port);
    if (fd < 0) {
        return tools_failed("tcp_echo", argv[options.next]);
    }
    if (!quiet) {
        printf("tcp_echo: on port %u\n", (unsigned)port);
        fflush(stdout);
    }
    serve_tcp(fd, port);
    return 0;
}
