/* SPDX-License-Identifier: BSD-2-Clause */
/* What the network programs share: see tools.h. */
#include <arpa/inet.h>
#include <cli/cli.h>
#include <errno.h>
#include <fcntl.h>
#include <netdb.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include "tools.h"

#define AGAIN_US 50000
#define AGAIN_TIMES 400 /* 20 s: the net server and its driver are back long before */

int tools_failed(const char *program, const char *what)
{
    fprintf(stderr, "%s: %s: %s\n", program, what, strerror(errno));
    return 1;
}

uint16_t tools_port(const struct cli *cli, const char *text)
{
    uint64_t port = cli_number(cli, "port", text, 65535);
    if (port == 0) {
        cli_refuse(cli, "port 0 is none");
    }
    return (uint16_t)port;
}

bool tools_resolve(const char *program, const char *host, struct in_addr *address)
{
    struct addrinfo hints = {.ai_family = AF_INET, .ai_socktype = SOCK_STREAM}, *found;
    if (inet_pton(AF_INET, host, address) == 1) {
        return true;
    }
    int error = getaddrinfo(host, NULL, &hints, &found);
    if (error != 0) {
        fprintf(stderr, "%s: %.100s: %s\n", program, host, error == EAI_SYSTEM ? strerror(errno) : gai_strerror(error));
        return false;
    }
    *address = ((struct sockaddr_in *)(void *)found->ai_addr)->sin_addr;
    freeaddrinfo(found);
    return true;
}

struct sockaddr_in tools_address(struct in_addr host, uint16_t port)
{
    return (struct sockaddr_in){.sin_family = AF_INET, .sin_port = htons(port), .sin_addr = host};
}

const char *tools_text(const struct sockaddr_in *address)
{
    static char texts[3][INET_ADDRSTRLEN + 6];
    static unsigned next;
    char host[INET_ADDRSTRLEN];
    char *text = texts[next++ % 3];
    inet_ntop(AF_INET, &address->sin_addr, host, sizeof host);
    snprintf(text, sizeof texts[0], "%s:%u", host, (unsigned)ntohs(address->sin_port));
    return text;
}

int tools_serve(int type, uint16_t port)
{
    struct sockaddr_in own = tools_address((struct in_addr){htonl(INADDR_ANY)}, port);
    int on = 1, fd = socket(AF_INET, type, 0);
    if (fd < 0) {
        return -1;
    }
    if (type == SOCK_STREAM) {
        setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    }
    if (bind(fd, (struct sockaddr *)&own, sizeof own) != 0 || (type == SOCK_STREAM && listen(fd, SOMAXCONN) != 0)) {
        int error = errno;
        close(fd);
        errno = error;
        return -1;
    }
    return fd;
}

int tools_serve_again(int type, uint16_t port)
{
    int fd = -1;
    for (unsigned i = 0; i < AGAIN_TIMES; i++) {
        fd = tools_serve(type, port);
        if (fd >= 0 || errno == EADDRINUSE) { /* EAFNOSUPPORT: nobody has found net for seconds; init still tries */
            break;
        }
        usleep(AGAIN_US);
    }
    return fd;
}

/* Wait until a connection that was begun is there. */
static bool connected(int fd, int ms)
{
    struct pollfd wait = {.fd = fd, .events = POLLOUT};
    int error = 0;
    socklen_t bytes = sizeof error;
    int ready = poll(&wait, 1, ms);
    if (ready <= 0) {
        errno = ready == 0 ? ETIMEDOUT : errno;
        return false;
    }
    if (getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &bytes) != 0) {
        return false;
    }
    errno = error;
    return error == 0;
}

int tools_connect(const struct sockaddr_in *address, int ms)
{
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    if (fd < 0) {
        return -1;
    }
    bool done = tools_set_blocking(fd, ms == 0) && connect(fd, (const struct sockaddr *)address, sizeof *address) == 0;
    if (!done && ms != 0 && errno == EINPROGRESS) {
        done = connected(fd, ms);
    }
    if (!done || !tools_set_blocking(fd, true)) {
        int error = errno;
        close(fd);
        errno = error;
        return -1;
    }
    return fd;
}

bool tools_set_blocking(int fd, bool blocking)
{
    int flags = fcntl(fd, F_GETFL, 0);
    return flags >= 0 && fcntl(fd, F_SETFL, blocking ? flags & ~O_NONBLOCK : flags | O_NONBLOCK) == 0;
}

void tools_set_timeout(int fd, unsigned ms)
{
    struct timeval limit = {.tv_sec = ms / 1000, .tv_usec = (suseconds_t)(ms % 1000) * 1000};
    setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
    setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof limit);
}

bool tools_write_all(int fd, const void *data, size_t bytes)
{
    const char *at = data;
    while (bytes > 0) {
        ssize_t count = write(fd, at, bytes);
        if (count <= 0) {
            return false;
        }
        at += count;
        bytes -= (size_t)count;
    }
    return true;
}

uint16_t tools_checksum(const void *data, size_t bytes)
{
    const uint8_t *at = data;
    uint32_t sum = 0;
    for (; bytes > 1; bytes -= 2, at += 2) {
        sum += (uint32_t)(at[0] << 8 | at[1]);
        sum = (sum & 0xffff) + (sum >> 16);
    }
    if (bytes > 0) {
        sum += (uint32_t)(at[0] << 8);
    }
    sum = (sum & 0xffff) + (sum >> 16);
    return htons((uint16_t) ~(sum + (sum >> 16)));
}
