/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Capabilities on several cores: memory that this core's monitor has posted to others is shared, and comes back whole. On a machine with
 * one core there is nobody to post to, which is all that can be seen.
 */
#include "support.h"
#include <idl/monitor.h>
#include <threads/thread.h>
#include <threads/time.h>

#define BYTES 65536
#define TAG 0xac2055

static uint32_t up[16], up_count; /* other cores */
static bool looked;

static bool others(void)
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
    EXPECT_ERR(post(ram, 0), others() ? ERR_ARGUMENT : ERR_NOT_FOUND);
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

static const struct test tests[] = {
    TEST(nothing_goes_where_nobody_is),   TEST(kernel_objects_stay), TEST(shared_memory_is_everybodys),
    TEST(last_copy_elsewhere_comes_home), TEST(many_times_over),
};
TEST_MAIN(tests)
