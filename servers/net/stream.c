/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Streams: TCP. The window that we offer is never more than the program's ring has room for, so what comes always fits; it opens again as the program
 * reads. What the program writes is taken as far as lwIP's queue and the process's share of its memory allow, and the rest when the other
 * side has confirmed some.
 *
 * A stream that is closed goes on without a holder until its ring is empty and lwIP has the end of it, or the other side does nothing for too long.
 */
#include "stream.h"

#define CLIENT_BYTES ((uint32_t)CONFIG_NET_CLIENT_KIB * 1024)
#define WRITE_MOST 32768u
#define POLL_HALF_SECONDS 2 /* how often lwIP reminds us */
#define CLOSED_HALF_SECONDS 240
#define CLOSED_POLLS 3
#define ORPHAN_POLLS 30 /* so many reminders without a byte confirmed, and it is given up */

/* lwIP has freed the connection. */
static void failed(void *argument, lwip_err_t error)
{
    struct socket *socket = argument;
    bool waiting = socket->listener != NULL, connecting = socket->state == NET_STATE_CONNECTING;
    socket->account->queued -= socket->in_flight;
    socket->in_flight = 0;
    socket->tcp = NULL;
    if (waiting) stream_queue_leave(socket);
    if (waiting || socket->holder == NULL) {
        socket_free(socket);
    } else if (error == ERR_ABRT) {
        socket_fail(socket, ERR_TIMEOUT);
    } else {
        socket_fail(socket, error == ERR_RST && connecting ? ERR_REFUSED : stack_error(error));
    }
}

/* Reset the connection. Not within one of its callbacks. */
static void drop(struct socket *socket)
{
    struct tcp_pcb *pcb = socket->tcp;
    if (pcb == NULL) return;
    tcp_arg(pcb, NULL);
    if (pcb->state == LISTEN) {
        tcp_close(pcb);
    } else {
        tcp_err(pcb, NULL);
        tcp_abort(pcb);
    }
    socket->tcp = NULL;
    socket->account->queued -= socket->in_flight;
    socket->in_flight = 0;
}

/* What the program has read opens the window again. */
static void window_open(struct socket *socket)
{
    struct ring *ring = &socket->ring;
    uint32_t read = ring->arrived - ring_waiting(ring), bytes = read - socket->returned;
    if (socket->tcp == NULL || ring->header == NULL || ring->broken || bytes == 0 || bytes > ring->receive_bytes)
        return;
    socket->returned = read;
    while (bytes > 0) {
        u16_t part = bytes < TCP_WND ? (u16_t)bytes : TCP_WND;
        tcp_recved(socket->tcp, part);
        bytes -= part;
    }
}

/* As much as fits of what waits goes into the ring. */
static void deliver(struct socket *socket)
{
    struct ring *ring = &socket->ring;
    if (ring->header == NULL) return;
    uint32_t space = ring_space(ring);
    if (socket->pending != NULL && space > 0) {
        uint32_t done = ring_put_stream(ring, socket->pending, space);
        socket->received += done;
        socket->pending = pbuf_free_header(socket->pending, (u16_t)done);
    }
    window_open(socket);
    bool half = ring->arrived - socket->returned > TCP_WND / 2 || socket->pending != NULL;
    ring_want_space(ring, half ? ring->receive_bytes / 4 * 3 : 0);
}

static lwip_err_t came(void *argument, struct tcp_pcb *pcb, struct pbuf *data, lwip_err_t error)
{
    struct socket *socket = argument;
    bool much = data != NULL &&
                data->tot_len >= 2 * pcb->mss; /* merge.c: several segments, of which each second one is to be confirmed */
    (void)error;
    if (data == NULL) {
        socket->end = true;
    } else if (socket->discard || socket->shut_receiving) {
        tcp_recved(pcb, data->tot_len);
        pbuf_free(data);
    } else {
        if (socket->pending != NULL) {
            pbuf_cat(socket->pending, data);
        } else {
            socket->pending = data;
        }
        deliver(socket);
        if (much) tcp_ack_now(pcb);
    }
    socket_touch(socket);
    return LWIP_OK;
}

static lwip_err_t confirmed(void *argument, struct tcp_pcb *pcb, u16_t bytes)
{
    struct socket *socket = argument;
    (void)pcb;
    socket->in_flight -= bytes;
    socket->account->queued -= bytes;
    socket->orphan_polls = 0;
    socket_touch(socket);
    return LWIP_OK;
}

static lwip_err_t reminded(void *argument, struct tcp_pcb *pcb)
{
    struct socket *socket = argument;
    if (socket == NULL) return LWIP_OK;
    if (socket->holder == NULL && ++socket->orphan_polls > ORPHAN_POLLS) {
        tcp_arg(pcb, NULL);
        tcp_err(pcb, NULL);
        socket->tcp = NULL;
        socket->account->queued -= socket->in_flight;
        socket_free(socket);
        tcp_abort(pcb);
        return ERR_ABRT;
    }
    socket_touch(socket);
    return LWIP_OK;
}

static lwip_err_t connected(void *argument, struct tcp_pcb *pcb, lwip_err_t error)
{
    struct socket *socket = argument;
    (void)pcb, (void)error;
    socket->state = NET_STATE_CONNECTED;
    socket_touch(socket);
    return LWIP_OK;
}

void stream_callbacks_set(struct socket *socket)
{
    tcp_arg(socket->tcp, socket);
    tcp_err(socket->tcp, failed);
    tcp_recv(socket->tcp, came);
    tcp_sent(socket->tcp, confirmed);
    tcp_poll(socket->tcp, reminded, POLL_HALF_SECONDS);
}

static err_t stream_open(struct socket *socket)
{
    socket->tcp = tcp_new();
    if (socket->tcp == NULL) return ERR_NO_MEMORY;
    stream_callbacks_set(socket);
    return ERR_OK;
}

static err_t stream_connect(struct socket *socket, uint32_t address, uint16_t port)
{
    ip_addr_t peer = {address};
    if (socket->state == NET_STATE_CONNECTING) return ERR_IN_PROGRESS;
    if (socket->state != NET_STATE_UNBOUND && socket->state != NET_STATE_BOUND) return ERR_CONNECTED;
    if (ip4_route(&peer) == NULL) return ERR_UNREACHABLE;
    err_t err = stack_error(tcp_connect(socket->tcp, &peer, lwip_ntohs(port), connected));
    if (err == ERR_OK) socket->state = NET_STATE_CONNECTING;
    return err;
}

/* All is written and the program will write no more. */
static void end_send(struct socket *socket)
{
    if (socket->sent_end || socket->tcp == NULL || ring_to_send(&socket->ring) > 0) return;
    if (tcp_shutdown(socket->tcp, 0, 1) == LWIP_OK) socket->sent_end = true; /* else when we are reminded */
}

static err_t stream_shutdown(struct socket *socket, bool receiving, bool sending)
{
    if (socket->state != NET_STATE_CONNECTED) return ERR_NOT_CONNECTED;
    socket->shut_receiving |= receiving;
    socket->end |= receiving;
    socket->shut_sending |= sending;
    socket_touch(socket);
    return ERR_OK;
}

static void stream_status(const struct socket *socket, struct net_socket_status *status)
{
    if (socket->tcp == NULL) return;
    status->address = socket->tcp->local_ip.addr;
    status->port = lwip_htons(socket->tcp->local_port);
    status->send_queue += socket->in_flight;
    if (socket->state == NET_STATE_LISTENING) return;
    status->peer_address = socket->tcp->remote_ip.addr;
    status->peer_port = lwip_htons(socket->tcp->remote_port);
    if (socket->holder == NULL) status->state = NET_STATE_CLOSING;
}

/* From the ring into lwIP's queue. */
static void take(struct socket *socket)
{
    const void *bytes;
    uint32_t there;
    while ((there = ring_stream(&socket->ring, &bytes)) > 0) {
        uint32_t share = socket->account->queued < CLIENT_BYTES ? CLIENT_BYTES - socket->account->queued : 0;
        uint32_t room = tcp_sndbuf(socket->tcp) < share ? tcp_sndbuf(socket->tcp) : share;
        if (there > room) there = room;
        if (there > WRITE_MOST) there = WRITE_MOST;
        if (there == 0 || tcp_write(socket->tcp, bytes, (u16_t)there, TCP_WRITE_FLAG_COPY) != LWIP_OK) break;
        socket->in_flight += there;
        socket->account->queued += there;
        socket->sent += there;
        ring_stream_taken(&socket->ring, there);
    }
    tcp_output(socket->tcp);
}

/* lwIP has nothing that ends a closed connection whose peer leaves it in the middle of some states: after four times two minutes this does. */
static lwip_err_t closed_reminded(void *argument, struct tcp_pcb *pcb)
{
    uintptr_t times = (uintptr_t)argument;
    if (times == CLOSED_POLLS) {
        tcp_abort(pcb);
        return ERR_ABRT;
    }
    tcp_arg(pcb, (void *)(times + 1));
    return LWIP_OK;
}

/* A closed one whose bytes are all lwIP's is lwIP's alone. */
static void orphan_finish(struct socket *socket)
{
    struct tcp_pcb *pcb = socket->tcp;
    if (pcb != NULL && !socket->ring.broken && ring_to_send(&socket->ring) > 0) return;
    if (pcb != NULL) {
        tcp_arg(pcb, NULL);
        tcp_err(pcb, NULL);
        tcp_recv(pcb, NULL);
        tcp_sent(pcb, NULL);
        tcp_poll(pcb, closed_reminded, CLOSED_HALF_SECONDS);
        if (tcp_close(pcb) != LWIP_OK) {
            stream_callbacks_set(socket); /* no memory now: when we are reminded */
            return;
        }
        socket->tcp = NULL;
        socket->account->queued -= socket->in_flight;
    }
    socket_free(socket);
}

static err_t stream_pump(struct socket *socket)
{
    bool orphan = socket->holder == NULL;
    if (socket->tcp != NULL && socket->state == NET_STATE_CONNECTED && socket->listener == NULL) {
        deliver(socket);
        take(socket);
        if (!orphan && ring_to_send(&socket->ring) == 0) {
            ring_want_sent(&socket->ring, true);
            if (ring_to_send(&socket->ring) > 0) socket_touch(socket);
        } else {
            ring_want_sent(&socket->ring, false);
        }
        if (socket->shut_sending && !orphan) end_send(socket);
    }
    if (socket->ring.broken && socket->state != NET_STATE_FAILED && !orphan) {
        drop(socket);
        socket_fail(socket, ERR_INVALID);
    }
    if (orphan) orphan_finish(socket);
    return ERR_OK;
}

/* Unread data are a reset, too: the other side is to know (RFC 2525, 2.17). */
static void stream_close(struct socket *socket, bool dead)
{
    while (socket->accept_first != NULL) {
        struct socket *waiting = socket->accept_first;
        stream_queue_leave(waiting);
        drop(waiting);
        socket_free(waiting);
    }
    if (socket->listener != NULL) stream_queue_leave(socket);
    if (dead || socket->reset || socket->pending != NULL || socket->state != NET_STATE_CONNECTED || socket->tcp == NULL) {
        drop(socket);
        socket_free(socket);
        return;
    }
    socket->discard = true;
    stream_pump(socket);
}

const struct socket_ops stream_ops = {
    .open = stream_open,
    .bind = stream_bind,
    .connect = stream_connect,
    .listen = stream_listen,
    .shutdown = stream_shutdown,
    .set_option = stream_set_option,
    .status = stream_status,
    .pump = stream_pump,
    .close = stream_close,
};

bool streams_active(void)
{
    return tcp_active_pcbs != NULL || tcp_tw_pcbs != NULL;
}

void streams_tick(void)
{
    tcp_tmr();
}

const struct stats_proto *streams_statistics(void)
{
    return &lwip_stats.tcp;
}
