/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Instructions per packet, everything counted: device driver, net server, the program and all between them. The other side is
 * scripts/bench_net.py, which is told by `peer WHAT SIZE COUNT CLIENTS` and begins at once; between that line and the first packet
 * the machine only sleeps.
 */
#include "bench.h"
#include <idl/proc.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <threads/thread.h>
#include <unistd.h>

#define COUNT 1000
#define CLIENTS_MAX 64
#define FIRST_PORT 7000
#define DONE_PORT 9
#define BACK_PORT 4100
#define BACK_TIMES 15
#define RX_PORT 9000
#define TX_PORT 9001
#define SEGMENT 1460

static char data[65536];

static void must(bool well, const char *what)
{
    if (!well) {
        printf("failed %s\n", what);
        fflush(stdout);
        exit(1);
    }
}

static int bound(int type, uint16_t port)
{
    struct sockaddr_in own = {.sin_family = AF_INET, .sin_port = htons(port)};
    int fd = socket(AF_INET, type, 0);
    must(fd >= 0 && bind(fd, (struct sockaddr *)&own, sizeof own) == 0, "bind");
    return fd;
}

/* Tell the other side; gives the count from then on. */
static uint32_t peer_begin(const char *what, unsigned size, unsigned count, unsigned clients)
{
    printf("peer %s %u %u %u\n", what, size, count, clients);
    fflush(stdout);
    return bench_count();
}

/* One more echo server, of `count` packets. */
int udp_peer(int argc, char **argv)
{
    struct sockaddr_in from;
    must(argc == 2, "peer-udp");
    int fd = bound(SOCK_DGRAM, (uint16_t)atoi(argv[0]));
    write(1, "", 0);
    for (int left = atoi(argv[1]); left > 0; left--) {
        socklen_t bytes = sizeof from;
        ssize_t count = recvfrom(fd, data, sizeof data, 0, (struct sockaddr *)&from, &bytes);
        must(count >= 0 && sendto(fd, data, (size_t)count, 0, (struct sockaddr *)&from, bytes) == count, "echo");
    }
    return 0;
}

/* The other side has had all its answers. */
static void await_done(int fd)
{
    must(recv(fd, data, sizeof data, 0) > 0, "done");
}

static void udp_echo(const char *key, unsigned size)
{
    struct sockaddr_in from;
    int fd = bound(SOCK_DGRAM, FIRST_PORT), done = bound(SOCK_DGRAM, DONE_PORT);
    uint32_t start = peer_begin("udp", size, COUNT, 1);
    for (unsigned i = 0; i < COUNT; i++) {
        socklen_t bytes = sizeof from;
        ssize_t count = recvfrom(fd, data, sizeof data, 0, (struct sockaddr *)&from, &bytes);
        must(count == (ssize_t)size && sendto(fd, data, size, 0, (struct sockaddr *)&from, bytes) == count, key);
    }
    await_done(done);
    bench_print(key, 1, (bench_count() - start) / COUNT, "instructions");
    close(fd);
    close(done);
}

static void clients_start(unsigned clients, uint64_t *pids)
{
    char args[64];
    for (unsigned i = 0; i < clients; i++) {
        unsigned share = COUNT / clients + (i < COUNT % clients);
        int bytes = snprintf(args, sizeof args, "bench%cpeer-udp%c%u%c%u", 0, 0, FIRST_PORT + i, 0, share) + 1;
        BENCH_OK(proc_spawn(proc_default(), "bench", args, (size_t)bytes, "", 0, 0, 8, "", 0, NULL, 0, &pids[i]));
    }
    thread_sleep_ms(200); /* they have their ports; if not, packets are missing and it fails */
}

/* The same packets for ever more programs. */
static void udp_clients(void)
{
    static uint64_t pids[CLIENTS_MAX];
    struct proc_exit end;
    for (unsigned clients = 1; clients <= CLIENTS_MAX; clients *= 2) {
        int done = bound(SOCK_DGRAM, DONE_PORT);
        clients_start(clients, pids);
        uint32_t start = peer_begin("udp", 64, COUNT, clients);
        await_done(done);
        uint32_t each = (bench_count() - start) / COUNT;
        for (unsigned i = 0; i < clients; i++) {
            BENCH_OK(proc_wait(proc_default(), pids[i], &end));
            must(end.status == 0, "a client");
        }
        close(done);
        bench_print("udp_echo_clients", clients, each, "instructions");
        bench_point("udp_echo_clients", clients, each);
    }
}

static void icmp_echo(void)
{
    int done = bound(SOCK_DGRAM, DONE_PORT);
    uint32_t start = peer_begin("icmp", 56, COUNT, 1);
    await_done(done);
    bench_print("icmp_echo_56", 1, (bench_count() - start) / COUNT, "instructions");
    close(done);
}

static int stream_accept(uint16_t port, const char *what, unsigned segments)
{
    int listener = bound(SOCK_STREAM, port);
    must(listen(listener, 1) == 0, "listen");
    peer_begin(what, SEGMENT, segments, 1);
    int fd = accept(listener, NULL, NULL);
    must(fd >= 0, "accept");
    close(listener);
    return fd;
}

static void tcp_rx(void)
{
    uint64_t all = 0;
    int fd = stream_accept(RX_PORT, "tcp_rx", 2 * COUNT);
    uint32_t start = bench_count();
    for (ssize_t count; (count = recv(fd, data, sizeof data, 0)) > 0;) {
        all += (uint64_t)count;
    }
    uint32_t end = bench_count();
    must(all == 2 * COUNT * SEGMENT, "tcp_rx");
    bench_print("tcp_rx_1460", 1, (end - start) / (2 * COUNT), "instructions");
    close(fd);
}

static void tcp_tx(void)
{
    size_t left = 2 * COUNT * SEGMENT;
    int fd = stream_accept(TX_PORT, "tcp_tx", 2 * COUNT);
    uint32_t start = bench_count();
    while (left > 0) {
        ssize_t count = send(fd, data, left < sizeof data ? left : sizeof data, 0);
        must(count > 0, "tcp_tx");
        left -= (size_t)count;
    }
    must(recv(fd, data, sizeof data, 0) == 0, "tcp_tx"); /* the other side has had all */
    bench_print("tcp_tx_1460", 1, (bench_count() - start) / (2 * COUNT), "instructions");
    close(fd);
}

static uint64_t pid_of(const char *name)
{
    static struct proc_info page[PROC_PAGE];
    uint64_t after = 0;
    uint32_t count;
    while (proc_list(proc_default(), after, page, PROC_PAGE, &count) == ERR_OK && count > 0) {
        for (uint32_t i = 0; i < count; i++) {
            if (strcmp(page[i].name, name) == 0 && page[i].state != PROC_STATE_ENDED) {
                return page[i].pid;
            }
            after = page[i].pid;
        }
    }
    return 0;
}

static int back_socket(void)
{
    struct timeval limit = {.tv_usec = 2000};
    struct sockaddr_in to = {.sin_family = AF_INET, .sin_port = htons(BACK_PORT), .sin_addr.s_addr = htonl(0x0a000202)};
    int fd = socket(AF_INET, SOCK_DGRAM, 0);
    if (fd >= 0 && (setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit) != 0 ||
                    connect(fd, (struct sockaddr *)&to, sizeof to) != 0)) {
        close(fd);
        fd = -1;
    }
    return fd;
}

/* Send until an answer comes; a socket that fails is made again. Gives a socket that works. */
static int echo_once(int fd, const char *text)
{
    for (;;) {
        if (fd < 0) {
            fd = back_socket();
        }
        if (fd < 0) {
            thread_sleep_ms(1);
            continue;
        }
        if (send(fd, text, strlen(text), 0) < 0) {
            close(fd);
            fd = -1;
            thread_sleep_ms(1);
        } else if (recv(fd, data, sizeof data, 0) == (ssize_t)strlen(text) && memcmp(data, text, strlen(text)) == 0) {
            return fd;
        }
    }
}

/* From the kill of a service to the first packet that has been there and back. */
static void back(const char *key, const char *name)
{
    char text[16];
    int fd = -1;
    peer_begin("back", 0, BACK_TIMES, 1);
    fd = echo_once(fd, "begin");
    samples_clear(&bench_samples);
    for (unsigned i = 0; i < BACK_TIMES; i++) {
        uint64_t pid = pid_of(name);
        must(pid != 0, name);
        snprintf(text, sizeof text, "back %u", i);
        uint32_t start = bench_count();
        BENCH_OK(proc_kill(proc_default(), pid));
        fd = echo_once(fd, text);
        samples_add(&bench_samples, start, bench_count());
        bench_point(key, i, bench_samples.value[i]);
        thread_sleep_ms(1500); /* what lives longer than a second is not started later and later */
    }
    samples_print(&bench_samples, key, 1);
    send(fd, "last", 4, 0);
    close(fd);
}

void bench_net(void)
{
    udp_echo("udp_echo_64", 64);
    udp_echo("udp_echo_1400", 1400);
    icmp_echo();
}

void bench_net_tcp(void)
{
    tcp_rx();
    tcp_tx();
}

void bench_net_clients(void)
{
    udp_clients();
}

void bench_net_back(void)
{
    back("net_back", "net");
    back("virtio_net_back", "virtio_net");
}
