/* SPDX-License-Identifier: BSD-2-Clause */
/* Streams on the host: a reset in each state of TCP, floods and the backlog, what a closed connection leaves. */
#include "stream_peer.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

/* The state of the one connection that there is. */
static enum tcp_state state_now(void)
{
    const struct tcp_pcb *pcb = tcp_active_pcbs != NULL ? tcp_active_pcbs : tcp_tw_pcbs;
    return pcb != NULL ? pcb->state : CLOSED;
}

static void reset_at(uint32_t sequence)
{
    peer_send(TCP_RST | TCP_ACK, sequence, peer_acknowledge(), NULL, 0);
    assert_int_equal(state_now(), CLOSED);
}

static void test_reset_when_synchronising(void **state)
{
    (void)state;
    struct socket *listener = peer_listener(4), *none;
    peer_send(TCP_SYN, 1000, 0, NULL, 0);
    assert_int_equal(state_now(), SYN_RCVD);
    uint32_t theirs = peer_expect(TCP_SYN).sequence + 1;
    peer_send(TCP_RST, 1001, theirs, NULL, 0);
    assert_int_equal(state_now(), CLOSED);
    assert_int_equal(stream_accept(listener, &none), ERR_AGAIN);
}

/* A connection that nobody has accepted yet. */
static void test_reset_before_accept(void **state)
{
    (void)state;
    struct socket *listener = peer_listener(4), *none;
    peer_send(TCP_SYN, 1000, 0, NULL, 0);
    uint32_t theirs = peer_expect(TCP_SYN).sequence + 1;
    peer_send(TCP_ACK, 1001, theirs, NULL, 0);
    assert_int_equal(socket_events(listener) & NET_IN, NET_IN);
    peer_send(TCP_RST, 1001, theirs, NULL, 0);
    assert_int_equal(socket_events(listener) & NET_IN, 0);
    assert_int_equal(stream_accept(listener, &none), ERR_AGAIN);
}

static void test_reset_when_established(void **state)
{
    (void)state;
    struct socket *socket = peer_connected();
    peer_data(0, "data", 4);
    peer_write(socket, "unconfirmed", 11);
    peer_wait(socket, NET_ERROR);
    reset_at(peer_sequence() + 4);
    assert_int_equal(socket->error, ERR_RESET);
    assert_int_equal(host_answers, 1);
    assert_int_equal(socket->account->queued, 0);
}

static void test_reset_when_finishing(void **state)
{
    (void)state;
    struct socket *socket = peer_connected();
    socket->ops->shutdown(socket, false, true);
    host_settle();
    assert_int_equal(state_now(), FIN_WAIT_1);
    reset_at(peer_sequence());
    assert_int_equal(socket->error, ERR_RESET);
}

static void test_reset_when_half_closed(void **state)
{
    (void)state;
    struct socket *socket = peer_connected();
    socket->ops->shutdown(socket, false, true);
    host_settle();
    peer_send(TCP_ACK, peer_sequence(), peer_acknowledge() + 1, NULL, 0);
    assert_int_equal(state_now(), FIN_WAIT_2);
    peer_send(TCP_ACK | TCP_PSH, peer_sequence(), peer_acknowledge() + 1, "more", 4); /* their half goes on */
    assert_int_equal(socket_events(socket) & NET_IN, NET_IN);
    reset_at(peer_sequence() + 4);
    assert_int_equal(socket->error, ERR_RESET);
}

static void test_reset_when_they_have_finished(void **state)
{
    (void)state;
    struct socket *socket = peer_connected();
    peer_send(TCP_FIN | TCP_ACK, peer_sequence(), peer_acknowledge(), NULL, 0);
    assert_int_equal(state_now(), CLOSE_WAIT);
    reset_at(peer_sequence() + 1);
    assert_int_equal(socket->error, ERR_RESET);
}

static void test_reset_at_the_last(void **state)
{
    (void)state;
    struct socket *socket = peer_connected();
    peer_send(TCP_FIN | TCP_ACK, peer_sequence(), peer_acknowledge(), NULL, 0);
    socket_close(socket);
    host_settle();
    assert_int_equal(state_now(), LAST_ACK);
    reset_at(peer_sequence() + 1);
}

static void test_reset_when_both_finish(void **state)
{
    (void)state;
    struct socket *socket = peer_connected();
    socket_close(socket);
    host_settle();
    peer_send(TCP_FIN | TCP_ACK, peer_sequence(), peer_acknowledge(), NULL, 0); /* without having seen ours */
    assert_int_equal(state_now(), CLOSING);
    reset_at(peer_sequence() + 1);
}

/* Closed by us, then by them. */
static void finish(struct socket *socket)
{
    socket_close(socket);
    host_settle();
    peer_send(TCP_ACK, peer_sequence(), peer_acknowledge() + 1, NULL, 0);
    peer_send(TCP_FIN | TCP_ACK, peer_sequence(), peer_acknowledge() + 1, NULL, 0);
    assert_int_equal(state_now(), TIME_WAIT);
    host_output_clear();
}

/* RFC 1337: a reset does not end this state early; time does. */
static void test_reset_in_time_wait(void **state)
{
    (void)state;
    finish(peer_connected());
    peer_send(TCP_RST | TCP_ACK, peer_sequence() + 1, peer_acknowledge() + 1, NULL, 0);
    assert_int_equal(state_now(), TIME_WAIT);
    peer_send(TCP_FIN | TCP_ACK, peer_sequence(), peer_acknowledge() + 1, NULL, 0); /* ours was lost */
    assert_int_equal(peer_expect(TCP_ACK).acknowledge, peer_sequence() + 1);
    host_pass(2 * TCP_MSL + 1000);
    assert_int_equal(state_now(), CLOSED);
}

/* The port of a server that was ended can be had again at once, and clients come through it. */
static void test_port_in_time_wait(void **state)
{
    (void)state;
    uint16_t bound;
    struct socket *old = peer_connected(), *again = peer_socket();
    struct socket *listener = NULL;
    for (uint32_t i = 1; i <= CONFIG_NET_SOCKETS; i++) {
        if (socket_at(i) != NULL && socket_at(i)->state == NET_STATE_LISTENING) listener = socket_at(i);
    }
    finish(old);
    socket_close(listener);
    assert_int_equal(again->ops->bind(again, 0, lwip_htons(LISTEN_PORT), &bound), ERR_ADDRESS_IN_USE);
    again->ops->set_option(again, NET_OPTION_REUSE_ADDRESS, 1);
    assert_int_equal(again->ops->bind(again, 0, lwip_htons(LISTEN_PORT), &bound), ERR_OK);
    assert_int_equal(again->ops->listen(again, 4), ERR_OK);
    peer_own_port(PEER_PORT + 1);
    peer_send(TCP_SYN, 90000, 0, NULL, 0);
    uint32_t theirs = peer_expect(TCP_SYN).sequence + 1;
    peer_send(TCP_ACK, 90001, theirs, NULL, 0);
    peer_accept(again);
}

/* Whom nobody answers is given up, and its place is another's. */
static void test_flood(void **state)
{
    (void)state;
    struct segment segment;
    size_t before = stack_held();
    struct socket *listener = peer_listener(8), *none;
    unsigned answered = 0;
    for (uint16_t i = 0; i < 5000; i++) {
        peer_own_port((uint16_t)(10000 + i));
        peer_send(TCP_SYN, i, 0, NULL, 0);
        for (; peer_segment(&segment); answered++)
            assert_int_equal(segment.flags & (TCP_SYN | TCP_ACK), TCP_SYN | TCP_ACK);
    }
    assert_int_equal(answered, 8);
    assert_int_equal(stream_accept(listener, &none), ERR_AGAIN);
    assert_in_range(stack_held() - before, 0, 16384);
    for (unsigned i = 0; i < 120; i++) {
        host_pass(1000);
        host_output_clear();
    }
    assert_null(tcp_active_pcbs);
    peer_own_port(PEER_PORT);
    peer_send(TCP_SYN, 1000, 0, NULL, 0);
    uint32_t theirs = peer_expect(TCP_SYN).sequence + 1;
    peer_send(TCP_ACK, 1001, theirs, NULL, 0);
    peer_accept(listener);
}

/* Connections that nobody accepts: as many as the backlog wait, the others are not answered and may come later. */
static void test_backlog(void **state)
{
    (void)state;
    struct segment segment;
    struct socket *listener = peer_listener(3), *socket;
    unsigned there = 0;
    for (uint16_t i = 0; i < 10; i++) {
        peer_own_port((uint16_t)(10000 + i));
        peer_send(TCP_SYN, 1000, 0, NULL, 0);
        if (peer_segment(&segment)) peer_send(TCP_ACK, 1001, segment.sequence + 1, NULL, 0);
    }
    while (stream_accept(listener, &socket) == ERR_OK) {
        there++;
        socket_close(socket);
    }
    host_settle();
    assert_int_equal(there, 3);
    host_output_clear();
    peer_own_port(10009);
    peer_send(TCP_SYN, 1000, 0, NULL, 0);
    assert_int_equal(peer_expect(TCP_SYN).acknowledge, 1001);
}

/* A listener that is closed takes with it who waits; they hear so. */
static void test_listener_closed(void **state)
{
    (void)state;
    struct socket *listener = peer_listener(3);
    peer_send(TCP_SYN, 1000, 0, NULL, 0);
    uint32_t theirs = peer_expect(TCP_SYN).sequence + 1;
    peer_send(TCP_ACK, 1001, theirs, NULL, 0);
    host_output_clear();
    socket_close(listener);
    host_settle();
    assert_true(peer_expect(TCP_RST).flags & TCP_RST);
    peer_own_port(PEER_PORT + 1);
    peer_send(TCP_SYN, 1000, 0, NULL, 0);
    assert_true(peer_expect(TCP_RST).flags & TCP_RST);
}

/* A program that ends takes its connections with it. */
static void test_program_ends(void **state)
{
    (void)state;
    struct socket *socket = peer_connected();
    peer_write(socket, "unconfirmed", 11);
    host_output_clear();
    peer_end();
    peer_start();
    assert_null(tcp_active_pcbs);
}

int main(void)
{
#define STATE_TEST(name) cmocka_unit_test_setup_teardown(name, peer_setup, peer_teardown)
    const struct CMUnitTest tests[] = {
        STATE_TEST(test_reset_when_synchronising),
        STATE_TEST(test_reset_before_accept),
        STATE_TEST(test_reset_when_established),
        STATE_TEST(test_reset_when_finishing),
        STATE_TEST(test_reset_when_half_closed),
        STATE_TEST(test_reset_when_they_have_finished),
        STATE_TEST(test_reset_at_the_last),
        STATE_TEST(test_reset_when_both_finish),
        STATE_TEST(test_reset_in_time_wait),
        STATE_TEST(test_port_in_time_wait),
        STATE_TEST(test_flood),
        STATE_TEST(test_backlog),
        STATE_TEST(test_listener_closed),
        STATE_TEST(test_program_ends),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
