/* SPDX-License-Identifier: BSD-2-Clause */
/* Segments that come in a row: one connection, whose other side the tests play. */
#include "host.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <cmocka.h>
#include <string.h>

#define PORT 6000
#define PEER_PORT 4000
#define SEGMENT 1000
#define BIT_SYN 2
#define BIT_ACK 16

static struct frame frame;
static struct holder *client;
static struct socket *socket_;
static uint32_t next, theirs; /* numbers of the peer's next byte, of net's */
static uint8_t data[64 * SEGMENT];

static uint32_t be32(const uint8_t *at)
{
    return (uint32_t)at[0] << 24 | (uint32_t)at[1] << 16 | (uint32_t)at[2] << 8 | at[3];
}

/* A segment of the connection, of the data from `number` on; `more`: another one comes at once. */
static void say(uint32_t number, uint32_t bytes, uint32_t acknowledge, bool more)
{
    uint8_t part[SEGMENT];
    memcpy(part, data + number % sizeof data, bytes);
    frame_tcp(&frame, PEER_PORT, PORT, number, acknowledge, BIT_ACK, 60000, part, bytes);
    (more ? host_input_more : host_input)(frame.byte, frame.bytes);
}

/* Segments that net has sent; what the last one confirms. */
static unsigned answers(uint32_t *confirmed)
{
    struct frame out;
    unsigned count = 0;
    while (host_output(&out)) {
        *confirmed = be32(out.byte + 42);
        theirs = be32(out.byte + 38);
        count++;
    }
    return count;
}

static int setup(void **state)
{
    struct socket *listener;
    uint16_t bound;
    uint32_t confirmed;
    (void)state;
    host_start();
    client = host_client(8);
    for (uint32_t i = 0; i < sizeof data; i++)
        data[i] = (uint8_t)(i * 7 + i / 256);
    if (socket_open(client, &stream_ops, NET_KIND_STREAM, &listener) != ERR_OK) return 1;
    listener->ops->bind(listener, 0, lwip_htons(PORT), &bound);
    listener->ops->listen(listener, 4);
    frame_tcp(&frame, PEER_PORT, PORT, UINT32_MAX, 0, BIT_SYN, 60000, NULL, 0);
    host_input(frame.byte, frame.bytes);
    answers(&confirmed);
    next = 0;
    theirs++;
    say(next, 0, theirs, false);
    if (stream_accept(listener, &socket_) != ERR_OK) return 1;
    return ring_make(&socket_->ring) == ERR_OK ? 0 : 1;
}

static int teardown(void **state)
{
    (void)state;
    host_client_end(client);
    host_pass(60000);
    host_output_clear();
    return 0;
}

static void expect_received(uint32_t bytes)
{
    static uint8_t got[sizeof data];
    assert_int_equal(socket_ring_take(&socket_->ring.own, got, sizeof got, false), bytes);
    assert_memory_equal(got, data, bytes);
}

/* All data, and one answer that confirms all. */
static void test_row_is_one(void **state)
{
    uint32_t confirmed = 0, before = (uint32_t)lwip_stats.tcp.recv;
    (void)state;
    for (unsigned i = 0; i < 30; i++, next += SEGMENT)
        say(next, SEGMENT, theirs, i < 29);
    assert_int_equal(answers(&confirmed), 1);
    assert_int_equal(confirmed, 30 * SEGMENT);
    assert_int_equal(lwip_stats.tcp.recv - before, 1);
    expect_received(30 * SEGMENT);
}

/* After a lost one each that comes is answered by itself, so that the peer sends it again soon; then all is there. */
static void test_lost_one_is_said(void **state)
{
    uint32_t confirmed = 0;
    (void)state;
    say(0, SEGMENT, theirs, true);
    say(2 * SEGMENT, SEGMENT, theirs, true);
    say(3 * SEGMENT, SEGMENT, theirs, true);
    say(4 * SEGMENT, SEGMENT, theirs, false);
    assert_true(answers(&confirmed) >= 3);
    assert_int_equal(confirmed, SEGMENT);
    say(SEGMENT, SEGMENT, theirs, false);
    answers(&confirmed);
    assert_int_equal(confirmed, 5 * SEGMENT);
    expect_received(5 * SEGMENT);
}

/* A damaged one is not put together with others. */
static void test_damaged_one_is_dropped(void **state)
{
    uint32_t confirmed = 0, before = (uint32_t)lwip_stats.tcp.chkerr;
    (void)state;
    say(0, SEGMENT, theirs, true);
    frame_tcp(&frame, PEER_PORT, PORT, SEGMENT, theirs, BIT_ACK, 60000, data + SEGMENT, SEGMENT);
    frame.byte[100] ^= 1;
    host_input_more(frame.byte, frame.bytes);
    say(2 * SEGMENT, SEGMENT, theirs, false);
    answers(&confirmed);
    assert_int_equal(confirmed, SEGMENT);
    assert_int_equal(lwip_stats.tcp.chkerr - before, 1);
    expect_received(SEGMENT);
}

/* What fills up a short frame is no data; another connection's segment between is not taken for ours. */
static void test_others_between(void **state)
{
    uint32_t confirmed = 0;
    (void)state;
    frame_tcp(&frame, PEER_PORT, PORT, 0, theirs, BIT_ACK, 60000, data, 3);
    memset(frame.byte + frame.bytes, 0xee, 3);
    host_input_more(frame.byte, 60);
    frame_tcp(&frame, PEER_PORT + 1, PORT, 3, theirs, BIT_ACK, 60000, data + 3, 5);
    host_input_more(frame.byte, frame.bytes);
    frame_tcp(&frame, PEER_PORT, PORT, 3, theirs, BIT_ACK, 60000, data + 3, 5);
    host_input(frame.byte, frame.bytes);
    host_pass(300);
    answers(&confirmed);
    assert_int_equal(confirmed, 8);
    expect_received(8);
}

/* The last of several acknowledgements stands for all; the same one again is a sign of loss, and each of them counts. */
static void test_acknowledgements(void **state)
{
    uint32_t confirmed, first = theirs;
    (void)state;
    assert_int_equal(socket_ring_put(&socket_->ring.own, data, 4 * SEGMENT), 4 * SEGMENT);
    socket_touch(socket_);
    host_settle();
    assert_true(answers(&confirmed) >= 3);
    uint32_t before = (uint32_t)lwip_stats.tcp.recv;
    say(0, 0, first + 536, true);
    say(0, 0, first + 2 * 536, true);
    say(0, 0, first + 3 * 536, false);
    assert_int_equal(lwip_stats.tcp.recv - before, 1);
    assert_int_equal(socket_->tcp->lastack, first + 3 * 536);
    before = (uint32_t)lwip_stats.tcp.recv;
    for (unsigned i = 0; i < 3; i++)
        say(0, 0, first + 3 * 536, i < 2);
    assert_int_equal(lwip_stats.tcp.recv - before, 3);
    assert_int_equal(socket_->tcp->dupacks, 3);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_row_is_one, setup, teardown),
        cmocka_unit_test_setup_teardown(test_lost_one_is_said, setup, teardown),
        cmocka_unit_test_setup_teardown(test_damaged_one_is_dropped, setup, teardown),
        cmocka_unit_test_setup_teardown(test_others_between, setup, teardown),
        cmocka_unit_test_setup_teardown(test_acknowledgements, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
