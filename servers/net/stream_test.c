/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Streams with the real lwIP, against a TCP that the tests play segment by segment (stream_peer.c): resets in each state, windows of zero, what comes out of
 * order or never, floods, limits. After each test nothing is left: no socket, no connection, no byte.
 */
#include "stream_peer.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static void test_connect_without_waiting(void **state)
{
    (void)state;
    struct socket *socket = peer_socket();
    assert_int_equal(socket->ops->connect(socket, PEER_ADDRESS, lwip_htons(PEER_PORT)), ERR_OK);
    assert_int_equal(socket->ops->connect(socket, PEER_ADDRESS, lwip_htons(PEER_PORT)), ERR_IN_PROGRESS);
    assert_int_equal(socket_events(socket), 0);
    peer_wait(socket, NET_OUT);
    assert_int_equal(host_answers, 0);
    struct segment syn = peer_expect(TCP_SYN);
    peer_port(syn.from);
    peer_send(TCP_SYN | TCP_ACK, 5000, syn.sequence + 1, NULL, 0);
    assert_int_equal(socket->state, NET_STATE_CONNECTED);
    assert_int_equal(host_answers, 1);
    assert_int_equal(host_events, NET_OUT);
    assert_int_equal(socket->ops->connect(socket, PEER_ADDRESS, lwip_htons(PEER_PORT)), ERR_CONNECTED);
}

static void test_connect_refused(void **state)
{
    (void)state;
    struct socket *socket = peer_socket();
    socket->ops->connect(socket, PEER_ADDRESS, lwip_htons(PEER_PORT));
    struct segment syn = peer_expect(TCP_SYN);
    peer_wait(socket, NET_OUT);
    peer_port(syn.from);
    peer_send(TCP_RST | TCP_ACK, 0, syn.sequence + 77, NULL, 0); /* not an answer to it */
    assert_int_equal(socket->state, NET_STATE_CONNECTING);
    peer_send(TCP_RST | TCP_ACK, 0, syn.sequence + 1, NULL, 0);
    assert_int_equal(socket->state, NET_STATE_FAILED);
    assert_int_equal(socket->error, ERR_REFUSED);
    assert_int_equal(host_events, NET_OUT | NET_ERROR | NET_HANGUP);
}

static void test_connect_in_vain(void **state)
{
    (void)state;
    struct socket *socket = peer_socket();
    socket->ops->connect(socket, PEER_ADDRESS, lwip_htons(PEER_PORT));
    unsigned asked = 0;
    struct segment segment;
    for (unsigned second = 0; second < 300 && socket->state == NET_STATE_CONNECTING; second++) {
        host_pass(1000);
        while (peer_segment(&segment))
            asked += (segment.flags & TCP_SYN) != 0;
    }
    assert_int_equal(socket->error, ERR_TIMEOUT);
    assert_in_range(asked, 3, 12);
}

/* What comes in any order, twice, or overlapping is read once and in order. */
static void test_out_of_order(void **state)
{
    (void)state;
    char data[32];
    struct socket *socket = peer_connected();
    peer_data(3, "defgh", 5);
    peer_data(8, "ijk", 3);
    assert_int_equal(peer_read(socket, data, sizeof data), 0);
    struct segment segment;
    while (peer_segment(&segment))
        assert_int_equal(segment.acknowledge, peer_sequence());
    peer_data(0, "abcd", 4);
    peer_data(0, "abcd", 4);
    assert_int_equal(peer_read(socket, data, sizeof data), 11);
    assert_memory_equal(data, "abcdefghijk", 11);
    host_pass(500);
    while (peer_segment(&segment))
        ;
    assert_int_equal(segment.acknowledge, peer_sequence() + 11);
}

static void test_retransmission(void **state)
{
    (void)state;
    struct socket *socket = peer_connected();
    peer_write(socket, "hello", 5);
    struct segment first = peer_expect(TCP_PSH | TCP_ACK), again;
    assert_int_equal(first.bytes, 5);
    host_pass(5000);
    again = peer_expect(TCP_PSH | TCP_ACK);
    assert_int_equal(again.sequence, first.sequence);
    assert_memory_equal(again.data, "hello", 5);
    assert_int_equal(socket->in_flight, 5);
    peer_send(TCP_ACK, peer_sequence(), first.sequence + 5, NULL, 0);
    assert_int_equal(socket->in_flight, 0);
    assert_int_equal(socket->account->queued, 0);
    host_pass(5000);
    assert_false(peer_segment(&again));
}

/* Three confirmations of the same, and what was lost comes without waiting for its time. */
static void test_fast_retransmission(void **state)
{
    (void)state;
    static char data[1460 * 6];
    struct socket *socket = peer_connected();
    struct segment segment, first = {0};
    for (unsigned i = 0; i < 4; i++) { /* its window has grown */
        peer_write(socket, data, 1460);
        first = peer_expect(TCP_ACK);
        peer_send(TCP_ACK, peer_sequence(), first.sequence + first.bytes, NULL, 0);
    }
    peer_write(socket, data, sizeof data);
    first = peer_expect(TCP_ACK);
    while (peer_segment(&segment))
        ;
    for (unsigned i = 0; i < 3; i++)
        peer_send(TCP_ACK, peer_sequence(), first.sequence, NULL, 0);
    segment = peer_expect(TCP_ACK);
    assert_int_equal(segment.sequence, first.sequence);
    assert_int_equal(segment.bytes, first.bytes);
}

/* Nobody confirms: in the end the program hears so. */
static void test_retransmission_in_vain(void **state)
{
    (void)state;
    struct socket *socket = peer_connected();
    peer_write(socket, "hello", 5);
    for (unsigned minute = 0; minute < 30 && socket->state == NET_STATE_CONNECTED; minute++)
        host_pass(60000);
    assert_int_equal(socket->state, NET_STATE_FAILED);
    assert_int_equal(socket->error, ERR_TIMEOUT);
    assert_int_equal(socket->account->queued, 0);
}

/* It confirms a byte and has no room for more; our next byte. */
static uint32_t peer_full(struct socket *socket)
{
    peer_write(socket, "!", 1);
    uint32_t next = peer_expect(TCP_PSH).sequence + 1;
    peer_window(0);
    peer_send(TCP_ACK, peer_sequence(), next, NULL, 0);
    host_output_clear();
    return next;
}

static void test_their_window_is_zero(void **state)
{
    (void)state;
    static char data[4000];
    struct segment probe, segment;
    struct socket *socket = peer_connected();
    uint32_t first = peer_full(socket), end = first;
    memset(data, 'w', sizeof data);
    peer_write(socket, data, sizeof data);
    unsigned probes = 0;
    for (unsigned i = 0; i < 60; i++) {
        host_pass(1000);
        for (; peer_segment(&probe); probes++)
            assert_true(probe.bytes <= 1);
        /* As alive as it says it is, it may keep us waiting for as long as it likes. */
        peer_send(TCP_ACK, peer_sequence(), first, NULL, 0);
    }
    assert_in_range(probes, 3, 60);
    assert_int_equal(socket->state, NET_STATE_CONNECTED);
    peer_window(8000);
    peer_send(TCP_ACK, peer_sequence(), first, NULL, 0);
    for (unsigned i = 0; i < 20; i++, host_pass(500)) {
        while (peer_segment(&segment)) {
            if ((int32_t)(segment.sequence + segment.bytes - end) > 0) end = segment.sequence + segment.bytes;
        }
        peer_send(TCP_ACK, peer_sequence(), end, NULL, 0);
    }
    assert_int_equal(end - first, sizeof data);
}

/* One that neither opens its window nor answers probes is given up. */
static void test_their_window_stays_zero(void **state)
{
    (void)state;
    struct socket *socket = peer_connected();
    peer_full(socket);
    peer_write(socket, "hello", 5);
    for (unsigned minute = 0; minute < 60 && socket->state == NET_STATE_CONNECTED; minute++)
        host_pass(60000);
    assert_int_equal(socket->error, ERR_TIMEOUT);
}

static void test_our_window(void **state)
{
    (void)state;
    static char data[1460], all[TCP_WND + 2000];
    struct segment segment = {.window = TCP_WND};
    struct socket *socket = peer_connected();
    uint32_t sent = 0;
    for (unsigned i = 0; i < 200 && segment.window >= sizeof data; i++, sent += sizeof data) {
        memset(data, (int)('a' + i % 26), sizeof data);
        peer_data(sent, data, sizeof data);
        host_pass(300);
        while (peer_segment(&segment))
            ;
    }
    assert_in_range(segment.window, 0, sizeof data);
    assert_int_equal(segment.acknowledge, peer_sequence() + sent);
    assert_in_range(sent, TCP_WND - 3000, TCP_WND);
    peer_data(sent, all, sizeof data); /* beyond it: not taken */
    assert_int_equal(peer_read(socket, all, sizeof all), sent + (segment.window < sizeof data ? segment.window : 0));
    host_pass(500);
    while (peer_segment(&segment))
        ;
    assert_in_range(segment.window, TCP_WND / 2, TCP_WND);
    for (uint32_t i = 0; i < sent; i += 100)
        assert_int_equal(all[i], 'a' + i / 1460 % 26);
}

/* The other machine was started anew and knows nothing of the connection. */
static void test_half_open(void **state)
{
    (void)state;
    struct segment segment;
    struct socket *socket = peer_connected();
    peer_send(TCP_SYN, peer_sequence() + 100000, 0, NULL, 0);
    segment = peer_expect(TCP_ACK); /* "I have one with you": the other one resets it */
    assert_int_equal(socket->state, NET_STATE_CONNECTED);
    peer_send(TCP_RST, segment.acknowledge, 0, NULL, 0);
    assert_int_equal(socket->state, NET_STATE_FAILED);
    assert_int_equal(socket->error, ERR_RESET);
    assert_int_equal(socket_events(socket) & NET_ERROR, NET_ERROR);
}

/* A reset that is not in the window is none. */
static void test_blind_reset(void **state)
{
    (void)state;
    struct socket *socket = peer_connected();
    peer_send(TCP_RST, peer_sequence() + 1000000, 0, NULL, 0);
    peer_send(TCP_RST, peer_sequence() - 5, 0, NULL, 0);
    assert_int_equal(socket->state, NET_STATE_CONNECTED);
}

static void test_keep_alive(void **state)
{
    (void)state;
    struct segment segment;
    struct socket *socket = peer_connected();
    socket->ops->set_option(socket, NET_OPTION_KEEP_ALIVE, 1);
    socket->ops->set_option(socket, NET_OPTION_KEEP_IDLE, 10);
    socket->ops->set_option(socket, NET_OPTION_KEEP_INTERVAL, 2);
    socket->ops->set_option(socket, NET_OPTION_KEEP_COUNT, 3);
    host_pass(9000);
    assert_false(peer_segment(&segment));
    host_pass(2500);
    segment = peer_expect(TCP_ACK);
    assert_int_equal(segment.sequence, peer_acknowledge() - 1);
    peer_send(TCP_ACK, peer_sequence(), peer_acknowledge(), NULL, 0); /* it is alive */
    host_pass(9000);
    assert_int_equal(socket->state, NET_STATE_CONNECTED);
    host_pass(11000);
    assert_int_equal(socket->state, NET_STATE_FAILED);
    assert_int_equal(socket->error, ERR_TIMEOUT);
}

/* Without it an idle connection stays. */
static void test_idle(void **state)
{
    (void)state;
    struct segment segment;
    struct socket *socket = peer_connected();
    host_pass(4 * 3600 * 1000);
    assert_int_equal(socket->state, NET_STATE_CONNECTED);
    assert_false(peer_segment(&segment));
}

static void test_close_with_unread_data(void **state)
{
    (void)state;
    struct socket *socket = peer_connected();
    peer_data(0, "unread", 6);
    host_output_clear();
    socket_close(socket);
    host_settle();
    assert_true(peer_expect(TCP_RST).flags & TCP_RST);
    assert_null(tcp_active_pcbs);
}

static void test_close_when_all_is_read(void **state)
{
    (void)state;
    char data[8];
    struct socket *socket = peer_connected();
    peer_data(0, "read", 4);
    assert_int_equal(peer_read(socket, data, sizeof data), 4);
    host_output_clear();
    socket_close(socket);
    host_settle();
    assert_int_equal(peer_expect(TCP_FIN).flags & (TCP_FIN | TCP_RST), TCP_FIN);
}

/* What was written before close() arrives, though the program is gone from it. */
static void test_close_sends_the_rest(void **state)
{
    (void)state;
    static char data[20000];
    struct segment segment;
    struct socket *socket = peer_connected();
    uint32_t end = peer_acknowledge();
    bool finished = false;
    peer_write(socket, data, sizeof data);
    socket_close(socket);
    for (unsigned i = 0; i < 30 && !finished; i++, host_pass(300)) {
        while (peer_segment(&segment)) {
            if (segment.sequence == end) end += segment.bytes;
            finished |= (segment.flags & TCP_FIN) != 0 && segment.sequence + segment.bytes == end;
        }
        peer_send(TCP_ACK, peer_sequence(), end + finished, NULL, 0);
    }
    assert_true(finished);
    assert_int_equal(end - peer_acknowledge(), sizeof data);
}

static void test_their_end(void **state)
{
    (void)state;
    char data[8];
    struct socket *socket = peer_connected();
    peer_send(TCP_FIN | TCP_ACK | TCP_PSH, peer_sequence(), peer_acknowledge(), "last", 4);
    assert_int_equal(socket_events(socket) & NET_IN, NET_IN);
    assert_int_equal(peer_read(socket, data, sizeof data), 4);
    assert_true(socket->end);
    assert_int_equal(socket_events(socket) & NET_OUT, NET_OUT); /* our half goes on */
    host_output_clear();
    peer_write(socket, "answer", 6);
    assert_int_equal(peer_expect(TCP_PSH).bytes, 6);
}

int main(void)
{
#define STREAM_TEST(name) cmocka_unit_test_setup_teardown(name, peer_setup, peer_teardown)
    const struct CMUnitTest tests[] = {
        STREAM_TEST(test_connect_without_waiting),
        STREAM_TEST(test_connect_refused),
        STREAM_TEST(test_connect_in_vain),
        STREAM_TEST(test_out_of_order),
        STREAM_TEST(test_retransmission),
        STREAM_TEST(test_fast_retransmission),
        STREAM_TEST(test_retransmission_in_vain),
        STREAM_TEST(test_their_window_is_zero),
        STREAM_TEST(test_their_window_stays_zero),
        STREAM_TEST(test_our_window),
        STREAM_TEST(test_half_open),
        STREAM_TEST(test_blind_reset),
        STREAM_TEST(test_keep_alive),
        STREAM_TEST(test_idle),
        STREAM_TEST(test_close_with_unread_data),
        STREAM_TEST(test_close_when_all_is_read),
        STREAM_TEST(test_close_sends_the_rest),
        STREAM_TEST(test_their_end),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
