/* SPDX-License-Identifier: BSD-2-Clause */
/* When a core is given up, and by whom: a watcher with the test's clock, that looks as link.c does. */
#include "silence.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#define EVERY 1000
#define MOST 10000
#define START 77777

static ticks_t now, last;
static struct silence seen;

/* It looks first a moment after something was sent. */
static void watch_begin(uint64_t sent, uint64_t taken)
{
    now = last = START;
    seen = (struct silence){.taken = 3, .since = 1}; /* of an earlier time */
    seen.since = 0;
    assert_int_not_equal(silence_look(&seen, sent, taken, now, MOST), SILENCE_LOST);
}

/* A look when `passed` ticks are over since the one before. */
static enum silence_state look_after(ticks_t passed, uint64_t sent, uint64_t taken)
{
    now += passed;
    if (silence_was_away(last, now, EVERY, MOST)) seen.since = 0;
    last = now;
    return silence_look(&seen, sent, taken, now, MOST);
}

static void test_who_takes_everything_is_never_lost(void **state)
{
    (void)state;
    watch_begin(5, 5);
    for (unsigned i = 0; i < 100; i++) {
        assert_int_equal(look_after(EVERY, 5 + i, 5 + i), SILENCE_NONE);
    }
}

static void test_who_takes_nothing_is_lost_in_time(void **state)
{
    (void)state;
    watch_begin(5, 4);
    for (ticks_t passed = EVERY; passed < MOST; passed += EVERY) {
        assert_int_equal(look_after(EVERY, 5 + passed, 4), SILENCE_WAITS); /* more is sent all the time */
    }
    assert_int_equal(look_after(EVERY, 20, 4), SILENCE_LOST);
}

/* Time counts from when it took the last one, whenever something was sent. */
static void test_who_is_slow_is_not_lost(void **state)
{
    (void)state;
    watch_begin(100, 4);
    for (uint64_t taken = 5; taken < 50; taken++) {
        for (unsigned i = 0; i < MOST / EVERY - 1; i++) {
            assert_int_equal(look_after(EVERY, 100, taken), SILENCE_WAITS);
        }
    }
    for (unsigned i = 0; i < 2; i++) { /* nothing was under way meanwhile */
        assert_int_equal(look_after(EVERY, 100, 100), SILENCE_NONE);
        assert_int_equal(look_after(MOST / 2, 100, 100), SILENCE_NONE);
    }
    assert_int_equal(look_after(EVERY, 101, 100), SILENCE_WAITS);
}

/* All stand still for a minute, while something was on its way: whoever looks first judges nobody. */
static void test_who_stood_still_judges_nobody(void **state)
{
    (void)state;
    watch_begin(5, 4);
    assert_int_equal(look_after(EVERY, 5, 4), SILENCE_WAITS);
    assert_int_equal(look_after(60 * EVERY, 5, 4), SILENCE_WAITS);
    for (unsigned i = 0; i < MOST / EVERY - 1; i++) {
        assert_int_equal(look_after(EVERY, 5, 4), SILENCE_WAITS);
    }
    assert_int_equal(look_after(EVERY, 5, 4), SILENCE_LOST); /* that one really is */
}

/* Looks that come late, as on a machine with much to do, are no excuse for ever. */
static void test_who_looks_late_still_judges(void **state)
{
    (void)state;
    ticks_t late = MOST / 2;
    watch_begin(5, 4);
    assert_false(silence_was_away(last, last + late, EVERY, MOST));
    assert_int_equal(look_after(late, 5, 4), SILENCE_WAITS);
    assert_int_equal(look_after(late, 5, 4), SILENCE_LOST);
    assert_true(silence_was_away(last, last + MOST, EVERY, MOST)); /* before it could take anyone for lost by one look */
}

static void test_who_was_given_up_gives_up_nobody(void **state)
{
    (void)state;
    static struct cores_shared table = {.count = 3};
    for (coreid_t core = 0; core < table.count; core++) {
        table.core[core].state = MONITOR_CORE_UP;
    }
    assert_false(silence_parted(&table, 0, 1));
    assert_true(silence_mark(&table, 0, 1));
    assert_int_equal(table.core[1].state, MONITOR_CORE_SILENT);
    /* It goes on, and finds that nobody takes what it sends. */
    assert_false(silence_mark(&table, 1, 0));
    assert_false(silence_mark(&table, 1, 2));
    assert_int_equal(table.core[0].state, MONITOR_CORE_UP);
    assert_int_equal(table.core[2].state, MONITOR_CORE_UP);
    assert_true(silence_parted(&table, 1, 0) && silence_parted(&table, 1, 2) && silence_parted(&table, 2, 1));
    assert_false(silence_parted(&table, 0, 2));
    assert_true(silence_mark(&table, 2, 1)); /* a second one finds it, too */
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_who_takes_everything_is_never_lost),
        cmocka_unit_test(test_who_takes_nothing_is_lost_in_time),
        cmocka_unit_test(test_who_is_slow_is_not_lost),
        cmocka_unit_test(test_who_stood_still_judges_nobody),
        cmocka_unit_test(test_who_looks_late_still_judges),
        cmocka_unit_test(test_who_was_given_up_gives_up_nobody),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
