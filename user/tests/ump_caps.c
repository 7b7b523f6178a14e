/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Capabilities in messages by UMP: there and back with the message to which they belong, refused where they cannot go, and nothing left
 * of them when either side ends in the middle. Between cores it is memory that goes.
 */
#include "child.h"
#include "ump_support.h"
#include <threads/thread.h>

/* RAM that nobody has, when no more of it comes back. */
static uint64_t free_settled(void)
{
    uint64_t now = ram_free(), before;
    do {
        before = now;
        thread_sleep_us(100000);
        now = ram_free();
    } while (now != before);
    return now;
}

static void caps_make(cptr_t *caps)
{
    for (unsigned i = 0; i < UMP_CAPS; i++) {
        cptr_t ram;
        if (!ump_away) {
            CHECK_ERR(cap_mint_new(&caps[i], SLOT_ENDPOINT, 1000 + i, 0), ERR_OK);
            continue;
        }
        CHECK_ERR(ram_new(&ram, PAGE_SIZE), ERR_OK);
        if (i % 3) {
            CHECK_ERR(cap_retype_new(&caps[i], ram, 0, i % 3 == 1 ? CAP_FRAME : CAP_DMAFRAME, PAGE_SIZE), ERR_OK);
            cap_free(ram);
        } else {
            caps[i] = ram;
        }
    }
}

/* `other` is what came back for `cap`. */
static void expect_same(cptr_t cap, cptr_t other)
{
    struct cap_info info = {0}, expected = {0};
    EXPECT_ERR(cap_identify(cap, &expected), ERR_OK);
    EXPECT_ERR(cap_identify(other, &info), ERR_OK);
    EXPECT_EQ(info.type, expected.type);
    EXPECT_EQ(info.base, expected.base);
    EXPECT_EQ(info.bytes, expected.bytes);
    EXPECT_EQ(info.rights, expected.rights);
}

static void capabilities(void)
{
    if (!ump_server_begin()) return;
    cptr_t in[UMP_CAPS], out[UMP_CAPS];
    uint64_t used = 0;
    caps_make(in);
    for (unsigned n = 0; n < 100; n++) {
        uint64_t number = 0;
        uint32_t got = 0;
        if (n == 10) used = ram_used(); /* slots and all have been made */
        CHECK_ERR(echo_capabilities(&ump_echo, n, in, n % 9, &number, out, UMP_CAPS, &got), ERR_OK);
        CHECK_EQ(number, n);
        CHECK_EQ(got, n % 9);
        for (unsigned i = 0; i < got; i++) {
            expect_same(in[got - 1 - i], out[i]);
            cap_free(out[i]);
        }
    }
    for (unsigned i = 0; i < UMP_CAPS; i++) {
        cap_free(in[i]);
    }
    if (ump_away) used -= UMP_CAPS * PAGE_SIZE;
    for (unsigned i = 0; i < 500 && ram_used() != used; i++) { /* it comes home from the other core */
        thread_sleep_us(10000);
    }
    EXPECT_EQ(ram_used(), used);
    ump_server_end();
}

/* What never leaves its core is refused where it is sent, and harms nothing else. */
static void capabilities_that_stay(void)
{
    cptr_t in[3], out[3];
    uint64_t number;
    uint32_t got;
    err_t expected = ump_away ? ERR_COPY : ERR_OK;
    if (!ump_server_begin()) return;
    for (unsigned at = 0; at < 3; at++) { /* in each fragment */
        for (unsigned i = 0; i < 3; i++) {
            if (i == at)
                CHECK_ERR(cap_mint_new(&in[i], SLOT_ENDPOINT, 1000 + i, 0), ERR_OK);
            else
                CHECK_ERR(ram_new(&in[i], PAGE_SIZE), ERR_OK);
        }
        CHECK_ERR(echo_capabilities(&ump_echo, at, in, 3, &number, out, 3, &got), expected);
        for (unsigned i = 0; i < 3; i++) {
            cap_free(in[i]);
            if (!expected) cap_free(out[i]);
        }
        CHECK_ERR(echo_nothing(&ump_echo), ERR_OK);
    }
    CHECK_ERR(echo_endpoint(&ump_echo, &out[0]), expected); /* the service's */
    if (!expected) cap_free(out[0]);
    CHECK_ERR(echo_nothing(&ump_echo), ERR_OK);
    ump_server_end();
}

/* A process that sends capabilities all the time is killed at any point, or the service is. Nothing is left of them. */
static void killed_while_giving(unsigned round)
{
    struct proc_exit exit;
    uint64_t pid;
    CHECK_ERR(child_start("echoes give", &pid), ERR_OK);
    ump_await_clients(2);
    for (unsigned n = 0; n < round * 7; n++) {
        CHECK_ERR(echo_nothing(&ump_echo), ERR_OK);
    }
    if (round % 2) {
        CHECK_ERR(proc_kill(proc_default(), pid), ERR_OK);
        ump_await_clients(1);
    } else {
        CHECK_ERR(ump_server_kill(), ERR_OK);
        EXPECT_ERR(ump_server_wait(), ERR_OK);
        echo_client_close(&ump_echo);
    }
    CHECK_ERR(child_wait(pid, 20000, &exit), ERR_OK);
    if (round % 2 == 0) CHECK(ump_server_begin());
}

static void capabilities_and_ends(void)
{
    uint64_t before = 0;
    unsigned rounds = test_quick() ? 6 : 24;
    if (!ump_server_begin()) return;
    for (unsigned round = 0; round < rounds; round++) {
        killed_while_giving(round);
        if (round == 3) before = free_settled(); /* services have grown to what they need */
    }
    for (unsigned i = 0; i < 500 && ram_free() < before; i++) {
        thread_sleep_us(10000);
    }
    EXPECT(ram_free() >= before);
    ump_server_end();
}

BETWEEN_CORES(capabilities)
BETWEEN_CORES(capabilities_that_stay)
BETWEEN_CORES(capabilities_and_ends)

static const struct test tests[] = {
    TEST(capabilities),
    TEST(capabilities_that_stay),
    TEST(capabilities_and_ends),
    TEST(capabilities_between_cores),
    TEST(capabilities_that_stay_between_cores),
    TEST(capabilities_and_ends_between_cores),
};
TEST_MAIN(tests)
