/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Sockets of pings: a program sends echo requests and receives the replies to its own, and errors about them. Nobody sees anybody else's: an ECHO
 * socket's identifier is its own, and a RAW_ECHO socket, whose program chooses it, hears of that to which it sent last.
 */
#include "net.h"
#include <string.h>

#define PUMP_MOST 64
#define TYPE_UNREACHABLE 3
#define TYPE_EXCEEDED 11

static struct raw_pcb *raw;
static struct socket *sockets;
static uint16_t next_id;

/* The identifier of the echo that a message is about; `offset`: of the message in the packet. */
static bool message_id(struct pbuf *packet, uint16_t offset, uint16_t *id)
{
    uint8_t head[8], ip[IP_HLEN];
    if (pbuf_copy_partial(packet, head, sizeof head, offset) != sizeof head) return false;
    if (head[0] == TYPE_UNREACHABLE || head[0] == TYPE_EXCEEDED) {
        offset = (uint16_t)(offset + sizeof head);
        if (pbuf_copy_partial(packet, ip, sizeof ip, offset) != sizeof ip || ip[9] != IP_PROTO_ICMP) return false;
        offset = (uint16_t)(offset + (ip[0] & 15) * 4);
        if (pbuf_copy_partial(packet, head, sizeof head, offset) != sizeof head || head[0] != ICMP_ECHO) return false;
    } else if (head[0] != ICMP_ER) {
        return false;
    }
    memcpy(id, head + 4, 2);
    return true;
}

/* What never left the machine has none. */
static bool checksum_holds(struct pbuf *packet, uint16_t header)
{
    if ((ip_current_input_netif()->chksum_flags & NETIF_CHECKSUM_CHECK_ICMP) == 0) return true;
    pbuf_remove_header(packet, header);
    uint16_t sum = inet_chksum_pbuf(packet);
    pbuf_add_header_force(packet, header);
    return sum == 0;
}

/* The packet stays lwIP's, which looks at it too. */
static u8_t message_came(void *argument, struct raw_pcb *pcb, struct pbuf *packet, const ip_addr_t *from)
{
    uint16_t id, header = (uint16_t)(ip4_current_header() != NULL ? IPH_HL_BYTES(ip4_current_header()) : IP_HLEN);
    (void)argument, (void)pcb;
    if (sockets == NULL || !message_id(packet, header, &id) || !checksum_holds(packet, header)) return 0;
    for (struct socket *socket = sockets; socket != NULL; socket = socket->echo_next) {
        if (socket->echo_id != id || socket->shut_receiving) continue;
        bool raw_kind = socket->kind == NET_KIND_RAW_ECHO;
        if (!raw_kind) pbuf_remove_header(packet, header);
        bool put = ring_put_packet(&socket->ring, from->addr, 0, packet);
        if (!raw_kind) pbuf_add_header_force(packet, header);
        *(put ? &socket->received : &socket->dropped) += 1;
        socket_touch(socket);
    }
    return 0;
}

static bool id_used(uint16_t id)
{
    for (struct socket *socket = sockets; socket != NULL; socket = socket->echo_next) {
        if (socket->echo_id == id) return true;
    }
    return false;
}

static err_t echo_open(struct socket *socket)
{
    if (raw == NULL) {
        raw = raw_new(IP_PROTO_ICMP);
        if (raw == NULL) return ERR_NO_MEMORY;
        raw_recv(raw, message_came, NULL);
    }
    if (next_id == 0) next_id = (uint16_t)stack_random();
    do
        next_id++;
    while (next_id == 0 || id_used(next_id));
    socket->echo_id = next_id;
    socket->echo_next = sockets;
    sockets = socket;
    return ERR_OK;
}

static err_t echo_bind(struct socket *socket, uint32_t address, uint16_t port, uint16_t *bound)
{
    if (port != 0 || address != 0) return ERR_NO_ADDRESS;
    *bound = socket->echo_id;
    return ERR_OK;
}

static err_t echo_connect(struct socket *socket, uint32_t address, uint16_t port)
{
    ip_addr_t peer = {address};
    (void)port;
    if (address != 0 && ip4_route(&peer) == NULL) return ERR_UNREACHABLE;
    socket->echo_peer = address;
    socket->state = address != 0 ? NET_STATE_CONNECTED : NET_STATE_UNBOUND;
    return ERR_OK;
}

static err_t echo_set_option(struct socket *socket, uint32_t option, uint32_t value)
{
    if (option == NET_OPTION_TTL && value > 0 && value < 256) {
        socket->ttl = (u8_t)value;
    } else if (option == NET_OPTION_TOS) {
        socket->tos = (u8_t)value;
    } else if (option != NET_OPTION_BROADCAST && option != NET_OPTION_REUSE_ADDRESS) {
        return ERR_UNSUPPORTED;
    }
    return ERR_OK;
}

static void echo_status(const struct socket *socket, struct net_socket_status *status)
{
    status->port = socket->echo_id;
    status->peer_address = socket->echo_peer;
}

/* An ECHO socket's request gets its identifier, and its checksum. */
static err_t request_prepare(struct socket *socket, struct pbuf *packet)
{
    struct icmp_echo_hdr *header = packet->payload;
    if (packet->tot_len < sizeof *header || header->type != ICMP_ECHO || header->code != 0) return ERR_PERMISSION;
    if (socket->kind == NET_KIND_RAW_ECHO) {
        socket->echo_id = header->id;
        return ERR_OK;
    }
    header->id = socket->echo_id;
    header->chksum = 0;
    header->chksum = inet_chksum_pbuf(packet);
    return ERR_OK;
}

static err_t echo_send(struct socket *socket, const struct socket_record *record)
{
    ip_addr_t to = {record->address != 0 ? record->address : socket->echo_peer};
    if (to.addr == 0 || socket->shut_sending) return ERR_NOT_CONNECTED;
    if (record->bytes > UINT16_MAX - IP_HLEN) return ERR_MESSAGE_SIZE;
    struct pbuf *packet = pbuf_alloc(PBUF_IP, (u16_t)record->bytes, PBUF_RAM);
    if (packet == NULL) return ERR_NO_MEMORY;
    err_t err = ring_copy_packet(&socket->ring, record, packet) ? request_prepare(socket, packet) : ERR_INVALID;
    if (err == ERR_OK) {
        raw->ttl = socket->ttl;
        raw->tos = socket->tos;
        ip_set_option(raw, SOF_BROADCAST);
        err = stack_error(raw_sendto(raw, packet, &to));
    }
    pbuf_free(packet);
    return err;
}

static err_t echo_pump(struct socket *socket)
{
    struct socket_record record;
    err_t err = ERR_OK;
    unsigned count = 0;
    for (; count < PUMP_MOST && ring_next_packet(&socket->ring, &record); count++) {
        err = echo_send(socket, &record);
        if (err == ERR_OK) socket->sent++;
        ring_packet_taken(&socket->ring, &record);
    }
    if (count == PUMP_MOST) socket_touch(socket);
    if (socket->ring.broken && socket->state != NET_STATE_FAILED) socket_fail(socket, ERR_INVALID);
    return err;
}

static void echo_close(struct socket *socket, bool dead)
{
    struct socket **link = &sockets;
    if (!dead) echo_pump(socket);
    while (*link != socket)
        link = &(*link)->echo_next;
    *link = socket->echo_next;
    socket_free(socket);
}

const struct socket_ops echo_ops = {
    .open = echo_open,
    .bind = echo_bind,
    .connect = echo_connect,
    .set_option = echo_set_option,
    .status = echo_status,
    .pump = echo_pump,
    .close = echo_close,
};
