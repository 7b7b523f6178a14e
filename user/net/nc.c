/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * `nc`: standard input to the network and the network to standard output, over TCP or UDP, as client or server. A thread sends what is
 * read, the first thread writes what comes.
 */
#include <cli/cli.h>
#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "tools.h"

static const struct cli cli = {
    "nc", "[-lNuvz] [-w SECONDS] [HOST] PORT[-PORT]",
    "  Connect standard input and output to a port of HOST, or with -l to whoever connects to PORT here.\n"
    "  -l          listen\n"
    "  -N          over TCP: when standard input ends tell the other end so, and go on receiving\n"
    "  -u          UDP instead of TCP\n"
    "  -v          say what happens\n"
    "  -w SECONDS  end when nothing has come for so long; and how long connecting may take\n"
    "  -z          send nothing: tell which of the ports accept connections\n"};

struct nc {
    bool listen, half_close, udp, verbose, probe;
    uint64_t limit_ms; /* 0: none */
    int fd;
};

static struct nc nc;

/* Standard input to the other end, until it ends. */
static void send_input(void *unused)
{
    static char data[8192];
    ssize_t count;
    (void)unused;
    while ((count = read(0, data, sizeof data)) > 0) {
        if (!tools_write_all(nc.fd, data, (size_t)count)) {
            tools_failed("nc", "sending");
            break;
        }
    }
    if (nc.half_close && !nc.udp) {
        shutdown(nc.fd, SHUT_WR);
    }
}

/* What comes, to standard output, until the other end has no more or the limit is over. */
static int receive(void)
{
    static char data[NET_LARGEST];
    for (;;) {
        struct pollfd file = {.fd = nc.fd, .events = POLLIN};
        int ready = poll(&file, 1, nc.limit_ms != 0 ? (int)nc.limit_ms : -1);
        if (ready == 0) {
            return 0;
        }
        ssize_t count = recv(nc.fd, data, sizeof data, 0);
        if (count < 0 && (errno == EINTR || errno == EAGAIN)) {
            continue;
        }
        if (count < 0) {
            return tools_failed("nc", "receiving");
        }
        if (count == 0 && !nc.udp) {
            return 0;
        }
        if (!tools_write_all(1, data, (size_t)count)) {
            return tools_failed("nc", "standard output");
        }
    }
}

static int talk(void)
{
    if (!platform_thread(send_input, NULL)) {
        fprintf(stderr, "nc: out of memory\n");
        return 1;
    }
    return receive();
}

/* A server of one client: of UDP it is whoever sends first. */
static int serve(uint16_t port, const char *text)
{
    struct sockaddr_in from;
    socklen_t bytes = sizeof from;
    char first;
    int listener = tools_serve(nc.udp ? SOCK_DGRAM : SOCK_STREAM, port);
    if (listener < 0) {
        return tools_failed("nc", text);
    }
    if (nc.verbose) {
        fprintf(stderr, "nc: listening on port %u\n", (unsigned)port);
    }
    if (nc.udp) {
        ssize_t count;
        do {
            count = recvfrom(listener, &first, 1, MSG_PEEK, (struct sockaddr *)&from, &bytes);
        } while (count < 0 && errno == EINTR);
        nc.fd = count >= 0 && connect(listener, (struct sockaddr *)&from, bytes) == 0 ? listener : -1;
    } else {
        nc.fd = accept(listener, (struct sockaddr *)&from, &bytes);
        close(listener);
    }
    if (nc.fd < 0) {
        return tools_failed("nc", "waiting for a client");
    }
    if (nc.verbose) {
        fprintf(stderr, "nc: %s\n", tools_text(&from));
    }
    return talk();
}

static int open_to(const struct sockaddr_in *to)
{
    if (!nc.udp) {
        return tools_connect(to, (int)nc.limit_ms);
    }
    int fd = socket(AF_INET, SOCK_DGRAM, 0);
    if (fd >= 0 && connect(fd, (const struct sockaddr *)to, sizeof *to) != 0) {
        close(fd);
        fd = -1;
    }
    return fd;
}

/* Which ports from `first` to `last` are open: 0 if one is. */
static int probe(struct in_addr host, uint16_t first, uint16_t last)
{
    int status = 1;
    for (unsigned port = first; port <= last; port++) {
        struct sockaddr_in to = tools_address(host, (uint16_t)port);
        int fd = open_to(&to);
        if (fd >= 0) {
            close(fd);
            printf("%s open\n", tools_text(&to));
            status = 0;
        } else if (nc.verbose) {
            fprintf(stderr, "nc: %s: %s\n", tools_text(&to), strerror(errno));
        }
    }
    return status;
}

/* "80" or "80-90" */
static void ports(char *text, uint16_t *first, uint16_t *last)
{
    char *dash = strchr(text, '-');
    if (dash != NULL) {
        *dash = '\0';
    }
    *first = tools_port(&cli, text);
    *last = dash != NULL ? tools_port(&cli, dash + 1) : *first;
    if (*last < *first || (dash != NULL && !nc.probe)) {
        cli_refuse(&cli, dash != NULL && !nc.probe ? "several ports only with -z" : "the last port is before the first");
    }
}

static int client(const char *host_text, char *port_text)
{
    struct in_addr host;
    uint16_t first, last;
    ports(port_text, &first, &last);
    if (!tools_resolve("nc", host_text, &host)) {
        return 1;
    }
    if (nc.probe) {
        return probe(host, first, last);
    }
    struct sockaddr_in to = tools_address(host, first);
    nc.fd = open_to(&to);
    if (nc.fd < 0) {
        return tools_failed("nc", tools_text(&to));
    }
    if (nc.verbose) {
        fprintf(stderr, "nc: %s\n", tools_text(&to));
    }
    return talk();
}

int tool_nc(int argc, char **argv)
{
    struct cli_options options = {.argc = argc, .argv = argv, .next = 1};
    for (int letter; (letter = cli_option(&cli, &options, "lNuvzw:")) != 0;) {
        switch (letter) {
        case 'l':
            nc.listen = true;
            break;
        case 'N':
            nc.half_close = true;
            break;
        case 'u':
            nc.udp = true;
            break;
        case 'v':
            nc.verbose = true;
            break;
        case 'z':
            nc.probe = true;
            break;
        default:
            nc.limit_ms = 1000 * cli_number(&cli, "SECONDS", options.value, 86400);
        }
    }
    int left = argc - options.next;
    if (nc.probe && (nc.udp || nc.listen)) {
        cli_refuse(&cli, "-z is for clients of TCP: nothing answers a packet of UDP");
    }
    if (left != (nc.listen ? 1 : 2)) {
        cli_refuse(&cli, nc.listen ? "which port?" : "which host, and which port?");
    }
    return nc.listen ? serve(tools_port(&cli, argv[options.next]), argv[options.next])
                     : client(argv[options.next], argv[options.next + 1]);
}
