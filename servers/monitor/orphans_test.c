/* SPDX-License-Identifier: BSD-2-Clause */
/* The search for memory that only names itself, on random worlds, against what can be reached from outside, followed forwards. */
#include "orphans.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define RANGES 40
#define BYTES 0x2000ull
#define HOLDERS 12
#define OUTSIDE 0x1000ull /* where nobody's memory is */

static struct orphan_range ranges[RANGES];
static paddr_t holders[RANGES][HOLDERS];
static unsigned holder_count[RANGES];
static unsigned listed, refuse;

static paddr_t base_of(unsigned range)
{
    return 0x40000000ull + range * 2 * BYTES;
}

static err_t list(paddr_t base, uint64_t bytes, paddr_t after, paddr_t found[ORPHANS_LISTED])
{
    unsigned range = (unsigned)((base - base_of(0)) / (2 * BYTES)), at = 0, n = 0;
    assert_int_equal(bytes, BYTES);
    listed++;
    if (range == refuse) return ERR_RETRY_THROUGH_MONITOR;
    while (after != 0 && holders[range][at++] != after)
        assert_true(at < holder_count[range]);
    memset(found, 0, ORPHANS_LISTED * sizeof(*found));
    while (at < holder_count[range] && n < ORPHANS_LISTED)
        found[n++] = holders[range][at++];
    return ERR_OK;
}

static void world_make(void)
{
    refuse = RANGES;
    for (unsigned i = 0; i < RANGES; i++) {
        ranges[i] = (struct orphan_range){.base = base_of(i), .bytes = BYTES, .held = rand() & 1};
        /* mostly one or two each, so that not everything hangs together */
        holder_count[i] = rand() % 80 == 0 ? 0 : rand() % 4 == 0 ? 1 + rand() % (HOLDERS - 1) : 1;
        for (unsigned k = 0; k < holder_count[i]; k++)
            holders[i][k] = rand() % 100 == 0 ? OUTSIDE + k * 128 : base_of(rand() % RANGES) + k * 128;
    }
}

static void held_follow(unsigned range, bool *held)
{
    if (held[range]) return;
    held[range] = true;
    for (unsigned i = 0; i < RANGES; i++) {
        for (unsigned k = 0; k < holder_count[i]; k++) {
            if (holders[i][k] - base_of(range) < BYTES) held_follow(i, held);
        }
    }
}

static void orphans_are_what_cannot_be_reached(void **state)
{
    unsigned found = 0;
    srand(1);
    for (unsigned round = 0; round < 3000; round++) {
        bool held[RANGES] = {false};
        world_make();
        if (round % 4 == 0) refuse = rand() % RANGES;
        for (unsigned i = 0; i < RANGES; i++) {
            bool from_outside = holder_count[i] == 0 || i == refuse;
            for (unsigned k = 0; k < holder_count[i]; k++)
                from_outside |= holders[i][k] < base_of(0);
            if (from_outside) held_follow(i, held);
        }
        assert_true(orphans_mark(ranges, RANGES, list, 100000));
        for (unsigned i = 0; i < RANGES; i++) {
            assert_int_equal(ranges[i].held, held[i]);
            found += !held[i];
        }
    }
    assert_in_range(found, 3000, 3000 * RANGES / 2); /* neither is rare */
}

static void memory_between_the_ranges_is_outside(void **state)
{
    refuse = RANGES;
    for (unsigned i = 0; i < 2; i++) {
        ranges[i] = (struct orphan_range){.base = base_of(i), .bytes = BYTES};
        holder_count[i] = 1;
        holders[i][0] = base_of(i) + BYTES - 128;
    }
    assert_true(orphans_mark(ranges, 2, list, 10));
    assert_false(ranges[0].held || ranges[1].held);
    holders[0][0] = base_of(0) + BYTES;
    assert_true(orphans_mark(ranges, 2, list, 10));
    assert_true(ranges[0].held && !ranges[1].held);
    holders[1][0] = base_of(1) + BYTES;
    assert_true(orphans_mark(ranges, 2, list, 10));
    assert_true(ranges[0].held && ranges[1].held);
    assert_true(orphans_mark(NULL, 0, list, 10));
}

static void a_search_that_takes_too_long_knows_nothing(void **state)
{
    srand(2);
    for (unsigned most = 0; most < 200; most++) {
        world_make();
        listed = 0;
        bool known = orphans_mark(ranges, RANGES, list, most);
        assert_true(listed <= most);
        listed = 0;
        assert_true(orphans_mark(ranges, RANGES, list, 100000));
        assert_int_equal(known, listed <= most);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(orphans_are_what_cannot_be_reached),
        cmocka_unit_test(memory_between_the_ranges_is_outside),
        cmocka_unit_test(a_search_that_takes_too_long_knows_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
