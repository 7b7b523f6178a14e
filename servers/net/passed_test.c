/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Connections that are passed on (net.idl: pass), below the messages: who has them, when they end, and how what is in a program's memory goes over
 * to ours. The program's frame is one that the test plays.
 */
#include "stream_peer.h"
#include <abi/captypes.h>
#include <caps/caps.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define FRAME 77

/* It ends with the last who has it, not before, and then in order. */
static void test_ends_with_the_last(void **state)
{
    (void)state;
    struct holder first = {0}, second = {0};
    struct socket *socket = peer_connected();
    assert_int_equal(socket_passed_get(socket), ERR_OK);
    assert_int_equal(socket_passed_get(socket), ERR_OK);
    first.passed = second.passed = socket;
    uint32_t number = socket->number;
    struct holder *holder = socket->holder;
    socket_close(socket);
    assert_null(socket_find(holder, number));
    assert_ptr_equal(socket_find(&first, number), socket);
    peer_write(socket, "still there", 11);
    assert_int_equal(peer_expect(TCP_PSH).bytes, 11);
    peer_send(TCP_ACK, peer_sequence(), peer_acknowledge() + 11, NULL, 0);
    socket_passed_put(socket);
    host_settle();
    struct segment segment;
    assert_false(peer_segment(&segment));
    socket_passed_put(socket);
    host_settle();
    assert_true((peer_expect(TCP_FIN | TCP_RST).flags & TCP_RST) == 0);
    assert_null(socket_at(number));
}

/* Who waits for it when another closes it goes on waiting. */
static void test_waits_go_on(void **state)
{
    (void)state;
    struct holder holder = {0};
    struct socket *socket = peer_connected();
    assert_int_equal(socket_passed_get(socket), ERR_OK);
    holder.passed = socket;
    struct net_interest interest = {socket->number, NET_IN};
    host_answers = 0;
    assert_int_equal(wait_add(&holder, NULL, net_reply_await, &interest, 1), ERR_OK);
    socket_close(socket);
    host_settle();
    assert_int_equal(host_answers, 0);
    peer_data(0, "data", 4);
    assert_int_equal(host_answers, 1);
    assert_int_equal(host_events, NET_IN);
    assert_int_equal(holder.waits, 0);
    socket_passed_put(socket);
}

/* Of a process that ends what it has passed on goes on; what it has not is reset. */
static void test_outlives_its_process(void **state)
{
    (void)state;
    struct socket *socket = peer_connected();
    struct holder *holder = socket->holder;
    assert_int_equal(socket_passed_get(socket), ERR_OK);
    sockets_end(holder);
    host_settle();
    assert_int_equal(socket->state, NET_STATE_CONNECTED);
    struct segment segment;
    while (peer_segment(&segment))
        assert_true((segment.flags & TCP_RST) == 0);
    peer_send(TCP_RST, peer_sequence(), 0, NULL, 0);
    assert_int_equal(socket->state, NET_STATE_FAILED);
    socket_passed_put(socket);
}

static void test_refused(void **state)
{
    (void)state;
    assert_int_equal(socket_passed_get(peer_socket()), ERR_UNSUPPORTED);
    struct socket *socket = peer_connected();
    unsigned most = 0;
    err_t err;
    while ((err = socket_passed_get(socket)) == ERR_OK && most < 1000)
        most++;
    assert_int_equal(err, ERR_TOO_MANY);
    for (; most > 0; most--)
        socket_passed_put(socket);
    assert_int_equal(socket->state, NET_STATE_CONNECTED); /* its own program has it */
}

/* The frame is the test's memory while it is the ring's. */
static struct socket_ring program_ring(struct ring *ring, uint32_t half, uint32_t at)
{
    struct socket_ring program;
    void *memory = calloc(1, SOCKET_RING_HEADER + 2 * (size_t)half);
    socket_ring_init(&program, memory, half, half);
    atomic_store(&program.header->received, at);
    atomic_store(&program.header->arrived, at);
    atomic_store(&program.header->sent, at);
    atomic_store(&program.header->taken, at);
    *ring = (struct ring){.header = memory,
                          .receive = program.receive,
                          .send = program.send,
                          .receive_bytes = half,
                          .send_bytes = half,
                          .arrived = at,
                          .taken = at,
                          .frame = FRAME};
    return program;
}

static void test_memory_goes_over(void **state)
{
    (void)state;
    for (uint32_t at = UINT32_MAX - 30; at != 5; at++) { /* positions and memory go round */
        struct ring ring;
        struct socket_ring program = program_ring(&ring, SOCKET_STREAM_RING, at);
        char text[40];
        struct pbuf *packet = pbuf_alloc(PBUF_RAW, 20, PBUF_RAM);
        memcpy(packet->payload, "read already, unread", 20);
        assert_int_equal(ring_put_stream(&ring, packet, 20), 20);
        pbuf_free(packet);
        assert_int_equal(socket_ring_take(&program, text, 14, false), 14);
        assert_int_equal(socket_ring_put(&program, "to be sent", 10), 10);
        assert_int_equal(ring_own(&ring), ERR_OK);
        free(program.header);
        assert_int_equal(ring.frame, 0);
        assert_int_equal(socket_ring_take(&ring.own, text, sizeof text, false), 6);
        assert_memory_equal(text, "unread", 6);
        assert_int_equal(ring_waiting(&ring), 0);
        assert_int_equal(ring_to_send(&ring), 10);
        assert_int_equal(socket_ring_room(&ring.own), SOCKET_STREAM_RING - 10);
        assert_int_equal(ring_own(&ring), ERR_BUSY);
        ring_drop(&ring);
    }
}

/* What a program may have written, and a size that is not ours: it is refused, and nothing is lost. */
static void test_memory_that_cannot_be(void **state)
{
    (void)state;
    struct ring ring;
    struct socket_ring program = program_ring(&ring, SOCKET_RING_LEAST, 0);
    assert_int_equal(ring_own(&ring), ERR_UNSUPPORTED);
    assert_true(ring.frame == FRAME && !ring.broken);
    free(program.header);
    program = program_ring(&ring, SOCKET_STREAM_RING, 0);
    atomic_store(&program.header->received, 4711);
    assert_int_equal(ring_own(&ring), ERR_INVALID);
    assert_true(ring.frame == FRAME && ring.broken);
    free(program.header);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_ends_with_the_last, peer_setup, peer_teardown),
        cmocka_unit_test_setup_teardown(test_waits_go_on, peer_setup, peer_teardown),
        cmocka_unit_test_setup_teardown(test_outlives_its_process, peer_setup, peer_teardown),
        cmocka_unit_test_setup_teardown(test_refused, peer_setup, peer_teardown),
        cmocka_unit_test_setup_teardown(test_memory_goes_over, peer_setup, peer_teardown),
        cmocka_unit_test_setup_teardown(test_memory_that_cannot_be, peer_setup, peer_teardown),
    };
    host_start();
    return cmocka_run_group_tests(tests, NULL, NULL);
}
