/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * `ping` (RFC 792): echo requests, and how long the answers take. It waits on one socket, and sends when it is time to.
 */
#include <arpa/inet.h>
#include <cli/cli.h>
#include <errno.h>
#include <netinet/ip.h>
#include <netinet/ip_icmp.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "tools.h"

static const struct cli cli = {"ping", "[-fq] [-c COUNT] [-i SECONDS] [-s BYTES] [-W SECONDS] HOST",
                               "  Ask HOST for echoes and tell how long they take. Status 0: at least one came.\n"
                               "  -c COUNT    so many (4; with -f 1000)\n"
                               "  -f          flood: the next one as soon as the last was answered, or 10 ms later\n"
                               "  -i SECONDS  between two (1; fractions such as 0.2 are understood)\n"
                               "  -q          only the statistics\n"
                               "  -s BYTES    of data in each, 0 to 65507 (56)\n"
                               "  -W SECONDS  how long to wait for the last answer (2)\n"};

struct ping {
    int fd;
    bool raw; /* what comes has the header of IP in front */
    bool quiet, flood;
    uint64_t count, interval_us, wait_us;
    size_t bytes;
    uint16_t id;
    struct sockaddr_in to;
    const char *host;
    uint64_t sent, received, twice;
    uint64_t least, most, sum;
};

static struct ping ping;
static uint64_t times[65536]; /* when the one with this number was sent; 0: answered, or never sent */
static uint8_t packet[NET_LARGEST + sizeof(struct icmphdr)], answer[NET_LARGEST + sizeof(struct icmphdr) + 60];

/* Seconds with a fraction, in microseconds. */
static uint64_t seconds_us(const char *what, const char *text)
{
    char *end;
    double seconds = strtod(text, &end);
    if (end == text || *end != '\0' || !(seconds >= 0 && seconds <= 86400)) {
        cli_refuse(&cli, "%s '%.20s' is not a number of seconds", what, text);
    }
    return (uint64_t)(seconds * 1e6);
}

static bool ping_open(void)
{
    ping.fd = socket(AF_INET, SOCK_DGRAM, IPPROTO_ICMP);
    if (ping.fd < 0) {
        ping.raw = true;
        ping.fd = socket(AF_INET, SOCK_RAW, IPPROTO_ICMP);
    }
    return ping.fd >= 0 && tools_set_blocking(ping.fd, false);
}

/* True: it is on its way. */
static bool ping_send(void)
{
    struct icmphdr *head = (struct icmphdr *)(void *)packet;
    uint16_t number = (uint16_t)ping.sent;
    *head = (struct icmphdr){.type = ICMP_ECHO, .un.echo = {.id = htons(ping.id), .sequence = htons(number)}};
    for (size_t i = 0; i < ping.bytes; i++) {
        packet[sizeof *head + i] = (uint8_t)(i + number);
    }
    head->checksum = tools_checksum(packet, sizeof *head + ping.bytes);
    times[number] = platform_us();
    ping.sent++;
    if (sendto(ping.fd, packet, sizeof *head + ping.bytes, 0, (struct sockaddr *)&ping.to, sizeof ping.to) < 0) {
        times[number] = 0;
        return false;
    }
    return true;
}

/* Whether it is the answer to one of ours, and as we sent it; *number of which. */
static bool is_ours(const uint8_t *data, size_t bytes, uint16_t *number)
{
    const struct icmphdr *head = (const struct icmphdr *)(const void *)data;
    if (bytes < sizeof *head || head->type != ICMP_ECHOREPLY || (ping.raw && ntohs(head->un.echo.id) != ping.id)) {
        return false;
    }
    *number = ntohs(head->un.echo.sequence);
    if (bytes != sizeof *head + ping.bytes) {
        return false;
    }
    for (size_t i = 0; i < ping.bytes; i++) {
        if (data[sizeof *head + i] != (uint8_t)(i + *number)) {
            return false;
        }
    }
    return true;
}

/* Take all answers that are there. */
static void ping_receive(void)
{
    for (;;) {
        struct sockaddr_in from;
        socklen_t from_bytes = sizeof from;
        ssize_t count = recvfrom(ping.fd, answer, sizeof answer, 0, (struct sockaddr *)&from, &from_bytes);
        uint64_t now = platform_us();
        uint16_t number;
        if (count < 0) {
            return;
        }
        size_t skip = ping.raw ? (size_t)(answer[0] & 15) * 4 : 0;
        if ((size_t)count < skip || !is_ours(answer + skip, (size_t)count - skip, &number)) {
            continue;
        }
        if (times[number] == 0) {
            ping.twice++;
            continue;
        }
        uint64_t us = now - times[number];
        times[number] = 0;
        ping.received++;
        ping.sum += us;
        ping.least = ping.received == 1 || us < ping.least ? us : ping.least;
        ping.most = us > ping.most ? us : ping.most;
        if (!ping.quiet && !ping.flood) {
            printf("%zu bytes from %s: seq=%u time=%u.%03u ms\n", (size_t)count - skip, inet_ntoa(from.sin_addr),
                   (unsigned)number, (unsigned)(us / 1000), (unsigned)(us % 1000));
            fflush(stdout);
        }
    }
}

static void statistics(void)
{
    uint64_t lost = ping.sent - ping.received, mean = ping.received != 0 ? ping.sum / ping.received : 0;
    printf("--- %s: %llu sent, %llu received", ping.host, (unsigned long long)ping.sent,
           (unsigned long long)ping.received);
    if (ping.twice != 0) {
        printf(", %llu twice", (unsigned long long)ping.twice);
    }
    printf(", %llu%% lost\n", (unsigned long long)(ping.sent != 0 ? lost * 100 / ping.sent : 0));
    if (ping.received != 0) {
        printf("round trip least/mean/most: %u.%03u/%u.%03u/%u.%03u ms\n", (unsigned)(ping.least / 1000),
               (unsigned)(ping.least % 1000), (unsigned)(mean / 1000), (unsigned)(mean % 1000),
               (unsigned)(ping.most / 1000), (unsigned)(ping.most % 1000));
    }
}

/* Wait for an answer until `deadline`; false: it has come to that. */
static bool ping_wait(uint64_t deadline)
{
    uint64_t now = platform_us();
    struct pollfd file = {.fd = ping.fd, .events = POLLIN};
    if (now >= deadline) {
        return false;
    }
    poll(&file, 1, (int)((deadline - now + 999) / 1000));
    ping_receive();
    return true;
}

static int ping_run(void)
{
    printf("PING %s (%s), %zu bytes\n", ping.host, inet_ntoa(ping.to.sin_addr), ping.bytes);
    fflush(stdout);
    while (ping.sent < ping.count) {
        uint64_t before = ping.received, next = platform_us() + ping.interval_us;
        if (!ping_send()) {
            tools_failed("ping", ping.host);
        }
        while (!(ping.flood && ping.received > before) && ping_wait(ping.sent < ping.count ? next : 0)) {
        }
    }
    uint64_t last = platform_us() + ping.wait_us;
    ping_receive();
    while (ping.received < ping.sent && ping_wait(last)) {
    }
    statistics();
    close(ping.fd);
    return ping.received > 0 ? 0 : 1;
}

int tool_ping(int argc, char **argv)
{
    struct cli_options options = {.argc = argc, .argv = argv, .next = 1};
    struct in_addr host;
    ping = (struct ping){.interval_us = UINT64_MAX, .wait_us = 2000000, .bytes = 56, .id = (uint16_t)getpid()};
    for (int letter; (letter = cli_option(&cli, &options, "fqc:i:s:W:")) != 0;) {
        switch (letter) {
        case 'c':
            ping.count = cli_number(&cli, "COUNT", options.value, UINT64_MAX - 1);
            break;
        case 'f':
            ping.flood = true;
            break;
        case 'i':
            ping.interval_us = seconds_us("interval", options.value);
            break;
        case 'q':
            ping.quiet = true;
            break;
        case 's':
            ping.bytes = (size_t)cli_number(&cli, "BYTES", options.value, NET_LARGEST);
            break;
        default:
            ping.wait_us = seconds_us("wait", options.value);
        }
    }
    if (options.next != argc - 1) {
        cli_refuse(&cli, "which host?");
    }
    ping.host = argv[options.next];
    ping.count = ping.count != 0 ? ping.count : ping.flood ? 1000 : 4;
    ping.interval_us = ping.interval_us != UINT64_MAX ? ping.interval_us : ping.flood ? 10000 : 1000000;
    if (!tools_resolve("ping", ping.host, &host)) {
        return 1;
    }
    ping.to = tools_address(host, 0);
    return ping_open() ? ping_run() : tools_failed("ping", "no socket for echoes");
}
