/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Regions against a naive model: an array that says for each of 256 units whether it exists and who has it. Random
 * operations, also ones that must fail; after each the map must be sound and say what the model says.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>
#include <regions/regions.h>

#define UNITS  256
#define UNIT   4096ull
#define BASE   0x40000000ull
#define ABSENT 0xffu

static uint8_t model[UNITS]; /* ABSENT, REGION_FREE or a kind */
static struct region_map map;
static struct region records[2 * UNITS];
static const struct region_index *index_used = &region_index_list_next;
static uint64_t state = 1;

static uint64_t random_below(uint64_t n)
{
    state ^= state << 13;
    state ^= state >> 7;
    state ^= state << 17;
    return state % n;
}

static uint64_t address(unsigned unit)
{
    return BASE + unit * UNIT;
}

static bool model_all(unsigned first, unsigned count, bool (*is)(uint8_t))
{
    for (unsigned i = first; i < first + count; i++) {
        if (!is(model[i])) return false;
    }
    return true;
}

static bool is_absent(uint8_t kind)
{
    return kind == ABSENT;
}
static bool is_free(uint8_t kind)
{
    return kind == REGION_FREE;
}
static bool is_used(uint8_t kind)
{
    return kind != REGION_FREE && kind != ABSENT;
}

static void compare(void)
{
    assert_true(region_check(&map));
    for (unsigned i = 0; i < UNITS; i++) {
        struct region *region = region_find(&map, address(i) + random_below(UNIT));
        if (model[i] == ABSENT) {
            assert_null(region);
        } else {
            assert_non_null(region);
            assert_int_equal(region->kind, model[i]);
        }
    }
}

/* Can the model hold `count` units at a multiple of `align` units within [first, last]? */
static bool model_fits(unsigned count, unsigned align, unsigned first, unsigned last)
{
    for (unsigned i = first; i + count <= last + 1; i++) {
        if (address(i) % (align * UNIT) == 0 && model_all(i, count, is_free)) return true;
    }
    return false;
}

static void step_alloc(uint8_t kind)
{
    unsigned count = 1 + random_below(20);
    unsigned align = 1u << random_below(5);
    unsigned first = random_below(2) ? 0 : random_below(UNITS);
    unsigned last = first + random_below(UNITS - first);
    struct region *region = 0;
    err_t err = region_alloc(&map, count * UNIT, align * UNIT, address(first), address(last + 1) - 1, kind, &region);
    if (model_fits(count, align, first, last)) {
        assert_int_equal(err, ERR_OK);
        unsigned at = (region->base - BASE) / UNIT;
        assert_true(at >= first && at + count - 1 <= last && region->base % (align * UNIT) == 0);
        assert_int_equal(region->bytes, count * UNIT);
        assert_true(model_all(at, count, is_free));
        memset(model + at, kind, count);
    } else {
        assert_int_equal(err, ERR_NO_REGION);
    }
}

static void step_range(unsigned what, uint8_t kind)
{
    unsigned at = random_below(UNITS);
    unsigned count = 1 + random_below(UNITS - at < 24 ? UNITS - at : 24);
    err_t err;
    bool expected;
    uint8_t after;
    if (what == 0) {
        err = region_add(&map, address(at), count * UNIT);
        expected = model_all(at, count, is_absent);
        after = REGION_FREE;
    } else if (what == 1) {
        err = region_remove(&map, address(at), count * UNIT);
        expected = model_all(at, count, is_free);
        after = ABSENT;
    } else if (what == 2) {
        err = region_alloc_at(&map, address(at), count * UNIT, kind, 0);
        expected = model_all(at, count, is_free);
        after = kind;
    } else {
        err = region_free(&map, address(at), count * UNIT);
        expected = model_all(at, count, is_used);
        after = REGION_FREE;
    }
    assert_int_equal(err == ERR_OK, expected);
    if (expected) memset(model + at, after, count);
}

static void fresh(size_t spares)
{
    memset(model, ABSENT, sizeof model);
    region_map_init(&map, index_used);
    region_refill(&map, records, spares * sizeof records[0]);
}

static void test_random_against_model(void **unused)
{
    (void)unused;
    for (unsigned round = 0; round < 20; round++) {
        index_used = round & 1 ? &region_index_list_first : &region_index_list_next;
        fresh(2 * UNITS);
        region_add(&map, BASE, UNITS / 2 * UNIT);
        memset(model, REGION_FREE, UNITS / 2);
        for (unsigned i = 0; i < 2000; i++) {
            uint8_t kind = 1 + random_below(5);
            unsigned what = random_below(12);
            if (what < 4) {
                step_alloc(kind);
            } else if (what == 4) {
                step_range(0, kind);
            } else if (what == 5) {
                step_range(1, kind);
            } else if (what < 8) {
                step_range(2, kind);
            } else {
                step_range(3, kind);
            }
            compare();
        }
        assert_int_equal(map.spares + map.count, 2 * UNITS);
    }
}

/* K17: without spare records nothing changes, and it works after a refill. */
static void test_K17_no_spare_records(void **unused)
{
    (void)unused;
    fresh(1);
    assert_int_equal(region_add(&map, BASE, 16 * UNIT), ERR_OK);
    assert_int_equal(region_alloc(&map, UNIT, 0, 0, UINT64_MAX, 1, 0), ERR_NO_MEMORY);
    assert_int_equal(region_alloc_at(&map, BASE + UNIT, UNIT, 1, 0), ERR_NO_MEMORY);
    assert_int_equal(region_add(&map, BASE + 100 * UNIT, UNIT), ERR_NO_MEMORY);
    assert_true(region_check(&map));
    assert_int_equal(map.count, 1);
    assert_int_equal(map.free_bytes, 16 * UNIT);
    region_refill(&map, records + 1, REGION_SPARES * sizeof records[0]);
    assert_int_equal(region_alloc_at(&map, BASE + UNIT, UNIT, 1, 0), ERR_OK);
    assert_int_equal(region_free(&map, BASE + UNIT, UNIT), ERR_OK);
    assert_int_equal(map.count, 1);
}

static void test_K4_overflow(void **unused)
{
    (void)unused;
    fresh(8);
    assert_int_equal(region_add(&map, BASE, 0), ERR_ARGUMENT);
    assert_int_equal(region_add(&map, UINT64_MAX - UNIT + 1, UNIT), ERR_ARGUMENT);
    assert_int_equal(region_add(&map, UINT64_MAX - UNIT + 1, 2 * UNIT), ERR_ARGUMENT);
    assert_int_equal(region_add(&map, BASE, 4 * UNIT), ERR_OK);
    assert_int_equal(region_free(&map, BASE, UINT64_MAX), ERR_ARGUMENT);
    assert_int_equal(region_alloc(&map, UINT64_MAX, 0, 0, UINT64_MAX, 1, 0), ERR_NO_REGION);
    assert_int_equal(region_alloc(&map, UNIT, 1ull << 63, 0, UINT64_MAX, 1, 0), ERR_NO_REGION);
    assert_int_equal(region_alloc(&map, UNIT, 3 * UNIT, 0, UINT64_MAX, 1, 0), ERR_ARGUMENT);
    assert_int_equal(region_alloc(&map, UNIT, 0, 0, UINT64_MAX, REGION_FREE, 0), ERR_ARGUMENT);
    assert_int_equal(region_alloc(&map, UNIT, 0, 2, 1, 1, 0), ERR_ARGUMENT);
}

static void test_split_keeps_attributes(void **unused)
{
    (void)unused;
    fresh(8);
    struct region *region;
    struct region *high;
    assert_int_equal(region_add(&map, BASE, 8 * UNIT), ERR_OK);
    assert_int_equal(region_alloc_at(&map, BASE, 8 * UNIT, 3, &region), ERR_OK);
    region->name = "stack";
    region->attributes = 7;
    region->tag = 42;
    assert_int_equal(region_split(&map, BASE + 3 * UNIT, &high), ERR_OK);
    assert_int_equal(high->bytes, 5 * UNIT);
    assert_string_equal(high->name, "stack");
    assert_int_equal(high->attributes, 7);
    assert_int_equal(high->tag, 42);
    assert_int_equal(region_free(&map, BASE + UNIT, 4 * UNIT), ERR_OK);
    assert_true(region_check(&map));
    assert_int_equal(region_largest(&map), 4 * UNIT);
    assert_int_equal(region_find(&map, BASE)->tag, 42);
    assert_int_equal(region_find(&map, BASE + 7 * UNIT)->tag, 42);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_random_against_model),
        cmocka_unit_test(test_K17_no_spare_records),
        cmocka_unit_test(test_K4_overflow),
        cmocka_unit_test(test_split_keeps_attributes),
    };
    return cmocka_run_group_tests(tests, 0, 0);
}
