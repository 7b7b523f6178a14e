/* SPDX-License-Identifier: BSD-2-Clause */
/* `udp_echo` (RFC 862): each packet goes back. It outlives a restart of the network: it has its port again. */
#include <cli/cli.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include "tools.h"

static const struct cli cli = {"udp_echo", "[-q] [-n COUNT] PORT",
                               "  Send each packet of UDP that comes to PORT back to where it came from.\n"
                               "  -q        say nothing at the start\n"
                               "  -n COUNT  end after so many packets\n"};
/* The port again after the network has failed. */
static int again(int fd, uint16_t port)
{
    close(fd);
    fd = tools_serve_again(SOCK_DGRAM, port);
    if (fd < 0) {
        tools_failed("udp_echo", "cannot have the port again");
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
                fd = again(fd, port);
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
    for (int letter; (letter = cli_option(&cli, &options, "qn:")) != 0;) {
        if (letter == 'q') {
            quiet = true;
        } else {
            count = cli_number(&cli, "COUNT", options.value, UINT64_MAX - 1);
        }
    }
    if (options.next != argc - 1) {
        cli_refuse(&cli, "which port?");
    }
    uint16_t port = tools_port(&cli, argv[options.next]);
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
