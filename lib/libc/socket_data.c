/* SPDX-License-Identifier: BSD-2-Clause */
/* Receiving and sending: out of the memory that is shared with net and into it, without a word to net unless it waits for one. */
#include "socket.h"
#include <string.h>

static ticks_t deadline_of(uint64_t us)
{
    return us != 0 ? deadline_after_us(us) : 0;
}

/* Waiting for what is not there. ERR_AGAIN: it is not to be waited for, or for no longer. */
static err_t wait_for(struct socket_file *socket, uint32_t event, int flags, ticks_t deadline)
{
    if (socket->nonblocking || (flags & MSG_DONTWAIT) != 0) return ERR_AGAIN;
    err_t err = socket_await(socket, event, deadline);
    return err == ERR_TIMEOUT ? ERR_AGAIN : err;
}

/* Why there is nothing. ERR_EOF: there never will be; ERR_OK: there may be. */
static err_t nothing(struct socket_file *socket, uint32_t state)
{
    if (socket->shut_receiving || (state & SOCKET_END) != 0) return ERR_EOF;
    if ((state & SOCKET_FAILED) == 0) return ERR_OK;
    err_t err = socket->failed ? ERR_EOF : socket_error(socket);
    socket->failed = true;
    return err;
}

/* A packet, or bytes of a stream. ERR_AGAIN: none. */
static err_t take(struct socket_file *socket, struct net_client *net, struct socket_transfer *transfer, size_t *count)
{
    struct socket_record record = {0};
    bool stream = socket->kind == NET_KIND_STREAM, peek = (transfer->flags & MSG_PEEK) != 0;
    err_t err = ERR_OK;
    if (socket->messages) {
        uint32_t most = transfer->bytes < NET_CHUNK ? (uint32_t)transfer->bytes : NET_CHUNK;
        err = net_receive(net, socket->number, most, peek, &record.address, &record.port, &record.bytes, transfer->data,
                          transfer->bytes, count);
        if (err == ERR_OK && stream && *count == 0 && most > 0) err = ERR_EOF;
    } else if (stream) {
        *count = socket_ring_take(&socket->ring, transfer->data, transfer->bytes, peek);
        if (*count == 0) return ERR_AGAIN;
        if (socket_ring_space_wanted(&socket->ring)) net_kick(net, socket->number);
    } else if (socket_ring_take_packet(&socket->ring, &record, transfer->data, transfer->bytes, peek)) {
        *count = record.bytes < transfer->bytes ? record.bytes : transfer->bytes;
    } else {
        return ERR_AGAIN;
    }
    if (err != ERR_OK) return err;
    transfer->length = stream ? *count : record.bytes;
    if (transfer->peer != NULL) {
        *transfer->peer = (struct sockaddr_in){AF_INET, record.port, {record.address}, {0}};
        if (stream) *transfer->peer = (struct sockaddr_in){AF_INET, socket->peer_port, {socket->peer_address}, {0}};
    }
    return ERR_OK;
}

/* Data that came before the end are received before it. */
static err_t take_or_end(struct socket_file *socket, struct net_client *net, struct socket_transfer *transfer,
                         size_t *count)
{
    uint32_t state = socket_state(socket);
    mutex_lock(&socket->receiving);
    err_t err = take(socket, net, transfer, count);
    mutex_unlock(&socket->receiving);
    if (err != ERR_AGAIN) return err;
    err_t end = nothing(socket, state);
    return end != ERR_OK ? end : ERR_AGAIN;
}

err_t socket_receive(struct socket_file *socket, struct socket_transfer *transfer, size_t *count)
{
    ticks_t deadline = deadline_of(socket->receive_us);
    struct net_client *net;
    *count = 0;
    if (socket->kind == NET_KIND_STREAM && !socket->connected) return ERR_NOT_CONNECTED;
    if (socket->kind == NET_KIND_STREAM && transfer->bytes == 0) return ERR_OK;
    for (;;) {
        err_t err = socket_ready_for_data(socket, &net);
        if (err == ERR_OK) err = take_or_end(socket, net, transfer, count);
        if (err == ERR_EOF) return ERR_OK;
        if (err == ERR_AGAIN) {
            err = wait_for(socket, NET_IN, transfer->flags, deadline);
            if (err != ERR_OK) return err;
        } else if (!socket_try_again(err)) {
            return err;
        }
    }
}

/* A packet, or as much of a stream as there is room for. ERR_AGAIN: none. */
static err_t put(struct socket_file *socket, struct net_client *net, const struct socket_transfer *transfer, size_t *count)
{
    struct socket_record record = {.bytes = (uint32_t)transfer->bytes};
    if (transfer->peer != NULL)
        record.address = transfer->peer->sin_addr.s_addr, record.port = transfer->peer->sin_port;
    if (socket->messages) {
        bool stream = socket->kind == NET_KIND_STREAM;
        uint32_t done = 0, bytes = stream && transfer->bytes > NET_CHUNK ? NET_CHUNK : (uint32_t)transfer->bytes;
        if (bytes > NET_CHUNK) return ERR_MESSAGE_SIZE;
        err_t err = net_send(net, socket->number, record.address, record.port, transfer->data, bytes, &done);
        *count = done;
        return err;
    }
    if (socket->kind == NET_KIND_STREAM) {
        *count = socket_ring_put(&socket->ring, transfer->data, transfer->bytes);
        if (*count == 0) return ERR_AGAIN;
    } else {
        if (transfer->bytes > UINT16_MAX - 28) return ERR_MESSAGE_SIZE;
        if (!socket_ring_put_packet(&socket->ring, &record, transfer->data)) return ERR_AGAIN;
        *count = transfer->bytes;
    }
    return socket_ring_sent_wanted(&socket->ring) ? net_kick(net, socket->number) : ERR_OK;
}

static err_t may_send(struct socket_file *socket)
{
    if (socket->shut_sending) return ERR_NO_READER;
    if (socket->kind != NET_KIND_STREAM) return ERR_OK;
    if (!socket->connected) return ERR_NOT_CONNECTED;
    if ((socket_state(socket) & SOCKET_FAILED) == 0) return ERR_OK;
    err_t err = socket->failed ? ERR_NO_READER : socket_error(socket);
    socket->failed = true;
    return err == ERR_OK ? ERR_NO_READER : err;
}

err_t socket_send(struct socket_file *socket, const struct socket_transfer *all, size_t *count)
{
    ticks_t deadline = deadline_of(socket->send_us);
    struct socket_transfer transfer = *all;
    struct net_client *net;
    *count = 0;
    for (;;) {
        size_t done = 0;
        err_t err = may_send(socket);
        if (err == ERR_OK) err = socket_ready_for_data(socket, &net);
        if (err == ERR_OK) {
            mutex_lock(&socket->sending);
            err = put(socket, net, &transfer, &done);
            mutex_unlock(&socket->sending);
        }
        if (err == ERR_OK || socket->kind == NET_KIND_STREAM) *count += done;
        if (err == ERR_OK && (socket->kind != NET_KIND_STREAM || *count == all->bytes)) return ERR_OK;
        if (err == ERR_OK) {
            transfer.data = (char *)transfer.data + done;
            transfer.bytes -= done;
        } else if (err == ERR_AGAIN) {
            err = wait_for(socket, NET_OUT, transfer.flags, deadline);
            if (err != ERR_OK) return *count > 0 ? ERR_OK : err;
        } else if (!socket_try_again(err)) {
            return err;
        }
    }
}
