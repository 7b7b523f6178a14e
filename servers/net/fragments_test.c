/* SPDX-License-Identifier: BSD-2-Clause */
/* Packets in fragments, on the host: any order, twice, overlapping, never whole, too many; and the first packets to whom ARP does not know yet. */
#include "host.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define PART 512u
#define PARTS 6u

static struct holder *client;
static struct socket *socket;
static uint8_t packet[PART * PARTS]; /* UDP, with its header */
static uint16_t number;
static size_t held_before;

static int setup(void **state)
{
    static struct frame whole;
    uint16_t bound;
    (void)state;
    host_start();
    held_before = stack_held();
    client = host_client(7);
    assert_int_equal(socket_open(client, &packet_ops, NET_KIND_DATAGRAM, &socket), ERR_OK);
    assert_int_equal(socket->ops->bind(socket, 0, lwip_htons(5000), &bound), ERR_OK);
    assert_int_equal(ring_make(&socket->ring), ERR_OK);
    for (uint32_t i = 0; i < sizeof packet; i++)
        packet[i] = (uint8_t)(i * 7 + i / 256);
    frame_udp(&whole, 4000, 5000, "", 0);
    memcpy(packet, whole.byte + 34, 8);
    packet[4] = sizeof packet >> 8;
    packet[5] = sizeof packet & 255;
    packet[6] = packet[7] = 0; /* no checksum */
    number++;
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    host_client_end(client);
    host_pass(30000);
    host_output_clear();
    assert_int_equal(stack_held(), held_before);
    return 0;
}

static void sum_mend(uint8_t *ip)
{
    uint32_t sum = 0;
    ip[10] = ip[11] = 0;
    for (uint32_t i = 0; i < 20; i += 2)
        sum += (uint32_t)ip[i] << 8 | ip[i + 1];
    sum = (sum & 0xffff) + (sum >> 16);
    sum = ~((sum & 0xffff) + (sum >> 16));
    ip[10] = (uint8_t)(sum >> 8);
    ip[11] = (uint8_t)sum;
}

/* `bytes` from byte `at` on of the packet `id`, with these contents. */
static void fragment(uint16_t id, uint32_t at, const void *data, uint32_t bytes, bool more)
{
    static struct frame frame;
    uint8_t *ip = frame.byte + 14;
    frame_ip(&frame, IP_PROTO_UDP, data, bytes);
    ip[4] = (uint8_t)(id >> 8);
    ip[5] = (uint8_t)id;
    ip[6] = (uint8_t)((more ? 0x20 : 0) | at / 8 >> 8);
    ip[7] = (uint8_t)(at / 8);
    sum_mend(ip);
    host_input(frame.byte, frame.bytes);
}

static void part(uint32_t i)
{
    fragment(number, i * PART, packet + i * PART, PART, i + 1 < PARTS);
}

/* Is it there, unchanged, and nothing else? */
static bool arrived(void)
{
    static uint8_t data[4096];
    struct socket_record record;
    if (!socket_ring_take_packet(&socket->ring.own, &record, data, sizeof data, false)) return false;
    assert_int_equal(record.bytes, sizeof packet - 8);
    assert_memory_equal(data, packet + 8, sizeof packet - 8);
    assert_false(socket_ring_take_packet(&socket->ring.own, &record, data, sizeof data, false));
    return true;
}

static void test_any_order(void **state)
{
    (void)state;
    srand(3);
    for (unsigned round = 0; round < 200; round++, number++) {
        uint32_t order[PARTS];
        for (uint32_t i = 0; i < PARTS; i++) {
            uint32_t k = (uint32_t)rand() % (i + 1);
            order[i] = order[k];
            order[k] = i;
        }
        for (uint32_t i = 0; i < PARTS; i++) {
            assert_false(arrived());
            part(order[i]);
        }
        assert_true(arrived());
    }
}

static void test_twice(void **state)
{
    (void)state;
    for (uint32_t i = 0; i < PARTS; i++) {
        part(i);
        if (i + 1 < PARTS) part(i);
    }
    assert_true(arrived());
}

/* What overlaps with other contents (RFC 5722's reason): the packet is not made of both. */
static void test_overlapping(void **state)
{
    static uint8_t other[2 * PART];
    (void)state;
    memset(other, 'x', sizeof other);
    for (uint32_t shift = 8; shift < PART; shift += 64, number++) {
        for (uint32_t i = 0; i + 1 < PARTS; i++) {
            if (i != 2) part(i);
        }
        fragment(number, 2 * PART - shift, other, PART, true);
        fragment(number, 2 * PART + shift, other, PART, true);
        fragment(number, 2 * PART - 8, other, PART + 16, true);
        part(2);
        part(PARTS - 1);
        if (arrived()) continue; /* those that overlap were refused */
        host_pass(10000);
    }
    struct socket_record record;
    assert_false(socket_ring_take_packet(&socket->ring.own, &record, other, sizeof other, false));
}

/* A last fragment before the end of others, and two ends. */
static void test_two_ends(void **state)
{
    (void)state;
    part(PARTS - 1);
    fragment(number, 2 * PART, packet + 2 * PART, PART, false);
    for (uint32_t i = 0; i + 1 < PARTS; i++)
        part(i);
    arrived();                                                    /* or not: but never anything else */
    fragment((uint16_t)(number + 1), 65528, packet, PART, false); /* beyond the longest packet */
    fragment((uint16_t)(number + 1), 0, packet, PART, true);
    host_pass(10000);
    struct socket_record record;
    assert_false(socket_ring_take_packet(&socket->ring.own, &record, packet, 8, false));
}

/* One that never gets whole is forgotten, its sender told (RFC 792), and its memory back. */
static void test_never_whole(void **state)
{
    struct frame out;
    bool told = false;
    (void)state;
    size_t before = stack_held();
    for (uint32_t i = 0; i + 1 < PARTS; i++)
        part(i);
    assert_true(stack_held() > before);
    host_output_clear();
    host_pass(10000);
    while (host_output(&out))
        told |= out.byte[23] == IP_PROTO_ICMP && out.byte[34] == 11 && out.byte[35] == 1;
    assert_true(told);
    assert_int_equal(stack_held(), before);
    part(PARTS - 1);
    assert_false(arrived());
}

/* Thousands of beginnings: what they take is bounded, and a sound packet comes through when their time is over. */
static void test_flood(void **state)
{
    (void)state;
    size_t before = stack_held(), most = 0;
    for (uint32_t i = 0; i < 20000; i++) {
        fragment((uint16_t)(30000 + i % 20000), 8 * (i % 3), packet, PART, true);
        if (stack_held() - before > most) most = stack_held() - before;
    }
    assert_in_range(most, 1, 96 * 2048);
    host_pass(10000);
    assert_int_equal(stack_held(), before);
    for (uint32_t i = 0; i < PARTS; i++)
        part(i);
    assert_true(arrived());
}

/* Who is looked for by ARP: what is sent meanwhile waits, all of a burst, in order, up to a bound. */
static void burst(unsigned count, unsigned expected, uint32_t neighbour)
{
    static const uint8_t hardware[6] = {2, 0, 0, 0, 0, 9};
    struct frame out, reply;
    struct socket_record record = {.bytes = 4, .address = neighbour, .port = lwip_htons(9)};
    unsigned asked = 0, sent = 0;
    host_output_clear();
    for (uint32_t i = 0; i < count; i++) {
        assert_true(socket_ring_put_packet(&socket->ring.own, &record, &i));
        socket->ops->pump(socket);
    }
    for (; host_output(&out); asked++)
        assert_int_equal(out.byte[13], 6); /* ARP */
    assert_int_equal(asked, 1);
    frame_arp(&reply, 2, neighbour, hardware, HOST_ADDRESS);
    host_input(reply.byte, reply.bytes);
    for (; host_output(&out); sent++) {
        uint32_t which;
        memcpy(&which, out.byte + 42, 4);
        assert_int_equal(which, count - expected + sent);
        assert_memory_equal(out.byte, hardware, 6);
    }
    assert_int_equal(sent, expected);
}

static void test_first_burst(void **state)
{
    (void)state;
    burst(ARP_QUEUE_LEN, ARP_QUEUE_LEN, PP_HTONL(0x0a000020));
}

/* The oldest give way: what they take is bounded. */
static void test_first_burst_is_bounded(void **state)
{
    (void)state;
    burst(ARP_QUEUE_LEN + 20, ARP_QUEUE_LEN, PP_HTONL(0x0a000021));
}

/* Nobody has the address: what waited is gone, memory back. */
static void test_burst_to_nobody(void **state)
{
    struct socket_record record = {.bytes = 1000, .address = PP_HTONL(0x0a000022), .port = lwip_htons(9)};
    (void)state;
    size_t before = stack_held();
    for (uint32_t i = 0; i < 10; i++) {
        assert_true(socket_ring_put_packet(&socket->ring.own, &record, packet));
        socket->ops->pump(socket);
    }
    assert_true(stack_held() > before);
    host_pass(20000);
    assert_int_equal(stack_held(), before);
}

int main(void)
{
#define FRAGMENTS_TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
    const struct CMUnitTest tests[] = {
        FRAGMENTS_TEST(test_any_order),       FRAGMENTS_TEST(test_twice),
        FRAGMENTS_TEST(test_overlapping),     FRAGMENTS_TEST(test_two_ends),
        FRAGMENTS_TEST(test_never_whole),     FRAGMENTS_TEST(test_flood),
        FRAGMENTS_TEST(test_first_burst),     FRAGMENTS_TEST(test_first_burst_is_bounded),
        FRAGMENTS_TEST(test_burst_to_nobody),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
