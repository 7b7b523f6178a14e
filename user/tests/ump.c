/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Channels by UMP, through generated stubs, to a service in another process (echoes.c): calls short and long, several in flight,
 * deadlines, and the end of either side. Each test is made on one core, and again with the service on core 1 if that is up.
 */
#include "child.h"
#include "ump_support.h"
#include <abi/spawn_info.h>
#include <idl/monitor.h>
#include <stdio.h>
#include <stdlib.h>
#include <threads/thread.h>

static void short_calls(void)
{
    if (!ump_server_begin()) return;
    uint64_t pid = 0;
    uint32_t clients = 0;
    for (unsigned i = 0; i < 2000; i++) {
        CHECK_ERR(echo_nothing(&ump_echo), ERR_OK);
    }
    for (uint32_t i = 0; i < 2000; i++) {
        uint64_t sum = 0, a = 0, given = (uint64_t)i << 33 | i * 3;
        uint32_t b = 0;
        bool odd = false;
        err_t error = echo_sum(&ump_echo, given, i, &sum, &odd, &b, &a);
        CHECK_ERR(error, given == i ? ERR_ARGUMENT : ERR_OK);
        CHECK(error || (sum == given + i && odd == (sum & 1) && a == given && b == i));
    }
    EXPECT_ERR(echo_about(&ump_echo, &pid, &clients), ERR_OK);
    EXPECT_EQ(pid, ((const struct spawn_info *)VADDR_INFO)->pid);
    EXPECT_EQ(clients, 1);
    EXPECT(ump_echo.channel.ump != NULL);
    ump_server_end();
}

/* What the monitor of the service's core says of our channel to it; false: it knows of none. */
static bool listing_find(struct monitor_channel *found)
{
    static struct monitor_channel page[4];
    uint64_t own = ((const struct spawn_info *)VADDR_INFO)->pid;
    uint32_t core = (uint32_t)(ump_server_pid >> 32), next = 0, count;
    do {
        if (!EXPECT_ERR(monitor_channels(monitor_default(), core, next, &next, page, 4, &count), ERR_OK)) return false;
        for (uint32_t i = 0; i < count; i++) {
            *found = page[i];
            if (page[i].client == own && page[i].server == ump_server_pid) return true;
        }
    } while (next != 0);
    return false;
}

/* The channel is listed as long as it is there, on one core too, and each call is a message there and one back. */
static void listed(void)
{
    struct monitor_channel first, then;
    if (!ump_server_begin()) return;
    EXPECT_ERR(echo_nothing(&ump_echo), ERR_OK);
    CHECK(listing_find(&first));
    EXPECT(!strcmp(first.service, UMP_NAME));
    EXPECT_EQ(first.slots, CONFIG_UMP_SLOTS);
    for (unsigned i = 0; i < 100; i++) {
        CHECK_ERR(echo_nothing(&ump_echo), ERR_OK);
    }
    CHECK(listing_find(&then));
    EXPECT_EQ(then.to, first.to + 100);
    EXPECT_EQ(then.back, first.back + 100);
    EXPECT_EQ(then.filled_to, 0);
    ump_server_end();
    bool there = true;
    for (unsigned i = 0; i < 5000 && there; i++) {
        there = listing_find(&then);
        thread_yield();
    }
    EXPECT(!there);
}

/* Strings and data of all lengths, most of them longer than a ring. */
static void long_messages(void)
{
    static char in[ECHO_DATA], out[ECHO_DATA];
    size_t got;
    if (!ump_server_begin()) return;
    for (unsigned i = 0; i < sizeof(in); i++) {
        in[i] = (char)(i * 7 + i / 251 + 1);
    }
    for (size_t bytes = 0; bytes <= ECHO_DATA; bytes = bytes < 600 ? bytes + 1 : bytes * 5 / 4 + 1) {
        memset(out, 0, sizeof(out));
        CHECK_ERR(echo_data(&ump_echo, in, bytes, out, sizeof(out), &got), ERR_OK);
        CHECK_EQ(got, bytes);
        CHECK(!memcmp(in, out, bytes));
    }
    CHECK_ERR(echo_data(&ump_echo, in, ECHO_DATA, out, sizeof(out), &got), ERR_OK);
    CHECK(!memcmp(in, out, ECHO_DATA));
    ump_server_end();
}

/* Several calls in flight: each gets its own answer. */
static int caller(void *argument)
{
    char in[ECHO_TEXT], out[ECHO_TEXT + 1];
    unsigned number = (unsigned)(uintptr_t)argument;
    rpc_set_deadline(deadline_after_ms(30000));
    for (unsigned i = 0; i < 150; i++) {
        size_t length = (i * 37 + number * 311) % (i % 8 ? 100 : sizeof(in) - 1);
        memset(in, 'a' + (int)(number + i) % 26, length);
        in[length] = 0;
        err_t err = echo_text(&ump_echo, in, out, sizeof(out));
        if (!EXPECT_ERR(err, ERR_OK) || !EXPECT(!strcmp(in, out))) {
            return 1;
        }
    }
    return 0;
}

static void many_threads(void)
{
    struct thread *threads[8];
    if (!ump_server_begin()) return;
    for (uintptr_t i = 0; i < 8; i++) {
        CHECK_ERR(thread_create(&threads[i], caller, (void *)i, NULL), ERR_OK);
    }
    for (unsigned i = 0; i < 8; i++) {
        EXPECT_ERR(thread_join(threads[i], NULL), ERR_OK);
    }
    ump_server_end();
}

static void deadlines(void)
{
    uint32_t now = 0, gave_up = 0;
    if (!ump_server_begin()) return;
    EXPECT_ERR(echo_nothing(&ump_echo), ERR_OK);
    /* Some may pass before the call has even gone. */
    for (unsigned i = 0; i < 100 && gave_up < 5; i++) {
        ticks_t before = rpc_set_deadline(deadline_after_ms(5));
        EXPECT_ERR(echo_hold(&ump_echo), ERR_TIMEOUT);
        rpc_set_deadline(before);
        EXPECT_ERR(echo_held(&ump_echo, &now, &gave_up), ERR_OK);
        EXPECT_EQ(now, 0);
    }
    EXPECT_EQ(gave_up, 5);
    ump_server_end();
}

static int holder(void *argument)
{
    (void)argument;
    return (int)echo_hold(&ump_echo);
}

static void server_dies(void)
{
    struct thread *threads[3];
    int code;
    if (!ump_server_begin()) return;
    EXPECT_ERR(echo_nothing(&ump_echo), ERR_OK);
    for (unsigned i = 0; i < 3; i++) {
        CHECK_ERR(thread_create(&threads[i], holder, NULL, NULL), ERR_OK);
    }
    ump_await_held(3);
    CHECK_ERR(ump_server_kill(), ERR_OK);
    for (unsigned i = 0; i < 3; i++) {
        CHECK_ERR(thread_join(threads[i], &code), ERR_OK);
        EXPECT_ERR((err_t)code, ERR_PEER_DEAD);
    }
    EXPECT_ERR(echo_nothing(&ump_echo), ERR_PEER_DEAD);
    echo_client_close(&ump_echo);
    EXPECT_ERR(ump_server_wait(), ERR_OK);
    if (!ump_server_begin()) return; /* and another one is found by the same name */
    EXPECT_ERR(echo_nothing(&ump_echo), ERR_OK);
    ump_server_end();
}

static void clients_come_and_go(void)
{
    struct proc_exit exit;
    uint64_t pid;
    if (!ump_server_begin()) return;
    EXPECT_EQ(ump_clients(), 1);
    for (unsigned i = 0; i < 20; i++) {
        struct echo_client another = ump_client_new();
        CHECK_ERR(echo_nothing(&another), ERR_OK);
        echo_client_close(&another);
    }
    CHECK_ERR(child_start("echoes hold", &pid), ERR_OK);
    ump_await_held(1);
    EXPECT(ump_clients() > 1);
    CHECK_ERR(proc_kill(proc_default(), pid), ERR_OK);
    CHECK_ERR(child_wait(pid, 20000, &exit), ERR_OK);
    ump_await_clients(1);
    ump_server_end();
}

BETWEEN_CORES(short_calls)
BETWEEN_CORES(listed)
BETWEEN_CORES(long_messages)
BETWEEN_CORES(many_threads)
BETWEEN_CORES(deadlines)
BETWEEN_CORES(server_dies)
BETWEEN_CORES(clients_come_and_go)

static const struct test tests[] = {
    TEST(short_calls),
    TEST(listed),
    TEST(long_messages),
    TEST(many_threads),
    TEST(deadlines),
    TEST(server_dies),
    TEST(clients_come_and_go),
    TEST(short_calls_between_cores),
    TEST(listed_between_cores),
    TEST(long_messages_between_cores),
    TEST(many_threads_between_cores),
    TEST(deadlines_between_cores),
    TEST(server_dies_between_cores),
    TEST(clients_come_and_go_between_cores),
};
TEST_MAIN(tests)
