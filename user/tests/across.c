/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Capabilities on several cores: memory that this core's monitor has posted to others is shared, and comes back whole. On a machine with
 * one core there is nobody to post to, which is all that can be seen there.
 */
#include "support.h"
#include <idl/monitor.h>
#include <threads/thread.h>
#include <threads/time.h>

#define BYTES 65536
#define TAG 0xac2055

static uint32_t up[16], up_count; /* other cores */
static bool looked;

static bool cores_are_up(void)
{
    struct monitor_core list[16];
    uint32_t count = 0;

    if (!looked && monitor_cores(monitor_default(), 0, list, 16, &count) == ERR_OK) {
        for (uint32_t i = 1; i < count; i++) {
            if (list[i].state == MONITOR_CORE_UP) up[up_count++] = list[i].id;
        }
        looked = true;
    }
    return up_count != 0;
}

static bool others(void)
{
    if (!cores_are_up()) test_skip("there is no other core");
    return up_count != 0;
}

static err_t post(cptr_t cap, uint32_t core)
{
    return monitor_post(monitor_default(), core, TAG, cap);
}

/* What the kernel itself says to a retype, nobody asked. */
static err_t retype_alone(cptr_t dst, cptr_t ram)
{
    return RAW_CAP(CAP_RETYPE, dst, ram, 0, CAP_FRAME, PAGE_SIZE, 1);
}

static void nothing_goes_where_nobody_is(void)
{
    cptr_t ram, found;

    CHECK_OK(ram_new(&ram, BYTES));
    EXPECT_ERR(post(ram, 0), cores_are_up() ? ERR_ARGUMENT : ERR_NOT_FOUND);
    EXPECT_ERR(post(ram, 63), ERR_NOT_FOUND);
    EXPECT_ERR(post(ram, 0x80000001), ERR_NOT_FOUND);
    EXPECT_ERR(monitor_collect(monitor_default(), TAG + 1, &found), ERR_NOT_FOUND);
    cap_free(ram);
}

static void kernel_objects_stay(void)
{
    if (!others()) return;
    EXPECT_ERR(post(SLOT_CSPACE, up[0]), ERR_COPY);
    EXPECT_ERR(post(SLOT_DISPATCHER, up[0]), ERR_COPY);
    EXPECT_ERR(post(SLOT_ENDPOINT, up[0]), ERR_COPY);
}

static void shared_memory_is_everybodys(void)
{
    cptr_t ram, frame, other;
    uint64_t before = ram_used();

    if (!others()) return;
    CHECK_OK(slot_alloc(&frame));
    CHECK_OK(slot_alloc(&other));
    CHECK_OK(ram_new(&ram, BYTES));
    CHECK_OK(post(ram, up[0]));
    EXPECT_ERR(retype_alone(frame, ram), ERR_RETRY_THROUGH_MONITOR);
    CHECK_OK(cap_retype(frame, ram, 0, CAP_FRAME, PAGE_SIZE, 1));
    EXPECT_ERR(cap_retype(other, ram, 0, CAP_FRAME, PAGE_SIZE, 1), ERR_REVOKE_FIRST);
    CHECK_OK(post(frame, up[up_count - 1]));
    CHECK_OK(cap_revoke(ram));
    /* Nobody else has any of it: the kernel does it alone. */
    CHECK_OK(retype_alone(frame, ram));
    cap_free(frame);
    cap_free(ram);
    slot_free(other);
    EXPECT_EQ(ram_used(), before);
}

static void last_copy_elsewhere_comes_home(void)
{
    cptr_t ram;
    uint64_t before = ram_used();

    if (!others()) return;
    CHECK_OK(ram_new(&ram, BYTES));
    CHECK_OK(post(ram, up[0]));
    cap_free(ram);
    EXPECT(ram_used() >= before + BYTES);
    /* The monitor there keeps it for ten seconds. */
    for (unsigned i = 0; i < 300 && ram_used() != before; i++) {
        thread_sleep_until(deadline_after_us(100000));
    }
    EXPECT_EQ(ram_used(), before);
}

static void many_times_over(void)
{
    uint64_t before = ram_used(), random = 1;
    cptr_t frame;

    if (!others()) return;
    CHECK_OK(slot_alloc(&frame));
    for (unsigned i = 0; i < 100; i++) {
        cptr_t ram;
        CHECK_OK(ram_new(&ram, BYTES));
        random = random * 6364136223846793005u + 1442695040888963407u;
        for (unsigned n = 0; n <= random >> 62; n++) {
            CHECK_OK(post(ram, up[(random >> 33) % up_count]));
        }
        CHECK_OK(cap_retype(frame, ram, PAGE_SIZE, CAP_FRAME, PAGE_SIZE, 1));
        if (random >> 61 & 1) CHECK_OK(post(frame, up[(random >> 40) % up_count]));
        CHECK_OK(cap_revoke(ram));
        CHECK_OK(cap_delete(ram));
        slot_free(ram);
    }
    slot_free(frame);
    EXPECT_EQ(ram_used(), before);
}

/* Somebody revokes it all the time, for a while. */
static cptr_t revoked;
static volatile bool revoking;

static int revoker(void *argument)
{
    unsigned *rounds = argument;
    for (unsigned i = 0; i < *rounds; i++) {
        EXPECT_ERR(post(revoked, up[0]), ERR_OK);
        EXPECT_ERR(cap_revoke(revoked), ERR_OK);
    }
    revoking = false;
    return 0;
}

/* Copies of what is being revoked, by `copy`: how many the kernel refused because of that. */
static unsigned copies_meanwhile(err_t (*copy)(capref_t dst, capref_t src), unsigned rounds)
{
    struct thread *thread;
    cptr_t slot;
    unsigned refused = 0;

    EXPECT_ERR(slot_alloc(&slot), ERR_OK);
    revoking = true;
    if (!EXPECT_ERR(thread_create(&thread, revoker, &rounds, NULL), ERR_OK)) return 0;
    while (revoking) {
        err_t err = copy(slot, revoked);
        refused += err == ERR_RETRY_THROUGH_MONITOR;
        if (err != ERR_RETRY_THROUGH_MONITOR && !EXPECT_ERR(err, ERR_OK)) break;
        cap_delete(slot);
    }
    EXPECT_ERR(thread_join(thread, NULL), ERR_OK);
    slot_free(slot);
    return refused;
}

static err_t copy_alone(capref_t dst, capref_t src)
{
    return RAW_CAP(CAP_COPY, dst, src, CAP_RIGHTS_ALL, 0, 0, 0);
}

static void what_a_revoke_refuses_is_tried_again(void)
{
    if (!others()) return;
    CHECK_OK(ram_new(&revoked, BYTES));
    unsigned refused = 0;
    for (unsigned i = 0; i < 100 && refused == 0; i++) { /* a revoke is short: none of twenty may be seen */
        refused = copies_meanwhile(copy_alone, 20);
    }
    EXPECT(refused > 0);
    uint64_t before = ram_used(); /* the thread's stack stays for the next one */
    EXPECT_EQ(copies_meanwhile(cap_copy, 20), 0);
    EXPECT_EQ(ram_used(), before);
    cap_free(revoked);
}

static const struct test tests[] = {
    TEST(nothing_goes_where_nobody_is),   TEST(kernel_objects_stay), TEST(shared_memory_is_everybodys),
    TEST(last_copy_elsewhere_comes_home), TEST(many_times_over),     TEST(what_a_revoke_refuses_is_tried_again),
};
TEST_MAIN(tests)
