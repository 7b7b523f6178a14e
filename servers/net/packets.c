/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Sockets of packets: UDP. What comes goes straight into the program's ring; what does not fit is dropped, for this socket alone, and counted.
 * While a program has packets to read it will likely answer them: then it need not tell us of each, since we look in a moment.
 */
#include "net.h"

#define PUMP_MOST 128 /* packets of one socket before others have their turn */

/*
 * A ring that is half full, of a program that has read a good deal since the last time: it has a turn, and likely reads on. One that does not read
 * makes nobody wait, nor does one whose packets are from here: a card has nothing to do with those.
 */
static void turn_give(struct socket *socket, uint32_t from)
{
    const struct ring *ring = &socket->ring;
    uint32_t read = ring->arrived - (ring->receive_bytes - ring->space);
    if (ring->space > ring->receive_bytes / 2 || read - socket->paused_at < ring->receive_bytes / 4 || device_has(from))
        return;
    socket->paused_at = read;
    socket->pausing = true;
    nics_pause();
}

static void packet_came(void *argument, struct udp_pcb *pcb, struct pbuf *packet, const ip_addr_t *from, u16_t port)
{
    struct socket *socket = argument;
    (void)pcb;
    if (!socket->shut_receiving && ring_put_packet(&socket->ring, from->addr, lwip_htons(port), packet)) {
        socket->received++;
        socket_watch(socket);
        turn_give(socket, from->addr);
    } else {
        socket->dropped++;
    }
    pbuf_free(packet);
    socket_touch(socket);
}

static err_t packet_open(struct socket *socket)
{
    socket->udp = udp_new();
    if (socket->udp == NULL) return ERR_NO_MEMORY;
    udp_recv(socket->udp, packet_came, socket);
    socket->paused_at = UINT32_MAX / 2; /* as if it had read a lot */
    return ERR_OK;
}

static err_t packet_bind(struct socket *socket, uint32_t address, uint16_t port, uint16_t *bound)
{
    ip_addr_t own = {address};
    if (socket->state != NET_STATE_UNBOUND) return ERR_BUSY;
    err_t err = stack_error(udp_bind(socket->udp, &own, lwip_ntohs(port)));
    if (err != ERR_OK) return err;
    *bound = lwip_htons(socket->udp->local_port);
    socket->state = NET_STATE_BOUND;
    return ERR_OK;
}

/* Address 0: nobody any more. */
static err_t packet_connect(struct socket *socket, uint32_t address, uint16_t port)
{
    ip_addr_t peer = {address};
    if (address == 0) {
        udp_disconnect(socket->udp);
        socket->state = NET_STATE_BOUND;
        return ERR_OK;
    }
    if (ip4_route(&peer) == NULL) return ERR_UNREACHABLE;
    err_t err = stack_error(udp_connect(socket->udp, &peer, lwip_ntohs(port)));
    if (err == ERR_OK) socket->state = NET_STATE_CONNECTED;
    return err;
}

static err_t packet_shutdown(struct socket *socket, bool receiving, bool sending)
{
    if (socket->state != NET_STATE_CONNECTED) return ERR_NOT_CONNECTED;
    socket->shut_receiving |= receiving;
    socket->end |= receiving;
    socket->shut_sending |= sending;
    socket_touch(socket);
    return ERR_OK;
}

static err_t packet_set_option(struct socket *socket, uint32_t option, uint32_t value)
{
    switch (option) {
    case NET_OPTION_BROADCAST:
        if (value) {
            ip_set_option(socket->udp, SOF_BROADCAST);
        } else {
            ip_reset_option(socket->udp, SOF_BROADCAST);
        }
        return ERR_OK;
    case NET_OPTION_TTL:
        if (value == 0 || value > 255) return ERR_INVALID;
        socket->udp->ttl = (u8_t)value;
        return ERR_OK;
    case NET_OPTION_TOS:
        socket->udp->tos = (u8_t)value;
        return ERR_OK;
    case NET_OPTION_REUSE_ADDRESS: /* nothing of an older socket is in the way here */
        return ERR_OK;
    default:
        return ERR_UNSUPPORTED;
    }
}

static void packet_status(const struct socket *socket, struct net_socket_status *status)
{
    status->address = socket->udp->local_ip.addr;
    status->port = lwip_htons(socket->udp->local_port);
    status->peer_address = socket->udp->remote_ip.addr;
    status->peer_port = lwip_htons(socket->udp->remote_port);
}

static err_t packet_send(struct socket *socket, const struct socket_record *record)
{
    ip_addr_t to = {record->address != 0 ? record->address : socket->udp->remote_ip.addr};
    uint16_t port = record->port != 0 ? lwip_ntohs(record->port) : socket->udp->remote_port;
    if (socket->shut_sending || to.addr == 0 || port == 0) return ERR_NOT_CONNECTED;
    if (record->bytes > UINT16_MAX - UDP_HLEN - IP_HLEN) return ERR_MESSAGE_SIZE;
    struct pbuf *packet = pbuf_alloc(PBUF_TRANSPORT, (u16_t)record->bytes, PBUF_RAM);
    if (packet == NULL) return ERR_NO_MEMORY;
    err_t err = ring_copy_packet(&socket->ring, record, packet) ? ERR_OK : ERR_INVALID;
    if (err == ERR_OK) {
        lwip_err_t sent = offload_sendto(socket->udp, packet, &to, port);
        err = sent == ERR_VAL ? ERR_ACCESS : stack_error(sent); /* a broadcast without SO_BROADCAST */
    }
    pbuf_free(packet);
    return err;
}

static err_t packet_take(struct socket *socket, const struct socket_record *record)
{
    err_t err = packet_send(socket, record);
    if (err == ERR_OK) socket->sent++;
    ring_packet_taken(&socket->ring, record);
    return err;
}

static bool has_room(const struct socket *socket, const struct socket_record *record)
{
    ip_addr_t to = {record->address != 0 ? record->address : socket->udp->remote_ip.addr};
    return nic_room(ip4_route(&to));
}

/* What a card has no room for waits in the program's ring. */
static err_t packet_pump(struct socket *socket)
{
    struct socket_record record;
    err_t err = ERR_OK;
    unsigned count = 0;
    bool room = true;
    while (count < PUMP_MOST && ring_next_packet(&socket->ring, &record) && (room = has_room(socket, &record))) {
        err = packet_take(socket, &record);
        count++;
    }
    if (!room) {
        socket_watch(socket);
    } else if (count == PUMP_MOST) {
        socket_touch(socket);
    } else if (!socket->watched) {
        ring_want_sent(&socket->ring, true);
        if (ring_to_send(&socket->ring) > 0) socket_touch(socket);
    }
    if (socket->ring.broken && socket->state != NET_STATE_FAILED) socket_fail(socket, ERR_INVALID);
    return err;
}

static void packet_close(struct socket *socket, bool dead)
{
    struct socket_record record;
    while (!dead && ring_next_packet(&socket->ring, &record))
        packet_take(socket, &record);
    udp_remove(socket->udp);
    socket_free(socket);
}

const struct socket_ops packet_ops = {
    .open = packet_open,
    .bind = packet_bind,
    .connect = packet_connect,
    .shutdown = packet_shutdown,
    .set_option = packet_set_option,
    .status = packet_status,
    .pump = packet_pump,
    .close = packet_close,
};
