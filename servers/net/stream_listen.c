/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Streams that wait for others to connect, and their ports. Who came waits in the listener's queue until it is accepted; it has the listener's holder,
 * who does not find it before.
 */
#include "stream.h"

static const struct socket_ops came_ops; /* of one that has a connection already when it is made */

/* Out of its listener's queue; it has no holder then. */
void stream_queue_leave(struct socket *socket)
{
    struct socket **link = &socket->listener->accept_first;
    while (*link != socket)
        link = &(*link)->accept_next;
    *link = socket->accept_next;
    socket->listener = NULL;
}

/* A port is its holder's alone, also where lwIP would let two share it. */
static bool port_leased(uint32_t address, uint16_t port)
{
    for (uint32_t i = 1; port != 0 && i <= CONFIG_NET_SOCKETS; i++) {
        const struct socket *other = socket_at(i);
        if (other == NULL || other->ops != &stream_ops || other->tcp == NULL || other->tcp->local_port != port)
            continue;
        if (other->state != NET_STATE_BOUND && other->state != NET_STATE_LISTENING) continue;
        uint32_t theirs = other->tcp->local_ip.addr;
        if (address == 0 || theirs == 0 || address == theirs) return true;
    }
    return false;
}

err_t stream_bind(struct socket *socket, uint32_t address, uint16_t port, uint16_t *bound)
{
    ip_addr_t own = {address};
    if (socket->state != NET_STATE_UNBOUND) return ERR_BUSY;
    if (port_leased(address, lwip_ntohs(port))) return ERR_ADDRESS_IN_USE;
    err_t err = stack_error(tcp_bind(socket->tcp, &own, lwip_ntohs(port)));
    if (err != ERR_OK) return err;
    *bound = lwip_htons(socket->tcp->local_port);
    socket->state = NET_STATE_BOUND;
    return ERR_OK;
}

/* Somebody came. The socket is the listener's account's, so that it cannot be flooded beyond its own share. */
static lwip_err_t accepted(void *argument, struct tcp_pcb *pcb, lwip_err_t error)
{
    struct socket *listener = argument, *socket, **link;
    if (pcb == NULL || error != LWIP_OK) return ERR_VAL;
    if (listener == NULL || socket_open(listener->holder, &came_ops, NET_KIND_STREAM, &socket) != ERR_OK) {
        if (listener != NULL) listener->dropped++;
        return ERR_MEM; /* lwIP resets it */
    }
    socket->ops = &stream_ops;
    socket->tcp = pcb;
    socket->state = NET_STATE_CONNECTED;
    socket->listener = listener;
    stream_callbacks_set(socket);
    tcp_backlog_delayed(pcb);
    for (link = &listener->accept_first; *link != NULL; link = &(*link)->accept_next)
        ;
    *link = socket;
    listener->received++;
    socket_touch(listener);
    return LWIP_OK;
}

err_t stream_listen(struct socket *socket, uint32_t backlog)
{
    lwip_err_t error;
    if (socket->state == NET_STATE_LISTENING) return ERR_OK;
    if (socket->state != NET_STATE_BOUND) return ERR_INVALID;
    u8_t most = backlog < 1 ? 1 : backlog > 128 ? 128 : (u8_t)backlog;
    struct tcp_pcb *pcb = tcp_listen_with_backlog_and_err(socket->tcp, most, &error);
    if (pcb == NULL) return stack_error(error);
    socket->tcp = pcb;
    tcp_arg(pcb, socket);
    tcp_accept(pcb, accepted);
    socket->state = NET_STATE_LISTENING;
    return ERR_OK;
}

err_t stream_accept(struct socket *listener, struct socket **out)
{
    struct socket *socket = listener->accept_first;
    if (listener->state != NET_STATE_LISTENING) return ERR_INVALID;
    if (socket == NULL) return ERR_AGAIN;
    stream_queue_leave(socket);
    if (socket->tcp != NULL) tcp_backlog_accepted(socket->tcp);
    *out = socket;
    socket_touch(listener);
    return ERR_OK;
}
