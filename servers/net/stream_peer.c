/* SPDX-License-Identifier: BSD-2-Clause */
/* See stream_peer.h. */
#include "stream_peer.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#define FIRST 1000u

static struct holder *client;
static struct frame in, out;
static uint16_t port, own_port, window;
static uint32_t acknowledge;
static size_t held_before;

void peer_start(void)
{
    host_start();
    client = host_client(7);
    host_output_clear();
    window = 65535;
    own_port = PEER_PORT;
    port = LISTEN_PORT;
}

void peer_end(void)
{
    host_client_end(client);
    host_pass(1200000);
    host_output_clear();
}

int peer_setup(void **state)
{
    (void)state;
    peer_start();
    held_before = stack_held();
    return 0;
}

int peer_teardown(void **state)
{
    (void)state;
    peer_end();
    assert_null(tcp_active_pcbs);
    assert_null(tcp_tw_pcbs);
    assert_int_equal(stack_held(), held_before);
    return 0;
}

struct socket *peer_socket(void)
{
    struct socket *socket;
    assert_int_equal(socket_open(client, &stream_ops, NET_KIND_STREAM, &socket), ERR_OK);
    assert_int_equal(ring_make(&socket->ring), ERR_OK);
    return socket;
}

struct socket *peer_listener(uint32_t backlog)
{
    uint16_t bound;
    struct socket *socket = peer_socket();
    assert_int_equal(socket->ops->bind(socket, 0, lwip_htons(LISTEN_PORT), &bound), ERR_OK);
    assert_int_equal(socket->ops->listen(socket, backlog), ERR_OK);
    return socket;
}

struct socket *peer_accept(struct socket *listener)
{
    struct socket *socket;
    assert_int_equal(stream_accept(listener, &socket), ERR_OK);
    assert_int_equal(ring_make(&socket->ring), ERR_OK);
    socket->returned = socket->ring.arrived;
    socket_touch(socket);
    host_settle();
    return socket;
}

struct socket *peer_connected(void)
{
    struct socket *listener = peer_listener(4);
    peer_send(TCP_SYN, FIRST, 0, NULL, 0);
    struct segment answer = peer_expect(TCP_SYN);
    assert_int_equal(answer.flags & (TCP_SYN | TCP_ACK), TCP_SYN | TCP_ACK);
    assert_int_equal(answer.acknowledge, FIRST + 1);
    acknowledge = answer.sequence + 1;
    peer_send(TCP_ACK, FIRST + 1, acknowledge, NULL, 0);
    struct socket *socket = peer_accept(listener);
    host_output_clear();
    return socket;
}

void peer_wait(struct socket *socket, uint32_t events)
{
    host_answers = 0;
    assert_int_equal(wait_add(client, NULL, net_reply_await, &(struct net_interest){socket->number, events}, 1), ERR_OK);
}

uint32_t peer_read(struct socket *socket, void *data, uint32_t most)
{
    uint32_t done = (uint32_t)socket_ring_take(&socket->ring.own, data, most, false);
    socket_touch(socket);
    host_settle();
    return done;
}

void peer_write(struct socket *socket, const void *data, uint32_t bytes)
{
    assert_int_equal(socket_ring_put(&socket->ring.own, data, bytes), bytes);
    socket_touch(socket);
    host_settle();
}

static uint32_t get(const uint8_t *at, unsigned bytes)
{
    uint32_t value = 0;
    while (bytes-- > 0)
        value = value << 8 | *at++;
    return value;
}

bool peer_segment(struct segment *segment)
{
    while (host_output(&out)) {
        const uint8_t *ip = out.byte + 14, *tcp = ip + 20;
        if (out.bytes < 54 || get(out.byte + 12, 2) != 0x0800 || ip[9] != IP_PROTO_TCP) continue;
        uint32_t header = (uint32_t)(tcp[12] >> 4) * 4;
        *segment = (struct segment){.from = (uint16_t)get(tcp, 2),
                                    .to = (uint16_t)get(tcp + 2, 2),
                                    .sequence = get(tcp + 4, 4),
                                    .acknowledge = get(tcp + 8, 4),
                                    .flags = tcp[13],
                                    .window = (uint16_t)get(tcp + 14, 2),
                                    .data = tcp + header,
                                    .bytes = get(ip + 2, 2) - 20 - header};
        return true;
    }
    return false;
}

struct segment peer_expect(uint8_t flags)
{
    struct segment segment = {0};
    while (peer_segment(&segment)) {
        if ((segment.flags & flags) != 0) return segment;
    }
    fail_msg("no segment with any of the flags %x", flags);
    return segment;
}

void peer_send(uint8_t flags, uint32_t sequence, uint32_t acknowledged, const void *data, uint32_t bytes)
{
    frame_tcp(&in, own_port, port, sequence, acknowledged, flags, window, data, bytes);
    host_input(in.byte, in.bytes);
}

void peer_data(uint32_t at, const void *data, uint32_t bytes)
{
    peer_send(TCP_ACK | TCP_PSH, FIRST + 1 + at, acknowledge, data, bytes);
}

void peer_window(uint16_t bytes)
{
    window = bytes;
}

void peer_port(uint16_t number)
{
    port = number;
}

void peer_own_port(uint16_t number)
{
    own_port = number;
}

uint32_t peer_sequence(void)
{
    return FIRST + 1;
}

uint32_t peer_acknowledge(void)
{
    return acknowledge;
}
