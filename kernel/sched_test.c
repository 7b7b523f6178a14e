/* SPDX-License-Identifier: BSD-2-Clause */
/* The scheduler's decisions: priorities, round robin, slices, deadlines. Time is a number. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>
#include <kernel/sched.h>

#define SLICE 100

uint64_t timer_slice = SLICE;
static uint64_t now;
static struct dcb dcbs[40];

uint64_t timer_now(void)
{
    return now;
}

static struct dcb *make(unsigned index, uint8_t priority)
{
    struct dcb *dcb = &dcbs[index];
    memset(dcb, 0, sizeof(*dcb));
    list_init(&dcb->ready);
    dcb->priority = priority;
    sched_ready(dcb);
    return dcb;
}

static int setup(void **unused)
{
    now = 1000;
    while (sched_pick(now)) {
        sched_remove(core.current, DISP_STATE_STOPPED);
    }
    return 0;
}

static void highest_first(void **unused)
{
    struct dcb *low = make(0, 7), *high = make(1, 0), *middle = make(2, 3);
    assert_ptr_equal(sched_pick(now), high);
    sched_block(high, 0);
    assert_ptr_equal(sched_pick(now), middle);
    core.wanted = false;
    sched_ready(high);
    assert_true(core.wanted);
    assert_ptr_equal(sched_pick(now), high);
    sched_block(high, 0);
    assert_ptr_equal(sched_pick(now), middle); /* where it was interrupted, its slice not used up */
    sched_block(middle, 0);
    assert_ptr_equal(sched_pick(now), low);
    sched_block(low, 0);
    assert_null(sched_pick(now));
}

static void round_robin(void **unused)
{
    struct dcb *a = make(0, 4), *b = make(1, 4), *c = make(2, 4);
    struct dcb *order[] = {a, b, c, a, b, c};
    for (unsigned i = 0; i < 6; i++) {
        assert_ptr_equal(sched_pick(now), order[i]);
        assert_int_equal(sched_next_event(), now + SLICE);
        now += SLICE / 2;
        sched_timer(now);
        assert_false(core.wanted);
        now += SLICE / 2;
        sched_timer(now);
        assert_true(core.wanted);
    }
}

static void the_interrupted_keeps_its_turn(void **unused)
{
    struct dcb *a = make(0, 4), *b = make(1, 4), *driver = make(2, 1);
    sched_block(sched_pick(now), 0);
    assert_ptr_equal(sched_pick(now), a);
    uint64_t end = a->slice_end;
    now += 10;
    sched_ready(driver);
    assert_ptr_equal(sched_pick(now), driver);
    sched_block(driver, 0);
    assert_ptr_equal(sched_pick(now), a);
    assert_int_equal(a->slice_end, end);
    sched_yield();
    assert_ptr_equal(sched_pick(now), b);
}

static void deadlines(void **unused)
{
    for (unsigned i = 0; i < 40; i++) {
        struct dcb *dcb = make(i, 4);
        assert_ptr_equal(sched_pick(now), dcb);
        sched_block(dcb, now + 1000 - i * 10);
    }
    assert_null(sched_pick(now));
    assert_int_equal(sched_next_event(), now + 1000 - 390);
    sched_timer(now + 100);
    assert_null(sched_pick(now));
    sched_ready(&dcbs[39]); /* woken before */
    assert_int_equal(sched_next_event(), now + 1000 - 380);
    now += 2000;
    unsigned woken = 1;
    for (unsigned calls = 0; calls < 10; calls++) {
        sched_timer(now); /* a bounded number at a time */
    }
    while (sched_pick(now)) {
        sched_remove(core.current, DISP_STATE_STOPPED);
        woken++;
    }
    assert_int_equal(woken, 41);
    assert_int_equal(sched_next_event(), 0);
}

static void time_goes_to_who_used_it(void **unused)
{
    struct dcb *a = make(0, 4), *b = make(1, 4);
    sched_pick(now);
    now += 30;
    sched_block(a, 0);
    sched_pick(now);
    now += 20;
    sched_block(b, 0);
    assert_null(sched_pick(now));
    now += 1000; /* idle */
    sched_ready(a);
    sched_pick(now);
    now += 5;
    sched_block(a, 0);
    assert_null(sched_pick(now));
    assert_int_equal(a->ticks, 35);
    assert_int_equal(b->ticks, 20);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(highest_first, setup),
        cmocka_unit_test_setup(round_robin, setup),
        cmocka_unit_test_setup(the_interrupted_keeps_its_turn, setup),
        cmocka_unit_test_setup(deadlines, setup),
        cmocka_unit_test_setup(time_goes_to_who_used_it, setup),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
