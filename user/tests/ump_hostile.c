/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The other side of a channel by UMP does what it likes to the shared memory, or takes it away; and channels that nobody should get.
 */
#include "child.h"
#include "ump_support.h"
#include <idl/monitor.h>
#include <stdio.h>
#include <threads/thread.h>

#define BELL_BADGE (1ull << 62)

/* A client that does what it likes in the shared memory is cut off or not; it and nobody else. */
static void U4_hostile_client(void)
{
    struct proc_exit exit;
    if (!ump_server_begin()) return;
    for (unsigned seed = 1; seed <= (test_quick() ? 10u : 40u); seed++) {
        char line[64];
        snprintf(line, sizeof(line), "echoes attack %u", seed);
        CHECK_ERR(child_run(line, &exit), ERR_OK);
        EXPECT_EQ(exit.kind, EXIT_NORMAL);
        CHECK_ERR(echo_nothing(&ump_echo), ERR_OK);
    }
    ump_await_clients(1);
    ump_server_end();
}

static void U4_hostile_server(void)
{
    const unsigned least = test_quick() ? 10 : 40, most = 400;
    unsigned broken = 0, seed;
    if (!ump_server_begin()) return;
    for (seed = 1; seed <= least || (!broken && seed <= most); seed++) { /* most of what it writes does no harm */
        struct echo_client victim = ump_client_new();
        ticks_t before = rpc_set_deadline(deadline_after_ms(200));
        err_t err = echo_misbehave(&victim, seed);
        for (unsigned i = 0; i < 40 && !err; i++) {
            err = echo_nothing(&victim);
        }
        broken += err != ERR_OK;
        EXPECT(err == ERR_OK || err == ERR_MESSAGE || err == ERR_PEER_DEAD || err == ERR_TIMEOUT);
        echo_client_close(&victim);
        rpc_set_deadline(before);
    }
    test_note("%u of %u channels broken", broken, seed - 1);
    EXPECT(broken > 0);
    struct echo_client again = ump_client_new();
    EXPECT_ERR(echo_nothing(&again), ERR_OK);
    echo_client_close(&again);
    ump_echo = ump_client_new();
    ump_server_end();
}

/* The memory goes away under both: the service cuts this client off, and lives. */
static void U4_frame_revoked(void)
{
    cptr_t frame, bell, leash, ring;
    if (!ump_server_begin()) return;
    EXPECT_ERR(echo_nothing(&ump_echo), ERR_OK);
    for (unsigned i = 0; i < 3; i++) {
        CHECK_ERR(cap_mint_new(&bell, SLOT_ENDPOINT, BELL_BADGE, 0), ERR_OK);
        CHECK_ERR(monitor_bind(monitor_default(), UMP_NAME, ump_server_pid, 29, bell, &frame, &leash, &ring), ERR_OK);
        EXPECT_EQ(ump_clients(), 2);
        CHECK_ERR(cap_revoke(frame), ERR_OK);
        EXPECT_ERR(doorbell_ring(ring), ERR_OK);
        if (ump_away) cap_free(leash); /* there the memory stays until the channel ends */
        ump_await_clients(1);
        if (!ump_away) cap_free(leash);
        cap_free(ring);
        cap_free(bell);
        cap_free(frame);
    }
    ump_server_end();
}

static void U4_bad_bindings(void)
{
    cptr_t frame, bell, leash, ring;
    if (!ump_server_begin()) return;
    CHECK_ERR(cap_mint_new(&bell, SLOT_ENDPOINT, BELL_BADGE, 0), ERR_OK);
    struct monitor_client *monitor = monitor_default();
    EXPECT_ERR(monitor_bind(monitor, UMP_NAME, ump_server_pid, 3, bell, &frame, &leash, &ring), ERR_ARGUMENT);
    EXPECT_ERR(monitor_bind(monitor, UMP_NAME, ump_server_pid, 1025, bell, &frame, &leash, &ring), ERR_ARGUMENT);
    EXPECT_ERR(monitor_bind(monitor, UMP_NAME, ump_server_pid, 29, SLOT_NAMES, &frame, &leash, &ring), ERR_PERMISSION);
    EXPECT_ERR(monitor_bind(monitor, UMP_NAME, ump_server_pid, 29, SLOT_FRAME, &frame, &leash, &ring), ERR_PERMISSION);
    EXPECT_ERR(monitor_bind(monitor, UMP_NAME, (uint64_t)77 << 32, 29, bell, &frame, &leash, &ring), ERR_NOT_FOUND);
    EXPECT_ERR(monitor_bind(monitor, "no.such", ump_server_pid, 29, bell, &frame, &leash, &ring), ERR_NOT_FOUND);
    EXPECT_ERR(echo_nothing(&ump_echo), ERR_OK);
    cap_free(bell);
    ump_server_end();
}

BETWEEN_CORES(U4_hostile_client)
BETWEEN_CORES(U4_hostile_server)
BETWEEN_CORES(U4_frame_revoked)
BETWEEN_CORES(U4_bad_bindings)

static const struct test tests[] = {
    TEST(U4_hostile_client),
    TEST(U4_hostile_server),
    TEST(U4_frame_revoked),
    TEST(U4_bad_bindings),
    TEST(U4_hostile_client_between_cores),
    TEST(U4_hostile_server_between_cores),
    TEST(U4_frame_revoked_between_cores),
    TEST(U4_bad_bindings_between_cores),
};
TEST_MAIN(tests)
