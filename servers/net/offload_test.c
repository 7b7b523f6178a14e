/* SPDX-License-Identifier: BSD-2-Clause */
/* Checksums that the device makes or has checked: what it is told, what it is not to be told, and that the sum that comes of it is the right one. */
#include "host.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <cmocka.h>
#include <string.h>

#define BIT_SYN 2
#define BIT_ACK 16
#define UDP_SUM 40 /* in a frame without options */
#define TCP_SUM 50

static struct frame frame;
static struct holder *client;
static struct netif card; /* that offers it, for frames of our own */

static int setup(void **state)
{
    (void)state;
    host_start();
    host_offload(true);
    card.mtu = 1500;
    offload_set(&card, true);
    client = host_client(7);
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    host_client_end(client);
    host_pass(60000);
    host_output_clear();
    host_offload(false);
    return 0;
}

static uint32_t sum_add(uint32_t sum, const uint8_t *at, uint32_t bytes)
{
    for (uint32_t i = 0; i < bytes; i++)
        sum += i % 2 == 0 ? (uint32_t)at[i] << 8 : at[i];
    while (sum >> 16 != 0)
        sum = (sum & 0xffff) + (sum >> 16);
    return sum;
}

/* Is the sum of TCP or UDP right, of a packet without IP options? By the letter of RFC 793. */
static bool sum_right(const uint8_t *ip, const uint8_t *payload, uint32_t bytes)
{
    uint32_t sum = sum_add(0, ip + 12, 8) + ip[9] + bytes;
    return sum_add(sum, payload, bytes) == 0xffff;
}

/* What a device does (5.1.6.2 of its specification). */
static void device_sums(uint8_t *at, uint32_t bytes, const struct offload *left)
{
    uint32_t sum = ~sum_add(0, at + left->start, bytes - left->start) & 0xffff;
    at[left->start + left->offset] = (uint8_t)(sum >> 8);
    at[left->start + left->offset + 1] = (uint8_t)sum;
}

/* A frame with its sum, which is left out and made by the device at each place in memory: the same comes of it. */
static void expect_same(uint32_t field)
{
    static uint8_t memory[FRAME_MOST + 8];
    for (uint32_t at = 0; at < 8; at++) {
        struct offload left;
        memcpy(memory + at, frame.byte, frame.bytes);
        memset(memory + at + field, 0x5a, 2);
        assert_true(offload_begin(&card, memory + at, frame.bytes, &left));
        assert_int_equal(left.start, 34);
        assert_int_equal(left.start + left.offset, field);
        device_sums(memory + at, frame.bytes, &left);
        assert_memory_equal(memory + at, frame.byte, frame.bytes);
    }
}

static void test_all_lengths(void **state)
{
    static uint8_t data[1472];
    (void)state;
    for (unsigned pattern = 0; pattern < 3; pattern++) {
        for (uint32_t i = 0; i < sizeof data; i++)
            data[i] = (uint8_t)(pattern == 0 ? i * 167 + i / 7 : pattern == 1 ? 0xff : 0);
        for (uint32_t bytes = 0; bytes <= sizeof data; bytes++) {
            frame_udp(&frame, 4000, 5000, data, bytes);
            expect_same(UDP_SUM);
            if (bytes > 1460) continue;
            frame_tcp(&frame, 4000, 5000, bytes * 77777, ~bytes, BIT_ACK, 60000, data, bytes);
            expect_same(TCP_SUM);
        }
    }
}

/* With options of IP, TCP's header is further behind; what fills up a short frame is not summed into the length. */
static void test_options(void **state)
{
    struct offload left;
    (void)state;
    frame_udp(&frame, 4000, 5000, "four", 4);
    memmove(frame.byte + 38, frame.byte + 34, 12);
    memset(frame.byte + 34, 1, 4);
    frame.byte[14] = 0x46;
    frame.byte[17] = 24 + 12;
    assert_true(offload_begin(&card, frame.byte, frame.bytes + 4, &left));
    assert_int_equal(left.start, 38);
    device_sums(frame.byte, frame.bytes + 4, &left);
    assert_true(sum_right(frame.byte + 14, frame.byte + 38, 12));
}

static void expect_left_alone(uint32_t at, uint8_t value, uint32_t bytes)
{
    struct frame changed = frame, before;
    struct offload left;
    changed.byte[at] = value;
    before = changed;
    assert_false(offload_begin(&card, changed.byte, bytes, &left));
    assert_memory_equal(changed.byte, before.byte, sizeof changed.byte);
}

static void test_others_left_alone(void **state)
{
    struct offload left;
    (void)state;
    frame_udp(&frame, 4000, 5000, "data", 4);
    expect_left_alone(12, 0x86, frame.bytes); /* not IP */
    expect_left_alone(20, 0x20, frame.bytes); /* the first fragment */
    expect_left_alone(21, 1, frame.bytes);    /* a later one */
    expect_left_alone(20, 0x1f, frame.bytes); /* also by its other bits */
    expect_left_alone(23, 1, frame.bytes);    /* ICMP */
    expect_left_alone(14, 0x44, frame.bytes); /* a header that is too short, */
    expect_left_alone(14, 0x4f, frame.bytes); /* too long, */
    expect_left_alone(16, 4, frame.bytes);    /* a packet longer than its frame, */
    expect_left_alone(17, 27, frame.bytes);   /* one that has no room for UDP's header, */
    expect_left_alone(23, 6, frame.bytes);    /* for TCP's */
    expect_left_alone(0, 2, 33);
    assert_true(offload_begin(&card, frame.byte, frame.bytes, &left));
    offload_set(&card, false);
    expect_left_alone(0, 2, frame.bytes);
    card.mtu = 1499; /* segments might go out in fragments */
    offload_set(&card, true);
    expect_left_alone(0, 2, frame.bytes);
}

static struct socket *packet_socket(uint16_t port)
{
    uint16_t bound;
    struct socket *socket;
    assert_int_equal(socket_open(client, &packet_ops, NET_KIND_DATAGRAM, &socket), ERR_OK);
    assert_int_equal(socket->ops->bind(socket, 0, lwip_htons(port), &bound), ERR_OK);
    assert_int_equal(ring_make(&socket->ring), ERR_OK);
    return socket;
}

static void packet_send(struct socket *socket, uint32_t address, uint16_t port, const void *data, uint32_t bytes)
{
    struct socket_record record = {.bytes = bytes, .address = address, .port = lwip_htons(port)};
    assert_true(socket_ring_put_packet(&socket->ring.own, &record, data));
    assert_int_equal(socket->ops->pump(socket), ERR_OK);
    round_post();
    host_settle();
}

/* Up to what fits into a frame the device is asked, where it offers it; a byte more goes out in fragments, with the sum of all. */
static void test_datagrams(void **state)
{
    static uint8_t data[9000], whole[9100];
    struct frame out;
    (void)state;
    memset(data, 'd', sizeof data);
    struct socket *socket = packet_socket(5000);
    for (unsigned offered = 0; offered < 2; offered++) {
        static const uint32_t sizes[] = {0, 1, 1472, 1473, 9000, 100};
        host_offload(offered);
        for (unsigned i = 0; i < sizeof sizes / sizeof sizes[0]; i++) {
            uint32_t bytes = 0;
            packet_send(socket, PEER_ADDRESS, 4000, data, sizes[i]);
            while (host_output(&out)) {
                assert_int_equal(out.unsummed, offered && sizes[i] <= 1472);
                if (out.unsummed) device_sums(out.byte, out.bytes, &out.left);
                memcpy(whole + bytes, out.byte + 34, out.bytes - 34);
                bytes += out.bytes - 34;
            }
            assert_int_equal(bytes, sizes[i] + 8);
            assert_int_not_equal(whole[6] << 8 | whole[7], 0); /* which would say that there is none */
            assert_true(sum_right(out.byte + 14, whole, bytes));
        }
    }
}

static void test_segments(void **state)
{
    struct socket *listener;
    struct frame out;
    uint16_t bound;
    (void)state;
    assert_int_equal(socket_open(client, &stream_ops, NET_KIND_STREAM, &listener), ERR_OK);
    assert_int_equal(listener->ops->bind(listener, 0, lwip_htons(6000), &bound), ERR_OK);
    assert_int_equal(listener->ops->listen(listener, 4), ERR_OK);
    host_input(frame.byte, frame_tcp(&frame, 4000, 6000, 5, 0, BIT_SYN, 60000, NULL, 0));
    assert_true(host_output(&out));
    assert_true(out.unsummed);
    device_sums(out.byte, out.bytes, &out.left);
    assert_true(sum_right(out.byte + 14, out.byte + 34, out.bytes - 34));
    host_input(frame.byte, frame_tcp(&frame, 4001, 6001, 5, 0, BIT_SYN, 60000, NULL, 0)); /* nobody listens */
    assert_true(host_output(&out));
    assert_true(out.unsummed);
}

static bool udp_arrives(struct socket *socket, void (*input)(const void *frame, uint32_t bytes))
{
    struct socket_record record;
    char data[100];
    input(frame.byte, frame.bytes);
    return socket_ring_take_packet(&socket->ring.own, &record, data, sizeof data, false);
}

/* To our own address nothing passes a device. */
static void test_to_ourselves(void **state)
{
    static uint8_t data[3000], got[4000];
    struct socket *listener, *stream, *accepted;
    struct socket_record record;
    struct frame out;
    uint16_t bound;
    (void)state;
    struct socket *socket = packet_socket(5000);
    packet_send(socket, HOST_ADDRESS, 5000, data, 100);
    assert_true(socket_ring_take_packet(&socket->ring.own, &record, got, sizeof got, false));
    packet_send(socket, HOST_ADDRESS, 5000, data, 3000);
    assert_true(socket_ring_take_packet(&socket->ring.own, &record, got, sizeof got, false));
    assert_int_equal(socket_open(client, &stream_ops, NET_KIND_STREAM, &listener), ERR_OK);
    assert_int_equal(listener->ops->bind(listener, 0, lwip_htons(6000), &bound), ERR_OK);
    assert_int_equal(listener->ops->listen(listener, 4), ERR_OK);
    assert_int_equal(socket_open(client, &stream_ops, NET_KIND_STREAM, &stream), ERR_OK);
    assert_int_equal(ring_make(&stream->ring), ERR_OK);
    stream->ops->connect(stream, HOST_ADDRESS, lwip_htons(6000));
    round_post();
    host_settle();
    assert_int_equal(stream->state, NET_STATE_CONNECTED);
    assert_int_equal(stream_accept(listener, &accepted), ERR_OK);
    assert_false(host_output(&out));
    frame_udp(&frame, 4000, 5000, "hello", 5); /* from others it is looked at as before */
    frame.byte[UDP_SUM] ^= 1;
    assert_false(udp_arrives(socket, host_input));
}

/* Believed if the device says so, whatever it is; looked at if not. */
static void test_received(void **state)
{
    (void)state;
    struct socket *socket = packet_socket(5000);
    frame_udp(&frame, 4000, 5000, "hello", 5);
    assert_true(udp_arrives(socket, host_input));
    frame.byte[UDP_SUM] ^= 1;
    assert_false(udp_arrives(socket, host_input));
    assert_true(udp_arrives(socket, host_input_checked));
    assert_false(udp_arrives(socket, host_input)); /* and only this once */
    frame.byte[24] ^= 1;                           /* IP's own is ours to look at */
    assert_false(udp_arrives(socket, host_input_checked));
}

static void test_received_segments(void **state)
{
    struct frame out;
    struct socket *listener;
    uint16_t bound;
    (void)state;
    assert_int_equal(socket_open(client, &stream_ops, NET_KIND_STREAM, &listener), ERR_OK);
    assert_int_equal(listener->ops->bind(listener, 0, lwip_htons(6000), &bound), ERR_OK);
    assert_int_equal(listener->ops->listen(listener, 4), ERR_OK);
    frame_tcp(&frame, 4000, 6000, 5, 0, BIT_SYN, 60000, NULL, 0);
    frame.byte[TCP_SUM] ^= 1;
    host_input(frame.byte, frame.bytes);
    assert_false(host_output(&out));
    host_input_checked(frame.byte, frame.bytes);
    assert_true(host_output(&out));
}

/* A datagram in two fragments with a wrong sum: what a device says of a fragment is not of the whole. */
static void test_received_fragments(void **state)
{
    uint8_t whole[24 + 8] = {0};
    (void)state;
    struct socket *socket = packet_socket(5000);
    for (unsigned wrong = 0; wrong < 2; wrong++) {
        frame_udp(&frame, 4000, 5000, "twenty-four bytes of it.", 24);
        memcpy(whole, frame.byte + 34, 32);
        whole[6] ^= (uint8_t)wrong;
        for (unsigned part = 0; part < 2; part++) {
            frame_ip(&frame, IP_PROTO_UDP, whole + 16 * part, 16);
            frame.byte[18] = 0x77;
            frame.byte[19] = (uint8_t)wrong;
            frame.byte[20] = part == 0 ? 0x20 : 0;
            frame.byte[21] = part == 0 ? 0 : 2;
            frame.byte[24] = frame.byte[25] = 0;
            uint32_t sum = ~sum_add(0, frame.byte + 14, 20) & 0xffff;
            frame.byte[24] = (uint8_t)(sum >> 8);
            frame.byte[25] = (uint8_t)sum;
            assert_int_equal(udp_arrives(socket, host_input_checked), part == 1 && !wrong);
        }
    }
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_all_lengths), TEST(test_options),           TEST(test_others_left_alone),
        TEST(test_datagrams),   TEST(test_segments),          TEST(test_to_ourselves),
        TEST(test_received),    TEST(test_received_segments), TEST(test_received_fragments),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
