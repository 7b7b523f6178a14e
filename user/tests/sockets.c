/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Sockets over the loopback interface, which needs no device: packets and streams, waiting for them in every way, and several programs at one
 * net server that must not get in each other's way. With an argument it is such a program.
 */
#include "child.h"
#include "support.h"
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <idl/names.h>
#include <idl/net.h>
#include <netdb.h>
#include <netinet/ip_icmp.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/select.h>
#include <sys/time.h>
#include <threads/thread.h>
#include <unistd.h>

static struct sockaddr_in loopback(uint16_t port)
{
    return (struct sockaddr_in){AF_INET, htons(port), {htonl(INADDR_LOOPBACK)}, {0}};
}

static int bound(int type, uint16_t port)
{
    struct sockaddr_in address = loopback(port);
    int fd = socket(AF_INET, type, 0);
    if (fd < 0) return -1;
    if (bind(fd, (struct sockaddr *)&address, sizeof address) == 0) return fd;
    int error = errno;
    close(fd);
    errno = error;
    return -1;
}

static ssize_t send_to(int fd, const void *data, size_t bytes, uint16_t port)
{
    struct sockaddr_in to = loopback(port);
    return sendto(fd, data, bytes, 0, (struct sockaddr *)&to, sizeof to);
}

/* A network without TCP is one, too. */
static bool has_streams(void)
{
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    if (fd < 0 && errno == EPROTONOSUPPORT) {
        test_skip("there is no TCP");
        return false;
    }
    close(fd);
    return true;
}

/* Packets of any length arrive whole, in order, from whom they are. */
static void sockets_packets_of_all_lengths(void)
{
    static uint8_t out[65507], in[65507];
    static const size_t lengths[] = {0, 1, 64, 1400, 1472, 1473, 9000, 65507};
    int a = bound(SOCK_DGRAM, 5000), b = bound(SOCK_DGRAM, 5001);
    CHECK(a >= 0 && b >= 0);
    for (size_t i = 0; i < sizeof out; i++)
        out[i] = (uint8_t)(i * 7 + i / 251);
    for (unsigned i = 0; i < sizeof lengths / sizeof lengths[0]; i++) {
        struct sockaddr_in from;
        socklen_t bytes = sizeof from;
        CHECK_EQ((size_t)send_to(a, out, lengths[i], 5001), lengths[i]);
        CHECK_EQ((size_t)recvfrom(b, in, sizeof in, 0, (struct sockaddr *)&from, &bytes), lengths[i]);
        CHECK(memcmp(in, out, lengths[i]) == 0);
        CHECK_EQ(ntohs(from.sin_port), 5000);
        CHECK_EQ(ntohl(from.sin_addr.s_addr), INADDR_LOOPBACK);
    }
    CHECK(sendto(a, out, 65508, 0, NULL, 0) == -1);
    close(a);
    close(b);
}

/* Many, each answered: what udp_echo does. */
static int echo_main(void *argument)
{
    int fd = *(int *)argument;
    uint8_t data[2048];
    for (;;) {
        struct sockaddr_in from;
        socklen_t bytes = sizeof from;
        ssize_t count = recvfrom(fd, data, sizeof data, 0, (struct sockaddr *)&from, &bytes);
        if (count <= 0) return count == 0 ? 0 : 1;
        if (sendto(fd, data, (size_t)count, 0, (struct sockaddr *)&from, bytes) != count) return 2;
    }
}

static void sockets_echo(void)
{
    struct thread *thread;
    int server = bound(SOCK_DGRAM, 5002), client = bound(SOCK_DGRAM, 0), code;
    CHECK(server >= 0 && client >= 0);
    CHECK_EQ(thread_create(&thread, echo_main, &server, NULL), ERR_OK);
    for (uint32_t i = 1; i <= 500; i++) {
        for (uint32_t k = 0; k < 8; k++) {
            uint32_t word[2] = {i, k};
            CHECK_EQ(send_to(client, word, sizeof word, 5002), 8);
        }
        for (uint32_t k = 0; k < 8; k++) {
            uint32_t word[2] = {0, 0};
            CHECK_EQ(recv(client, word, sizeof word, 0), 8);
            CHECK(word[0] == i && word[1] == k);
        }
    }
    CHECK_EQ(send_to(client, "", 0, 5002), 0);
    CHECK_EQ(thread_join(thread, &code), ERR_OK);
    CHECK_EQ(code, 0);
    close(server);
    close(client);
}

/* A stream carries all bytes in order, both ways, and then its end. */
#define STREAM_BYTES (3 * 1000 * 1000u)

static int sender_main(void *argument)
{
    static uint8_t data[50000];
    int fd = *(int *)argument;
    for (uint32_t done = 0; done < STREAM_BYTES;) {
        uint32_t part = STREAM_BYTES - done < sizeof data ? STREAM_BYTES - done : sizeof data;
        for (uint32_t i = 0; i < part; i++)
            data[i] = (uint8_t)((done + i) * 31 + (done + i) / 1009);
        if (send(fd, data, part, 0) != (ssize_t)part) return 1;
        done += part;
    }
    return shutdown(fd, SHUT_WR) == 0 ? 0 : 2;
}

static bool all_received(int fd)
{
    static uint8_t data[30000];
    uint32_t done = 0;
    for (;;) {
        ssize_t count = recv(fd, data, sizeof data, 0);
        if (count <= 0) return count == 0 && done == STREAM_BYTES;
        for (uint32_t i = 0; i < (uint32_t)count; i++, done++) {
            if (data[i] != (uint8_t)(done * 31 + done / 1009)) return false;
        }
    }
}

static void sockets_streams_both_ways(void)
{
    struct thread *thread;
    struct sockaddr_in to = loopback(5003), name;
    socklen_t bytes = sizeof name;
    if (!has_streams()) return;
    int code, listener = bound(SOCK_STREAM, 5003), client = socket(AF_INET, SOCK_STREAM, 0);
    CHECK(listener >= 0 && client >= 0);
    CHECK_EQ(listen(listener, 4), 0);
    CHECK_EQ(connect(client, (struct sockaddr *)&to, sizeof to), 0);
    int server = accept(listener, (struct sockaddr *)&name, &bytes);
    CHECK(server >= 0);
    CHECK_EQ(getpeername(client, (struct sockaddr *)&name, &bytes), 0);
    CHECK_EQ(ntohs(name.sin_port), 5003);
    CHECK_EQ(thread_create(&thread, sender_main, &client, NULL), ERR_OK);
    CHECK(all_received(server));
    CHECK_EQ(thread_join(thread, &code), ERR_OK);
    CHECK_EQ(code, 0);
    CHECK_EQ(thread_create(&thread, sender_main, &server, NULL), ERR_OK);
    CHECK(all_received(client));
    CHECK_EQ(thread_join(thread, &code), ERR_OK);
    CHECK_EQ(code, 0);
    close(server);
    close(client);
    close(listener);
}

static uint64_t ms_now(void)
{
    return us_from_ticks(clock_ticks()) / 1000;
}

/* Without waiting, and for a while. */
static void sockets_waiting(void)
{
    char byte;
    struct timeval time = {0, 50000};
    int fd = bound(SOCK_DGRAM, 5004);
    CHECK(fd >= 0);
    CHECK(recv(fd, &byte, 1, MSG_DONTWAIT) == -1 && errno == EAGAIN);
    CHECK_EQ(fcntl(fd, F_SETFL, O_NONBLOCK), 0);
    CHECK((fcntl(fd, F_GETFL) & O_NONBLOCK) != 0);
    CHECK(recv(fd, &byte, 1, 0) == -1 && errno == EAGAIN);
    CHECK_EQ(fcntl(fd, F_SETFL, 0), 0);
    CHECK_EQ(setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &time, sizeof time), 0);
    uint64_t before = ms_now();
    CHECK(recv(fd, &byte, 1, 0) == -1 && errno == EAGAIN);
    CHECK(ms_now() - before >= 50);
    struct pollfd poll_in = {fd, POLLIN, 0};
    before = ms_now();
    CHECK_EQ(poll(&poll_in, 1, 30), 0);
    CHECK(ms_now() - before >= 30);
    CHECK_EQ(poll(&poll_in, 1, 0), 0);
    CHECK_EQ(send_to(fd, "x", 1, 5004), 1);
    CHECK_EQ(poll(&poll_in, 1, -1), 1);
    CHECK_EQ(poll_in.revents, POLLIN);
    fd_set reading;
    FD_ZERO(&reading);
    FD_SET(fd, &reading);
    CHECK_EQ(select(fd + 1, &reading, NULL, NULL, NULL), 1);
    CHECK(FD_ISSET(fd, &reading));
    CHECK_EQ(recv(fd, &byte, 1, MSG_PEEK), 1);
    CHECK_EQ(recv(fd, &byte, 1, 0), 1);
    CHECK_EQ(byte, 'x');
    close(fd);
}

/* Several at once: whoever is ready is named, also a listener. */
static void sockets_poll_several(void)
{
    struct sockaddr_in to = loopback(5007);
    if (!has_streams()) return;
    int first = bound(SOCK_DGRAM, 5005), second = bound(SOCK_DGRAM, 5006), listener = bound(SOCK_STREAM, 5007);
    CHECK(first >= 0 && second >= 0 && listener >= 0);
    CHECK_EQ(listen(listener, 1), 0);
    struct pollfd files[] = {{first, POLLIN, 0}, {second, POLLIN, 0}, {listener, POLLIN, 0}, {-1, POLLIN, 0}};
    CHECK_EQ(poll(files, 4, 0), 0);
    CHECK_EQ(send_to(first, "a", 1, 5006), 1);
    CHECK_EQ(poll(files, 4, 1000), 1);
    CHECK(files[0].revents == 0 && files[1].revents == POLLIN && files[2].revents == 0);
    int client = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
    CHECK(connect(client, (struct sockaddr *)&to, sizeof to) == -1 && errno == EINPROGRESS);
    struct pollfd out = {client, POLLOUT, 0};
    CHECK_EQ(poll(&out, 1, 1000), 1);
    int error = 1;
    socklen_t bytes = sizeof error;
    CHECK_EQ(getsockopt(client, SOL_SOCKET, SO_ERROR, &error, &bytes), 0);
    CHECK_EQ(error, 0);
    CHECK_EQ(poll(files + 2, 2, 1000), 1); /* the listener hears of it a packet later than the client */
    CHECK_EQ(poll(files, 4, 1000), 2);
    CHECK(files[1].revents == POLLIN && files[2].revents == POLLIN);
    close(client);
    close(listener);
    close(first);
    close(second);
}

/* Where nobody listens, and what is not allowed. */
static void sockets_refused(void)
{
    struct sockaddr_in to = loopback(5999), elsewhere = {AF_INET, htons(5008), {inet_addr("192.0.2.1")}, {0}};
    int fd = socket(AF_INET, SOCK_STREAM, 0), error;
    socklen_t bytes = sizeof error;
    if (fd >= 0 || errno != EPROTONOSUPPORT) {
        CHECK(connect(fd, (struct sockaddr *)&to, sizeof to) == -1);
        CHECK_EQ(errno, ECONNREFUSED);
        CHECK(send(fd, "x", 1, 0) == -1);
        close(fd);
    }
    fd = socket(AF_INET, SOCK_DGRAM, 0);
    CHECK(bind(fd, (struct sockaddr *)&elsewhere, sizeof elsewhere) == -1 && errno == EADDRNOTAVAIL);
    CHECK(send(fd, "x", 1, 0) == -1 && errno == EDESTADDRREQ);
    CHECK(listen(fd, 1) == -1 && errno == EOPNOTSUPP);
    CHECK(getsockopt(fd, SOL_SOCKET, 9999, &error, &bytes) == -1 && errno == ENOPROTOOPT);
    close(fd);
    CHECK(socket(10, SOCK_STREAM, 0) == -1 && errno == EAFNOSUPPORT);
    CHECK(recv(0, &error, 1, 0) == -1 && errno == ENOTSOCK);
}

/* Pings to oneself: a reply to each, with its own identifier. */
static void sockets_ping(void)
{
    struct sockaddr_in to = loopback(0);
    uint8_t message[64] = {ICMP_ECHO}, reply[64];
    int a = socket(AF_INET, SOCK_DGRAM, IPPROTO_ICMP), b = socket(AF_INET, SOCK_DGRAM, IPPROTO_ICMP);
    CHECK(a >= 0 && b >= 0);
    for (uint8_t i = 1; i <= 3; i++) {
        message[7] = i;
        CHECK_EQ(sendto(a, message, sizeof message, 0, (struct sockaddr *)&to, sizeof to), 64);
        CHECK_EQ(recv(a, reply, sizeof reply, 0), 64);
        CHECK(reply[0] == ICMP_ECHOREPLY && reply[7] == i && memcmp(reply + 8, message + 8, 56) == 0);
    }
    CHECK(recv(b, reply, sizeof reply, MSG_DONTWAIT) == -1 && errno == EAGAIN);
    message[0] = ICMP_ECHOREPLY;
    CHECK(sendto(a, message, sizeof message, 0, (struct sockaddr *)&to, sizeof to) == -1 && errno == EPERM);
    close(a);
    close(b);
}

/* A port is one program's, until that ends; then it is free at once, also when it was killed. */
static void U8_a_port_is_one_programs(void)
{
    uint64_t pid;
    char line[80];
    for (int type = has_streams() ? SOCK_STREAM : SOCK_DGRAM; type <= SOCK_DGRAM; type++) {
        int ready = bound(SOCK_DGRAM, 5010), fd = -1;
        char byte;
        snprintf(line, sizeof line, "test/t_sockets hold %d 5011 5010", type);
        CHECK_EQ(child_start(line, &pid), ERR_OK);
        CHECK_EQ(recv(ready, &byte, 1, 0), 1);
        CHECK(bound(type, 5011) == -1 && errno == EADDRINUSE);
        CHECK_EQ(proc_kill(proc_default(), pid), ERR_OK);
        struct proc_exit exit;
        CHECK_EQ(proc_wait(proc_default(), pid, &exit), ERR_OK);
        for (int i = 0; fd < 0 && i < 100; i++) { /* net hears of the end when the process's capabilities are deleted */
            fd = bound(type, 5011);
            if (fd < 0) thread_sleep_ms(1);
        }
        CHECK(fd >= 0);
        close(fd);
        close(ready);
    }
}

/* The number of sockets of a process is bounded, and those of others go on. */
static void U8_sockets_are_limited(void)
{
    static int fd[FD_SETSIZE * 4];
    int count = 0;
    struct net_client net = {.channel = CHANNEL_NAMED("net")};
    uint32_t number, numbers[CONFIG_NET_CLIENT_SOCKETS + 1];
    err_t err;
    while ((err = net_open(&net, NET_KIND_DATAGRAM, &number)) == ERR_OK && count < CONFIG_NET_CLIENT_SOCKETS)
        numbers[count++] = number;
    CHECK_EQ(err, ERR_TOO_MANY);
    CHECK_EQ(count, CONFIG_NET_CLIENT_SOCKETS);
    CHECK(socket(AF_INET, SOCK_DGRAM, 0) == -1 && errno == EMFILE);
    uint64_t pid;
    struct proc_exit exit;
    CHECK_EQ(child_start("test/t_sockets self 5012", &pid), ERR_OK);
    CHECK_EQ(proc_wait(proc_default(), pid, &exit), ERR_OK);
    CHECK_EQ(exit.code, 0);
    CHECK_EQ(net_close(&net, numbers[0]), ERR_OK);
    CHECK_EQ(net_close(&net, numbers[0]), ERR_NOT_OPEN);
    net_client_close(&net);
    fd[0] = -1;
    for (int i = 0; fd[0] < 0 && i < 100; i++) {
        fd[0] = socket(AF_INET, SOCK_DGRAM, 0);
        if (fd[0] < 0) thread_sleep_ms(1);
    }
    CHECK(fd[0] >= 0);
    close(fd[0]);
}

/* One program's full queue is its own affair. */
static void U8_a_full_queue_is_its_own(void)
{
    static uint8_t data[1400];
    int full = bound(SOCK_DGRAM, 5013), other = bound(SOCK_DGRAM, 5014), from = bound(SOCK_DGRAM, 0);
    unsigned there = 0;
    for (int i = 0; i < 400; i++) {
        CHECK_EQ(send_to(from, data, sizeof data, 5013), 1400);
    }
    CHECK_EQ(send_to(from, "x", 1, 5014), 1);
    CHECK_EQ(recv(other, data, sizeof data, 0), 1);
    while (recv(full, data, sizeof data, MSG_DONTWAIT) == 1400)
        there++;
    CHECK(there > 50 && there < 400);
    CHECK_EQ(send_to(from, "y", 1, 5013), 1);
    CHECK_EQ(recv(full, data, sizeof data, 0), 1);
    CHECK_EQ(data[0], 'y');
    close(full);
    close(other);
    close(from);
}

static void sockets_names(void)
{
    struct addrinfo hints = {.ai_socktype = SOCK_STREAM}, *result;
    struct in_addr address;
    char text[INET_ADDRSTRLEN];
    CHECK_EQ(getaddrinfo("localhost", "http", &hints, &result), 0);
    const struct sockaddr_in *in = (const struct sockaddr_in *)result->ai_addr;
    CHECK(ntohs(in->sin_port) == 80 && ntohl(in->sin_addr.s_addr) == INADDR_LOOPBACK && result->ai_next == NULL);
    freeaddrinfo(result);
    CHECK_EQ(getaddrinfo("10.1.2.3", "7000", NULL, &result), 0);
    CHECK(result->ai_next != NULL);
    freeaddrinfo(result);
    CHECK_EQ(getaddrinfo("no.such.name", NULL, &(struct addrinfo){.ai_flags = AI_NUMERICHOST}, &result), EAI_NONAME);
    CHECK_EQ(inet_pton(AF_INET, "1.2.3.4", &address), 1);
    CHECK_EQ(inet_pton(AF_INET, "1.2.3.256", &address), 0);
    CHECK_EQ(inet_pton(AF_INET, "1.2.3", &address), 0);
    CHECK_EQ(inet_aton("0x7f.1", &address), 1);
    CHECK(strcmp(inet_ntop(AF_INET, &address, text, sizeof text), "127.0.0.1") == 0);
    CHECK(inet_ntop(AF_INET, &address, text, 8) == NULL);
}

static const struct test tests[] = {
    TEST(sockets_packets_of_all_lengths),
    TEST(sockets_echo),
    TEST(sockets_streams_both_ways),
    TEST(sockets_waiting),
    TEST(sockets_poll_several),
    TEST(sockets_refused),
    TEST(sockets_ping),
    TEST(U8_a_port_is_one_programs),
    TEST(U8_sockets_are_limited),
    TEST(U8_a_full_queue_is_its_own),
    TEST(sockets_names),
};

/* hold TYPE PORT READY: has the port until it is killed, and says so to port READY. */
static int child_hold(char **argv)
{
    int fd = bound(atoi(argv[0]), (uint16_t)atoi(argv[1])), tell = bound(SOCK_DGRAM, 0);
    if (fd < 0 || tell < 0 || (atoi(argv[0]) == SOCK_STREAM && listen(fd, 1) != 0)) return 1;
    if (send_to(tell, "r", 1, (uint16_t)atoi(argv[2])) != 1) return 2;
    for (;;)
        thread_sleep_until(0);
}

/* self PORT: sends a packet to itself. */
static int child_self(char **argv)
{
    char byte;
    uint16_t port = (uint16_t)atoi(argv[0]);
    int fd = bound(SOCK_DGRAM, port);
    return fd >= 0 && send_to(fd, "s", 1, port) == 1 && recv(fd, &byte, 1, 0) == 1 && byte == 's' ? 0 : 1;
}

int main(int argc, char **argv)
{
    if (argc == 5 && strcmp(argv[1], "hold") == 0) return child_hold(argv + 2);
    if (argc == 3 && strcmp(argv[1], "self") == 0) return child_self(argv + 2);
    return test_main(tests, sizeof tests / sizeof tests[0], argc, argv);
}
