/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * `iperfd`: a server for clients of iperf 2, one after the other over TCP, any number over UDP. TCP: everything is read and
 * counted. UDP: each packet begins with its number, a negative one is the last, which is answered with what had come
 * (the structures UDP_datagram and server_hdr of iperf 2's Settings.hpp and payloads.h).
 */
#include <arpa/inet.h>
#include <cli/cli.h>
#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "tools.h"

#define TCP_CLIENTS 32
#define UDP_CLIENTS 8
#define REPORT_VERSION1 0x80000000u
#define REPORT_AT 16 /* behind number, time (two words), and the number's upper half */

static const struct cli cli = {"iperfd", "[-q] [-n COUNT] [PORT]",
                               "  Answer clients of iperf 2 (`iperf -c HOST`, with -u for UDP) at PORT (5001).\n"
                               "  -q        print nothing\n"
                               "  -n COUNT  end after so many clients\n"};

struct flow {
    struct sockaddr_in from;
    bool used;
    uint64_t begun, bytes, packets, lost, disordered;
    int64_t next;      /* the number that should come */
    int64_t transit;   /* of the last packet, us */
    uint64_t jitter16; /* sixteen times the jitter of RFC 3550 */
};

static struct flow streams[TCP_CLIENTS], flows[UDP_CLIENTS];
static struct pollfd files[TCP_CLIENTS + 2]; /* then the one that listens, and the one of UDP */
static bool quiet;
static uint64_t clients_left = UINT64_MAX;
static char data[65536];

static void report(const struct flow *flow, const char *protocol)
{
    uint64_t us = platform_us() - flow->begun;
    if (quiet) {
        return;
    }
    printf("%s %s: %llu bytes in %llu.%02llu s, %llu kbit/s", protocol, tools_text(&flow->from),
           (unsigned long long)flow->bytes, (unsigned long long)(us / 1000000),
           (unsigned long long)(us % 1000000 / 10000), (unsigned long long)(us != 0 ? flow->bytes * 8000 / us : 0));
    if (protocol[0] == 'U') {
        printf(", %llu of %llu packets lost, %llu out of order, jitter %llu us", (unsigned long long)flow->lost,
               (unsigned long long)(flow->packets + flow->lost), (unsigned long long)flow->disordered,
               (unsigned long long)flow->jitter16 / 16);
    }
    printf("\n");
    fflush(stdout);
}

static void client_ended(void)
{
    clients_left -= clients_left != UINT64_MAX;
}

static void stream_read(unsigned i)
{
    ssize_t count = recv(files[i].fd, data, sizeof data, 0);
    if (count > 0) {
        streams[i].bytes += (uint64_t)count;
        return;
    }
    if (count < 0 && (errno == EAGAIN || errno == EINTR)) {
        return;
    }
    report(&streams[i], "TCP");
    close(files[i].fd);
    files[i].fd = -1;
    client_ended();
}

static void stream_accept(void)
{
    struct flow flow = {.begun = platform_us()};
    socklen_t bytes = sizeof flow.from;
    int fd = accept(files[TCP_CLIENTS].fd, (struct sockaddr *)&flow.from, &bytes);
    for (unsigned i = 0; fd >= 0 && i < TCP_CLIENTS; i++) {
        if (files[i].fd < 0 && tools_set_blocking(fd, false)) {
            files[i] = (struct pollfd){.fd = fd, .events = POLLIN};
            streams[i] = flow;
            return;
        }
    }
    if (fd >= 0) {
        close(fd);
    }
}

/* The flow of a packet's sender, a new one if there is room; NULL. */
static struct flow *flow_of(const struct sockaddr_in *from)
{
    struct flow *unused = NULL;
    for (unsigned i = 0; i < UDP_CLIENTS; i++) {
        if (flows[i].used && flows[i].from.sin_addr.s_addr == from->sin_addr.s_addr &&
            flows[i].from.sin_port == from->sin_port) {
            return &flows[i];
        }
        unused = flows[i].used ? unused : &flows[i];
    }
    if (unused != NULL) {
        *unused = (struct flow){.from = *from, .used = true, .begun = platform_us()};
    }
    return unused;
}

static void flow_count(struct flow *flow, int64_t number, size_t bytes, const uint32_t *words)
{
    int64_t transit = (int64_t)platform_us() - ((int64_t)ntohl(words[1]) * 1000000 + ntohl(words[2]));
    int64_t change = flow->packets != 0 ? transit - flow->transit : 0;
    flow->transit = transit;
    if (flow->packets == 0 && number <= 1) {
        flow->next = number; /* iperf before 2.1 counts from 0, later ones from 1 */
    }
    flow->jitter16 += (uint64_t)(change < 0 ? -change : change) - flow->jitter16 / 16;
    flow->packets++;
    flow->bytes += bytes;
    if (number < flow->next) {
        flow->disordered++;
        flow->lost -= flow->lost > 0;
        return;
    }
    flow->lost += (uint64_t)(number - flow->next);
    flow->next = number + 1;
}

/* What had come, behind a copy of the last packet's head. */
static void flow_answer(const struct flow *flow, size_t bytes)
{
    uint64_t us = platform_us() - flow->begun, jitter = flow->jitter16 / 16;
    const uint32_t words[] = {REPORT_VERSION1,
                              (uint32_t)(flow->bytes >> 32),
                              (uint32_t)flow->bytes,
                              (uint32_t)(us / 1000000),
                              (uint32_t)(us % 1000000),
                              (uint32_t)flow->lost,
                              (uint32_t)flow->disordered,
                              (uint32_t)(flow->packets + flow->lost),
                              (uint32_t)(jitter / 1000000),
                              (uint32_t)(jitter % 1000000)};
    uint32_t wire[sizeof words / sizeof words[0]];
    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++) {
        wire[i] = htonl(words[i]);
    }
    memcpy(data + REPORT_AT, wire, sizeof wire);
    bytes = bytes > REPORT_AT + sizeof wire ? bytes : REPORT_AT + sizeof wire;
    sendto(files[TCP_CLIENTS + 1].fd, data, bytes, 0, (const struct sockaddr *)&flow->from, sizeof flow->from);
}

static void packet_read(void)
{
    struct sockaddr_in from;
    socklen_t from_bytes = sizeof from;
    uint32_t words[3];
    ssize_t bytes = recvfrom(files[TCP_CLIENTS + 1].fd, data, sizeof data, 0, (struct sockaddr *)&from, &from_bytes);
    if (bytes < (ssize_t)sizeof words) {
        return;
    }
    memcpy(words, data, sizeof words);
    int64_t number = (int32_t)ntohl(words[0]);
    static struct flow ended; /* the last one: its client asks again if the answer is lost */
    if (number < 0 && ended.used && memcmp(&ended.from.sin_addr, &from.sin_addr, 4) == 0 &&
        ended.from.sin_port == from.sin_port) {
        flow_answer(&ended, (size_t)bytes);
        return;
    }
    struct flow *flow = flow_of(&from);
    if (flow == NULL) {
        return;
    }
    if (number >= 0) {
        flow_count(flow, number, (size_t)bytes, words);
        return;
    }
    flow->bytes += (uint64_t)bytes;
    flow->lost += -number > flow->next ? (uint64_t)(-number - flow->next) : 0;
    report(flow, "UDP");
    flow_answer(flow, (size_t)bytes);
    ended = *flow;
    flow->used = false;
    client_ended();
}

static int reopen(int fd, int type, uint16_t port)
{
    close(fd);
    return tools_serve_again(type, port);
}

static int serve(uint16_t port)
{
    struct pollfd *listener = &files[TCP_CLIENTS], *packets = &files[TCP_CLIENTS + 1];
    while (clients_left > 0) {
        if (poll(files, TCP_CLIENTS + 2, -1) < 0 && errno != EINTR) {
            listener->revents = packets->revents = POLLERR;
        }
        for (unsigned i = 0; i < TCP_CLIENTS; i++) {
            if (files[i].fd >= 0 && files[i].revents != 0) {
                stream_read(i);
            }
        }
        if (listener->revents & (POLLERR | POLLHUP | POLLNVAL)) {
            listener->fd = reopen(listener->fd, SOCK_STREAM, port);
        } else if (listener->revents != 0) {
            stream_accept();
        }
        if (packets->revents & (POLLERR | POLLHUP | POLLNVAL)) {
            packets->fd = reopen(packets->fd, SOCK_DGRAM, port);
        } else if (packets->revents != 0) {
            packet_read();
        }
        if (listener->fd < 0 && packets->fd < 0) {
            return tools_failed("iperfd", "cannot have the port again");
        }
    }
    return 0;
}

int tool_iperfd(int argc, char **argv)
{
    struct cli_options options = {.argc = argc, .argv = argv, .next = 1};
    for (int letter; (letter = cli_option(&cli, &options, "qn:")) != 0;) {
        if (letter == 'q') {
            quiet = true;
        } else {
            clients_left = cli_number(&cli, "COUNT", options.value, UINT64_MAX - 1);
        }
    }
    if (argc - options.next > 1) {
        cli_refuse(&cli, "one port");
    }
    uint16_t port = options.next < argc ? tools_port(&cli, argv[options.next]) : 5001;
    for (unsigned i = 0; i < TCP_CLIENTS; i++) {
        files[i].fd = -1;
    }
    files[TCP_CLIENTS] = (struct pollfd){.fd = tools_serve(SOCK_STREAM, port), .events = POLLIN};
    files[TCP_CLIENTS + 1] = (struct pollfd){.fd = tools_serve(SOCK_DGRAM, port), .events = POLLIN};
    if (files[TCP_CLIENTS].fd < 0 || files[TCP_CLIENTS + 1].fd < 0) {
        return tools_failed("iperfd", "the port");
    }
    if (!quiet) {
        printf("iperfd: on port %u, TCP and UDP\n", (unsigned)port);
        fflush(stdout);
    }
    return serve(port);
}
