/* SPDX-License-Identifier: BSD-2-Clause */
/* Options of sockets. What is net's affair is kept here as well, for the next net. */
#include "socket.h"
#include <errno.h>
#include <netinet/tcp.h>
#include <string.h>
#include <sys/time.h>

/* -1: not an option of net's. */
static int option_of(int level, int option)
{
    switch (level) {
    case SOL_SOCKET:
        return option == SO_REUSEADDR   ? NET_OPTION_REUSE_ADDRESS
               : option == SO_BROADCAST ? NET_OPTION_BROADCAST
               : option == SO_KEEPALIVE ? NET_OPTION_KEEP_ALIVE
                                        : -1;
    case IPPROTO_TCP:
        return option == TCP_NODELAY     ? NET_OPTION_NO_DELAY
               : option == TCP_KEEPIDLE  ? NET_OPTION_KEEP_IDLE
               : option == TCP_KEEPINTVL ? NET_OPTION_KEEP_INTERVAL
               : option == TCP_KEEPCNT   ? NET_OPTION_KEEP_COUNT
                                         : -1;
    case IPPROTO_IP:
        return option == IP_TTL ? NET_OPTION_TTL : option == IP_TOS ? NET_OPTION_TOS : -1;
    default:
        return -1;
    }
}

static err_t option_tell(struct socket_file *socket, int option, uint32_t value)
{
    struct net_client *net;
    err_t err;
    SOCKET_CALL(err, socket, net, net_set_option(net, socket->number, (enum net_option)option, value));
    bool means_nothing =
        option == NET_OPTION_BROADCAST || option == NET_OPTION_KEEP_ALIVE || option == NET_OPTION_REUSE_ADDRESS;
    if (err == ERR_UNSUPPORTED && means_nothing) err = ERR_OK;
    if (err != ERR_OK) return err;
    socket->option_set |= 1u << option;
    socket->option[option] = value;
    return ERR_OK;
}

static err_t time_take(const void *value, socklen_t bytes, uint64_t *us)
{
    struct timeval time;
    if (bytes < sizeof time) return ERR_INVALID;
    memcpy(&time, value, sizeof time);
    if (time.tv_sec < 0 || time.tv_usec < 0 || time.tv_usec >= 1000000) return ERR_INVALID;
    *us = (uint64_t)time.tv_sec * 1000000 + (uint64_t)time.tv_usec;
    return ERR_OK;
}

/* What is ours alone. ERR_UNSUPPORTED: no such option. */
static err_t option_keep(struct socket_file *socket, int option, const void *value, socklen_t bytes)
{
    switch (option) {
    case SO_RCVTIMEO:
        return time_take(value, bytes, &socket->receive_us);
    case SO_SNDTIMEO:
        return time_take(value, bytes, &socket->send_us);
    case SO_LINGER:
        if (bytes < sizeof socket->linger) return ERR_INVALID;
        memcpy(&socket->linger, value, sizeof socket->linger);
        return option_tell(socket, NET_OPTION_LINGER, socket->linger.l_onoff && socket->linger.l_linger == 0);
    case SO_RCVBUF: /* they are as large as they are */
    case SO_SNDBUF:
        return bytes < sizeof(int) ? ERR_INVALID : ERR_OK;
    default:
        return ERR_UNSUPPORTED;
    }
}

static int option_answer(struct opened *opened, err_t err)
{
    opened_put(opened);
    if (err == ERR_OK) return 0;
    errno = err == ERR_UNSUPPORTED ? ENOPROTOOPT : errno_of(err);
    return -1;
}

int setsockopt(int fd, int level, int option, const void *value, socklen_t bytes)
{
    struct opened *opened;
    struct socket_file *socket = socket_get(fd, &opened);
    int number = option_of(level, option), wanted;
    err_t err = ERR_UNSUPPORTED;
    if (socket == NULL) return -1;
    if (number >= 0 && bytes < sizeof wanted) {
        err = ERR_INVALID;
    } else if (number >= 0) {
        memcpy(&wanted, value, sizeof wanted);
        err = option_tell(socket, number, (uint32_t)wanted);
    } else if (level == SOL_SOCKET) {
        err = option_keep(socket, option, value, bytes);
    }
    return option_answer(opened, err);
}

static void give(void *value, socklen_t *bytes, const void *from, socklen_t room)
{
    if (*bytes > room) *bytes = room;
    memcpy(value, from, *bytes);
}

static err_t number_get(struct socket_file *socket, int option, int *number)
{
    err_t err;
    switch (option) {
    case SO_TYPE:
        *number = socket->type;
        return ERR_OK;
    case SO_ACCEPTCONN:
        *number = socket->listening;
        return ERR_OK;
    case SO_RCVBUF:
    case SO_SNDBUF:
        *number = socket->kind == NET_KIND_STREAM ? SOCKET_STREAM_RING : SOCKET_PACKET_RING;
        return ERR_OK;
    case SO_ERROR:
        err = socket->failed ? ERR_OK : socket_error(socket);
        if (err != ERR_OK) socket->failed = true;
        *number = errno_of(err);
        socket->connecting = false;
        return ERR_OK;
    default:
        return ERR_UNSUPPORTED;
    }
}

int getsockopt(int fd, int level, int option, void *value, socklen_t *bytes)
{
    struct opened *opened;
    struct socket_file *socket = socket_get(fd, &opened);
    int number = option_of(level, option), found = 0;
    err_t err = ERR_OK;
    if (socket == NULL) return -1;
    if (number >= 0) {
        found = (socket->option_set & 1u << number) != 0 ? (int)socket->option[number] : 0;
        give(value, bytes, &found, sizeof found);
    } else if (level == SOL_SOCKET && (option == SO_RCVTIMEO || option == SO_SNDTIMEO)) {
        uint64_t us = option == SO_RCVTIMEO ? socket->receive_us : socket->send_us;
        struct timeval time = {(time_t)(us / 1000000), (suseconds_t)(us % 1000000)};
        give(value, bytes, &time, sizeof time);
    } else if (level == SOL_SOCKET && option == SO_LINGER) {
        give(value, bytes, &socket->linger, sizeof socket->linger);
    } else {
        err = level == SOL_SOCKET ? number_get(socket, option, &found) : ERR_UNSUPPORTED;
        if (err == ERR_OK) give(value, bytes, &found, sizeof found);
    }
    return option_answer(opened, err);
}
