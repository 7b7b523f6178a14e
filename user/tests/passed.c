/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Connections that a program is passed by the one that starts it, as its standard input and output (libc/program.h). What is passed was partly
 * read before, and waits to be sent. With an argument it is a server that ends when it has passed its connection on.
 */
#include "support.h"
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <idl/proc.h>
#include <libc/program.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <threads/thread.h>
#include <unistd.h>

static int client, server, listener;

static struct sockaddr_in loopback(uint16_t port)
{
    return (struct sockaddr_in){AF_INET, htons(port), {htonl(INADDR_LOOPBACK)}, {0}};
}

static int listen_at(uint16_t port)
{
    struct sockaddr_in address = loopback(port);
    int fd = socket(AF_INET, SOCK_STREAM, 0), on = 1;
    if (fd < 0) return -1;
    setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on); /* the test may be run again */
    if (bind(fd, (struct sockaddr *)&address, sizeof address) == 0 && listen(fd, 4) == 0) return fd;
    close(fd);
    return -1;
}

static int connect_to(uint16_t port)
{
    struct sockaddr_in address = loopback(port);
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    return fd >= 0 && connect(fd, (struct sockaddr *)&address, sizeof address) == 0 ? fd : -1;
}

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

/* Both ends of a connection. */
static bool connected(uint16_t port)
{
    listener = listen_at(port);
    if (listener < 0) return false;
    client = connect_to(port);
    server = accept(listener, NULL, NULL);
    close(listener);
    return client >= 0 && server >= 0;
}

static err_t start(char *const *argv, int in, int out, uint64_t *pid)
{
    char path[64];
    err_t err = program_search(argv[0], path, sizeof path);
    const int fds[] = {in, out, STDERR_FILENO};
    return err ? err
               : program_spawn(path, &(struct program_options){.argv = argv, .fds = fds, .fd_count = 3, .priority = 8},
                               pid);
}

static bool ends_well(uint64_t pid)
{
    struct proc_exit end;
    return proc_wait(proc_default(), pid, &end) == ERR_OK && end.status == 0;
}

static bool read_all(int fd, const char *expected)
{
    char text[200] = "";
    size_t length = strlen(expected);
    for (size_t at = 0; at < length;) {
        ssize_t count = read(fd, text + at, length - at);
        if (count <= 0) return false;
        at += (size_t)count;
    }
    return memcmp(text, expected, length) == 0;
}

static bool ended(int fd)
{
    char byte;
    return read(fd, &byte, 1) == 0;
}

#define ECHOED (1000 * 1000u)
static char pattern(uint32_t at)
{
    return (char)(at * 31 + at / 1009);
}

static int sender_main(void *argument)
{
    static char data[50000];
    (void)argument;
    for (uint32_t at = 0; at < ECHOED; at += sizeof data) {
        for (uint32_t i = 0; i < sizeof data; i++)
            data[i] = pattern(at + i);
        if (send(client, data, sizeof data, 0) != (ssize_t)sizeof data) return 1;
    }
    return shutdown(client, SHUT_WR) == 0 ? 0 : 2;
}

/* What waited in the memory that its parent shared with net, and a million bytes after it, through cat; then the end. */
static void passed_to_a_program(void)
{
    static char data[30000];
    char *const cat[] = {"cat", NULL};
    struct thread *thread;
    uint64_t pid;
    int code;
    if (!has_streams()) return;
    CHECK(connected(5030));
    CHECK_EQ(write(client, "read before, rest", 17), 17);
    CHECK(read_all(server, "read before, "));
    CHECK_EQ(write(server, "first: ", 7), 7);
    CHECK_EQ(start(cat, server, server, &pid), ERR_OK);
    close(server);
    CHECK(read_all(client, "first: rest"));
    CHECK_EQ(thread_create(&thread, sender_main, NULL, NULL), ERR_OK);
    uint32_t at = 0;
    for (ssize_t count; (count = read(client, data, sizeof data)) > 0;) {
        for (ssize_t i = 0; i < count; i++, at++)
            CHECK(data[i] == pattern(at));
    }
    CHECK_EQ(at, ECHOED);
    CHECK_EQ(thread_join(thread, &code), ERR_OK);
    CHECK_EQ(code, 0);
    CHECK(ends_well(pid));
    close(client);
}

/* Several have one connection: parent, child and what that starts. It ends with the last of them. */
static void passed_and_kept(void)
{
    char *const sh[] = {"sh", NULL};
    struct stat status;
    uint64_t pid;
    if (!has_streams()) return;
    CHECK(connected(5031));
    CHECK_EQ(start(sh, server, server, &pid), ERR_OK);
    CHECK_EQ(write(client, "echo one | cat; cat /etc/motd.no 2>/dev/null || sh -c 'echo two'\nexit\n", 70), 70);
    CHECK(read_all(client, "one\ntwo\n"));
    CHECK(ends_well(pid));
    CHECK_EQ(write(server, "three\n", 6), 6);
    CHECK(read_all(client, "three\n"));
    CHECK_EQ(write(client, "four", 4), 4);
    CHECK(read_all(server, "four"));
    CHECK_EQ(fcntl(server, F_SETFL, O_NONBLOCK), 0);
    CHECK(read(server, &status, 1) == -1 && errno == EAGAIN);
    close(server);
    CHECK(ended(client));
    close(client);
}

/* Whoever has it may be killed, and whoever passed it on may end. */
static void passed_and_gone(void)
{
    char *const cat[] = {"cat", NULL}, *const serve[] = {"t_passed", "serve", "5033", NULL};
    uint64_t pid;
    if (!has_streams()) return;
    CHECK(connected(5032));
    CHECK_EQ(start(cat, server, server, &pid), ERR_OK);
    close(server);
    CHECK_EQ(write(client, "echo", 4), 4);
    CHECK(read_all(client, "echo"));
    CHECK_EQ(proc_kill(proc_default(), pid), ERR_OK);
    CHECK(ended(client));
    close(client);

    CHECK_EQ(start(serve, -1, -1, &pid), ERR_OK);
    for (int tries = 0; (client = connect_to(5033)) < 0 && tries < 1000; tries++)
        thread_sleep_ms(5);
    CHECK(client >= 0);
    CHECK(ends_well(pid));
    CHECK_EQ(write(client, "after it", 8), 8);
    CHECK(read_all(client, "after it"));
    CHECK_EQ(shutdown(client, SHUT_WR), 0);
    CHECK(ended(client));
    close(client);
}

/* Nothing but a connection is passed; what is not stays as it is. */
static void passed_refused(void)
{
    char *const cat[] = {"cat", NULL};
    char byte;
    uint64_t pid;
    struct sockaddr_in to = loopback(5034);
    if (!has_streams()) return;
    int packets = socket(AF_INET, SOCK_DGRAM, 0), fd = listen_at(5034);
    CHECK(fd >= 0 && packets >= 0 && bind(packets, (struct sockaddr *)&to, sizeof to) == 0);
    CHECK(start(cat, packets, -1, &pid) != ERR_OK);
    CHECK(start(cat, fd, -1, &pid) != ERR_OK);
    CHECK_EQ(sendto(packets, "p", 1, 0, (struct sockaddr *)&to, sizeof to), 1);
    CHECK(recv(packets, &byte, 1, 0) == 1 && byte == 'p');
    client = connect_to(5034);
    server = accept(fd, NULL, NULL);
    CHECK(client >= 0 && server >= 0);
    close(client);
    close(server);
    close(fd);
    close(packets);
}

static const struct test tests[] = {
    TEST(passed_to_a_program),
    TEST(passed_and_kept),
    TEST(passed_and_gone),
    TEST(passed_refused),
};

/* serve PORT: passes one connection to cat, and ends before that does. */
static int serve(uint16_t port)
{
    char *const cat[] = {"cat", NULL};
    int fd = listen_at(port), accepted = fd >= 0 ? accept(fd, NULL, NULL) : -1;
    const int fds[] = {accepted, accepted, -1};
    uint64_t pid;
    if (accepted < 0) return 1;
    struct program_options options = {.argv = cat, .fds = fds, .fd_count = 3, .flags = PROC_SPAWN_DETACHED, .priority = 8};
    return program_spawn("/bin/cat", &options, &pid) == ERR_OK ? 0 : 2;
}

int main(int argc, char **argv)
{
    if (argc == 3 && strcmp(argv[1], "serve") == 0) return serve((uint16_t)atoi(argv[2]));
    return test_main(tests, sizeof tests / sizeof tests[0], argc, argv);
}
