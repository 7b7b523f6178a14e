/* SPDX-License-Identifier: BSD-2-Clause */
/* The functions of POSIX that send and receive, above socket_data. */
#include "socket.h"
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/uio.h>

#define GATHER_MOST (64 * 1024u)

ssize_t recvfrom(int fd, void *data, size_t most, int flags, struct sockaddr *from, socklen_t *from_bytes)
{
    struct opened *opened;
    struct socket_file *socket = socket_get(fd, &opened);
    struct sockaddr_in peer = {0};
    struct socket_transfer transfer = {.data = data, .bytes = most, .flags = flags, .peer = from != NULL ? &peer : NULL};
    size_t count, all = 0;
    if (socket == NULL) return -1;
    err_t err = socket_receive(socket, &transfer, &count);
    while (err == ERR_OK && (flags & MSG_WAITALL) != 0 && socket->kind == NET_KIND_STREAM && count > 0 &&
           all + count < most) {
        all += count;
        transfer.data = (char *)data + all;
        transfer.bytes = most - all;
        err = socket_receive(socket, &transfer, &count);
    }
    opened_put(opened);
    if (err != ERR_OK) return all > 0 ? (ssize_t)all : file_fail(err);
    if (from != NULL && from_bytes != NULL) {
        memcpy(from, &peer, *from_bytes < sizeof peer ? *from_bytes : sizeof peer);
        *from_bytes = sizeof peer;
    }
    if ((flags & MSG_TRUNC) != 0 && socket->kind != NET_KIND_STREAM) return (ssize_t)transfer.length;
    return (ssize_t)(all + count);
}

ssize_t recv(int fd, void *data, size_t most, int flags)
{
    return recvfrom(fd, data, most, flags, NULL, NULL);
}

ssize_t sendto(int fd, const void *data, size_t bytes, int flags, const struct sockaddr *to, socklen_t to_bytes)
{
    struct opened *opened;
    struct socket_file *socket = socket_get(fd, &opened);
    struct sockaddr_in peer;
    struct socket_transfer transfer = {.data = (void *)data, .bytes = bytes, .flags = flags};
    size_t count = 0;
    err_t err = ERR_OK;
    if (socket == NULL) return -1;
    if (to != NULL && socket->kind != NET_KIND_STREAM) {
        if (to_bytes < sizeof peer || to->sa_family != AF_INET) err = ERR_INVALID;
        if (err == ERR_OK) memcpy(&peer, to, sizeof peer);
        transfer.peer = &peer;
    }
    if (err == ERR_OK) err = socket_send(socket, &transfer, &count);
    opened_put(opened);
    if (err == ERR_OK || count > 0) return (ssize_t)count;
    if (err == ERR_NOT_CONNECTED && socket->kind != NET_KIND_STREAM && to == NULL) {
        errno = EDESTADDRREQ;
        return -1;
    }
    return file_fail(err);
}

ssize_t send(int fd, const void *data, size_t bytes, int flags)
{
    return sendto(fd, data, bytes, flags, NULL, 0);
}

static size_t pieces_bytes(const struct iovec *pieces, size_t count)
{
    size_t bytes = 0;
    for (size_t i = 0; i < count; i++)
        bytes += pieces[i].iov_len;
    return bytes;
}

/* One packet in pieces is one packet: so they go through memory of their own. */
ssize_t sendmsg(int fd, const struct msghdr *message, int flags)
{
    size_t bytes = pieces_bytes(message->msg_iov, message->msg_iovlen), at = 0;
    if (bytes > GATHER_MOST) {
        errno = EMSGSIZE;
        return -1;
    }
    char *all = malloc(bytes + 1);
    if (all == NULL) return file_fail(ERR_NO_MEMORY);
    for (size_t i = 0; i < message->msg_iovlen; i++) {
        memcpy(all + at, message->msg_iov[i].iov_base, message->msg_iov[i].iov_len);
        at += message->msg_iov[i].iov_len;
    }
    ssize_t sent = sendto(fd, all, bytes, flags, message->msg_name, message->msg_namelen);
    free(all);
    return sent;
}

ssize_t recvmsg(int fd, struct msghdr *message, int flags)
{
    size_t bytes = pieces_bytes(message->msg_iov, message->msg_iovlen), at = 0;
    if (bytes > GATHER_MOST) bytes = GATHER_MOST;
    char *all = malloc(bytes + 1);
    if (all == NULL) return file_fail(ERR_NO_MEMORY);
    ssize_t came = recvfrom(fd, all, bytes, (flags & ~MSG_TRUNC) | MSG_TRUNC, message->msg_name, &message->msg_namelen);
    size_t left = came < 0 ? 0 : (size_t)came < bytes ? (size_t)came : bytes;
    for (size_t i = 0; i < message->msg_iovlen && left > 0; i++) {
        size_t part = message->msg_iov[i].iov_len < left ? message->msg_iov[i].iov_len : left;
        memcpy(message->msg_iov[i].iov_base, all + at, part);
        at += part;
        left -= part;
    }
    free(all);
    if (came < 0) return -1;
    message->msg_flags = (size_t)came > bytes ? MSG_TRUNC : 0;
    message->msg_controllen = 0;
    return (flags & MSG_TRUNC) != 0 ? came : (ssize_t)at;
}
