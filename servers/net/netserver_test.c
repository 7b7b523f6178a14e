/* SPDX-License-Identifier: BSD-2-Clause */
/* The core of net with the real lwIP, against frames of a machine that the tests play. */
#include "host.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <cmocka.h>
#include <string.h>

static struct frame frame;
static struct holder *client;

static int setup(void **state)
{
    (void)state;
    host_start();
    client = host_client(7);
    host_output_clear();
    return 0;
}

/* Nothing is left of a client. */
static int teardown(void **state)
{
    (void)state;
    host_client_end(client);
    host_pass(60000);
    host_output_clear();
    return 0;
}

static struct socket *opened(const struct socket_ops *ops, uint32_t kind)
{
    struct socket *socket;
    assert_int_equal(socket_open(client, ops, kind, &socket), ERR_OK);
    return socket;
}

static struct socket *packet_socket(uint16_t port)
{
    uint16_t bound;
    struct socket *socket = opened(&packet_ops, NET_KIND_DATAGRAM);
    assert_int_equal(socket->ops->bind(socket, 0, lwip_htons(port), &bound), ERR_OK);
    assert_int_equal(ring_make(&socket->ring), ERR_OK);
    return socket;
}

static void test_echo_is_answered(void **state)
{
    struct frame reply;
    (void)state;
    host_input(&frame.byte, frame_echo(&frame, 77, 3, 56));
    assert_true(host_output(&reply));
    assert_int_equal(reply.bytes, 98);
    assert_int_equal(reply.byte[34], 0);
    assert_memory_equal(reply.byte + 38, frame.byte + 38, 60);
    assert_false(host_output(&reply));
}

static void test_ping_oneself(void **state)
{
    uint8_t message[64] = {ICMP_ECHO}, data[64];
    struct socket_record record = {.bytes = 64, .address = PP_HTONL(0x7f000001)}, got;
    (void)state;
    struct socket *socket = opened(&echo_ops, NET_KIND_ECHO);
    assert_int_equal(ring_make(&socket->ring), ERR_OK);
    assert_true(socket_ring_put_packet(&socket->ring.own, &record, message));
    assert_int_equal(socket->ops->pump(socket), ERR_OK);
    round_post();
    host_settle();
    assert_true(socket_ring_take_packet(&socket->ring.own, &got, data, sizeof data, false));
    assert_int_equal(got.bytes, 64);
    assert_int_equal(data[0], 0);
}

static void test_packets(void **state)
{
    struct frame out;
    struct socket_record record;
    char data[100];
    (void)state;
    struct socket *socket = packet_socket(5000);
    host_input(frame.byte, frame_udp(&frame, 4000, 5000, "hello", 5));
    assert_true(socket_ring_take_packet(&socket->ring.own, &record, data, sizeof data, false));
    assert_int_equal(record.bytes, 5);
    assert_int_equal(record.port, lwip_htons(4000));
    assert_int_equal(record.address, PEER_ADDRESS);
    assert_memory_equal(data, "hello", 5);
    assert_true(socket_ring_put_packet(&socket->ring.own, &record, "world"));
    assert_int_equal(socket->ops->pump(socket), ERR_OK);
    assert_true(host_output(&out));
    assert_int_equal(out.bytes, 14 + 20 + 8 + 5);
    assert_memory_equal(out.byte + 42, "world", 5);
}

static uint32_t address_put(uint32_t source)
{
    memcpy(frame.byte + 26, &source, 4);
    frame.byte[24] = frame.byte[25] = frame.byte[40] = frame.byte[41] = 0; /* UDP does without */
    uint32_t sum = 0;
    for (unsigned i = 14; i < 34; i += 2)
        sum += (uint32_t)frame.byte[i] << 8 | frame.byte[i + 1];
    sum = (sum & 0xffff) + (sum >> 16);
    sum = ~((sum & 0xffff) + (sum >> 16));
    frame.byte[24] = (uint8_t)(sum >> 8);
    frame.byte[25] = (uint8_t)sum;
    return frame.bytes;
}

/* Who says to be us, or the loopback interface, is not believed. */
static void test_sources_of_our_own(void **state)
{
    struct socket_record record;
    char data[8];
    (void)state;
    struct socket *socket = packet_socket(5000);
    static const uint32_t ours[] = {HOST_ADDRESS, PP_HTONL(0x7f000001), PP_HTONL(0x7f0000ff), 0xffffffff};
    for (unsigned i = 0; i < sizeof ours / sizeof ours[0]; i++) {
        frame_udp(&frame, 5000, 5000, "loop", 4);
        host_input(frame.byte, address_put(ours[i]));
        assert_false(socket_ring_take_packet(&socket->ring.own, &record, data, sizeof data, false));
    }
    frame_udp(&frame, 5000, 5000, "else", 4);
    host_input(frame.byte, address_put(PP_HTONL(0x0a000003)));
    assert_true(socket_ring_take_packet(&socket->ring.own, &record, data, sizeof data, false));
}

/* What the card has no room for waits, and is sent when it has. */
static void test_packets_wait_for_room(void **state)
{
    struct frame out;
    struct socket_record record = {.bytes = 5, .address = PEER_ADDRESS, .port = lwip_htons(4000)};
    (void)state;
    struct socket *socket = packet_socket(5001);
    host_room = false;
    for (unsigned i = 0; i < 3; i++)
        assert_true(socket_ring_put_packet(&socket->ring.own, &record, "later"));
    assert_int_equal(socket->ops->pump(socket), ERR_OK);
    host_pass(100);
    assert_false(host_output(&out));
    assert_int_equal(socket_events(socket) & NET_SENT, 0);
    host_room = true;
    host_pass(100);
    for (unsigned i = 0; i < 3; i++)
        assert_true(host_output(&out));
    assert_int_equal(socket_events(socket) & NET_SENT, NET_SENT);
}

/* One pause for a program that has not read yet, another when it has, none for one that does not read. */
static void test_pause_for_who_reads(void **state)
{
    static char data[1400];
    struct socket_record record;
    (void)state;
    struct socket *socket = packet_socket(5002);
    uint32_t before = host_pauses;
    for (unsigned i = 0; i < 100; i++)
        host_input(frame.byte, frame_udp(&frame, 4000, 5002, data, sizeof data));
    assert_int_equal(host_pauses, before + 1);
    assert_true(socket->dropped > 0);
    while (socket_ring_take_packet(&socket->ring.own, &record, data, sizeof data, false))
        ;
    for (unsigned i = 0; i < 100; i++)
        host_input(frame.byte, frame_udp(&frame, 4000, 5002, data, sizeof data));
    assert_int_equal(host_pauses, before + 2);
}

/* Who sends to himself keeps no card from receiving. */
static void test_no_pause_for_who_is_here(void **state)
{
    static char data[1400];
    struct socket_record record = {.bytes = sizeof data, .address = HOST_ADDRESS, .port = lwip_htons(5004)};
    (void)state;
    struct socket *socket = packet_socket(5004);
    uint32_t before = host_pauses;
    for (unsigned i = 0; i < 100; i++) {
        socket_ring_put_packet(&socket->ring.own, &record, data);
        socket_touch(socket);
        host_settle();
    }
    assert_true(socket->received > 0 && socket->dropped > 0); /* its ring was full */
    assert_int_equal(host_pauses, before);
}

/* RFC 1071 by the letter, in the order of memory. */
static uint16_t plain_sum(const uint8_t *at, uint32_t bytes)
{
    uint32_t sum = 0;
    for (uint32_t i = 0; i < bytes; i++)
        sum += (uint32_t)at[i] << (i % 2 * 8);
    while (sum >> 16 != 0)
        sum = (sum & 0xffff) + (sum >> 16);
    return (uint16_t)sum;
}

static bool neighbour_is_known(uint32_t address)
{
    struct net_arp_entry entries[NET_LIST_MAX];
    uint32_t count = 0;
    assert_int_equal(arp_entries(0, entries, &count), ERR_OK);
    for (uint32_t i = 0; i < count; i++) {
        if (entries[i].address == address) return true;
    }
    return false;
}

/* An entry that was added by hand comes back with its device, unless it is deleted; also while the device is down. */
static void test_neighbours_by_hand(void **state)
{
    (void)state;
    const uint32_t other = PP_HTONL(0x0a000009);
    uint64_t hardware = 0;
    char wire[8];
    memcpy(&hardware, peer_hardware, 6);
    device_name(netif_default, wire);
    assert_int_equal(arp_add(PEER_ADDRESS, hardware), ERR_OK); /* which goes with the device, too */
    assert_int_equal(arp_add(other, hardware), ERR_OK);
    assert_int_equal(device_set_up(wire, false), ERR_OK);
    assert_false(neighbour_is_known(other));
    assert_int_equal(device_set_up(wire, true), ERR_OK);
    assert_true(neighbour_is_known(other));
    assert_int_equal(device_set_up(wire, false), ERR_OK);
    assert_int_equal(arp_delete(other), ERR_OK);
    assert_int_equal(arp_delete(other), ERR_NOT_FOUND);
    assert_int_equal(device_set_up(wire, true), ERR_OK);
    assert_false(neighbour_is_known(other));
    assert_true(neighbour_is_known(PEER_ADDRESS));
}

static void test_checksum(void **state)
{
    static uint8_t data[1600];
    (void)state;
    for (uint32_t i = 0; i < sizeof data; i++)
        data[i] = (uint8_t)(i * 167 + i / 7);
    for (uint32_t bytes = 0; bytes < sizeof data - 8; bytes++) {
        for (uint32_t at = 0; at < 8; at++)
            assert_int_equal(stack_checksum(data + at, (int)bytes), plain_sum(data + at, bytes));
    }
    memset(data, 0xff, sizeof data);
    for (uint32_t bytes = 0; bytes < sizeof data; bytes++)
        assert_int_equal(stack_checksum(data, (int)bytes), plain_sum(data, bytes));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_echo_is_answered, setup, teardown),
        cmocka_unit_test_setup_teardown(test_ping_oneself, setup, teardown),
        cmocka_unit_test_setup_teardown(test_packets, setup, teardown),
        cmocka_unit_test_setup_teardown(test_sources_of_our_own, setup, teardown),
        cmocka_unit_test_setup_teardown(test_packets_wait_for_room, setup, teardown),
        cmocka_unit_test_setup_teardown(test_pause_for_who_reads, setup, teardown),
        cmocka_unit_test_setup_teardown(test_no_pause_for_who_is_here, setup, teardown),
        cmocka_unit_test_setup_teardown(test_neighbours_by_hand, setup, teardown),
        cmocka_unit_test(test_checksum),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
