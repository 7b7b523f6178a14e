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
#include "regions_model.h"

#define UNITS 256
#define UNIT 4096ull
#define BASE 0x40000000ull
#define ABSENT 0xffu

static uint8_t model[UNITS]; /* ABSENT, REGION_FREE or a kind */
static struct region_map map;
static struct region_sized records[2 * UNITS];
static const struct region_index *index_used = &region_index_list_next;
static size_t record_bytes; /* of index_used */
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
    record_bytes = index_used->record_bytes;
    memset(model, ABSENT, sizeof model);
    region_map_init(&map, index_used);
    region_refill(&map, records, spares * record_bytes);
}

static void test_random_against_model(void **unused)
{
    (void)unused;
    for (unsigned round = 0; round < 24; round++) {
        index_used = model_indices[round & 1][round / 2 % STRATEGY_COUNT];
        fresh(2 * UNITS);
        region_add(&map, BASE, UNITS / 2 * UNIT);
        memset(model, REGION_FREE, UNITS / 2);
        for (unsigned i = 0; i < 1500; i++) {
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
    region_refill(&map, (char *)records + record_bytes, REGION_SPARES * record_bytes);
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

/* A script of operations, the same whenever it starts again; places are those of what it allocated. */
#define SCRIPT 200

struct script {
    uint64_t held[SCRIPT];
    unsigned count;
};

static err_t script_step(struct script *script)
{
    uint64_t what = random_below(10), n = random_below(SCRIPT), pages = 1 + random_below(9), align = random_below(4);
    struct region *region;
    err_t err;
    if (what < 5) {
        err = region_alloc(&map, pages * UNIT, UNIT << align, 0, UINT64_MAX, 1 + pages % 3, &region);
        if (!err) script->held[script->count++] = region->base;
        return err;
    }
    uint64_t at = script->count ? script->held[n % script->count] : BASE;
    if (what < 8) return region_free(&map, at + align * UNIT, pages * UNIT);
    if (what < 9) return region_split(&map, at + align * UNIT, 0);
    return n % 2 ? region_add(&map, BASE + (UNITS + n) * UNIT, pages * UNIT)
                 : region_remove(&map, at + UNIT, pages * UNIT);
}

static void script_start(struct script *script)
{
    state = 77;
    *script = (struct script){0};
    fresh(2 * UNITS);
    assert_int_equal(region_add(&map, BASE, UNITS * UNIT), ERR_OK);
}

/* Everything that the map is, written down. */
static size_t written_down(uint64_t *out)
{
    size_t n = 0;
    out[n++] = map.count;
    out[n++] = map.free_bytes;
    out[n++] = map.hint ? map.hint->base : 0;
    out[n++] = region_largest(&map);
    for (const struct region *region = map.head; region; region = region->next) {
        out[n++] = region->base;
        out[n++] = region->bytes;
        out[n++] = region->kind;
    }
    return n;
}

/* With `left` spare records and no more the step must fail without a trace if it needs more; true: it did. */
static bool step_fails(struct script *script, uint32_t left)
{
    static uint64_t before[8 * UNITS], after[8 * UNITS];
    uint32_t spares = map.spares;
    uint64_t at = state;
    struct script copy = *script;
    size_t n = written_down(before);
    map.spares = left;
    err_t err = script_step(script);
    if (err != ERR_NO_MEMORY) return false;
    assert_memory_equal(script, &copy, sizeof copy);
    map.spares = spares;
    state = at;
    assert_int_equal(written_down(after), n);
    assert_memory_equal(before, after, n * sizeof before[0]);
    assert_true(region_check(&map));
    return true;
}

static void test_K17_each_record_missing_once(void **unused)
{
    (void)unused;
    static uint64_t end[8 * UNITS], here[8 * UNITS];
    for (unsigned i = 0; i < 2 * STRATEGY_COUNT; i++) {
        struct script script;
        unsigned failures = 0;
        index_used = model_indices[i & 1][i / 2];
        script_start(&script);
        for (unsigned n = 0; n < SCRIPT; n++)
            script_step(&script);
        size_t length = written_down(end);
        for (unsigned failing = 0; failing < SCRIPT; failing++) {
            for (uint32_t left = 0; left < REGION_SPARES; left++) {
                script_start(&script);
                for (unsigned n = 0; n < failing; n++)
                    script_step(&script);
                if (!step_fails(&script, left)) break;
                failures++;
                for (unsigned n = failing; n < SCRIPT; n++)
                    script_step(&script);
                assert_int_equal(written_down(here), length);
                assert_memory_equal(here, end, length * sizeof end[0]);
            }
        }
        assert_in_range(failures, SCRIPT / 4, 2 * SCRIPT);
    }
}

/* Memory of records comes back while regions are described in it, unless the others are too few. */
static void test_records_are_given_back(void **unused)
{
    (void)unused;
    static uint64_t before[8 * UNITS], after[8 * UNITS];
    for (unsigned i = 0; i < 2 * STRATEGY_COUNT; i++) {
        index_used = model_indices[i & 1][i / 2];
        fresh(8);
        char *more = (char *)records + 8 * record_bytes;
        region_refill(&map, more, 40 * record_bytes);
        assert_int_equal(region_add(&map, BASE, UNITS * UNIT), ERR_OK);
        for (unsigned at = 0; at < 40; at += 2)
            assert_int_equal(region_alloc_at(&map, BASE + at * UNIT, UNIT, 1 + at % 5, 0), ERR_OK);
        size_t n = written_down(before);
        assert_int_equal(region_reclaim(&map, more, 40 * record_bytes), ERR_NO_MEMORY);
        assert_int_equal(written_down(after), n);
        assert_memory_equal(before, after, n * sizeof before[0]);
        region_refill(&map, more + 40 * record_bytes, 41 * record_bytes);
        assert_int_equal(region_reclaim(&map, more, 40 * record_bytes), ERR_OK);
        memset(more, 0xa5, 40 * record_bytes);
        assert_int_equal(map.count + map.spares, 8 + 41);
        assert_int_equal(written_down(after), n);
        assert_memory_equal(before, after, n * sizeof before[0]);
        assert_true(region_check(&map));
        for (unsigned at = 0; at < 40; at += 2)
            assert_int_equal(region_free(&map, BASE + at * UNIT, UNIT), ERR_OK);
        assert_int_equal(map.count, 1);
        assert_int_equal(region_reclaim(&map, more + 40 * record_bytes, 41 * record_bytes), ERR_OK);
        assert_int_equal(map.spares, 7);
        assert_true(region_check(&map));
    }
}

static void test_free_regions_by_size(void **unused)
{
    (void)unused;
    static const uint64_t expected[STRATEGY_COUNT] = {0, 30, 10, 90};
    for (unsigned i = 0; i < 2 * STRATEGY_COUNT; i++) {
        struct region *region;
        index_used = model_indices[i & 1][i / 2];
        fresh(32);
        /* free: 0-3, 10-11, 30-33, 90-99; what was allocated last: 20-24 */
        region_add(&map, BASE, 4 * UNIT);
        region_add(&map, BASE + 10 * UNIT, 2 * UNIT);
        region_add(&map, BASE + 20 * UNIT, 5 * UNIT);
        region_add(&map, BASE + 30 * UNIT, 4 * UNIT);
        region_add(&map, BASE + 90 * UNIT, 10 * UNIT);
        assert_int_equal(region_largest(&map), 10 * UNIT);
        assert_int_equal(region_fragmentation(&map), 60);
        assert_int_equal(region_alloc(&map, 5 * UNIT, 0, BASE + 20 * UNIT, BASE + 25 * UNIT, 1, &region), ERR_OK);
        assert_int_equal(region_alloc(&map, 2 * UNIT, 0, 0, UINT64_MAX, 1, &region), ERR_OK);
        assert_int_equal((region->base - BASE) / UNIT, expected[i / 2]);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_random_against_model),
        cmocka_unit_test(test_K17_no_spare_records),
        cmocka_unit_test(test_K4_overflow),
        cmocka_unit_test(test_split_keeps_attributes),
        cmocka_unit_test(test_K17_each_record_missing_once),
        cmocka_unit_test(test_records_are_given_back),
        cmocka_unit_test(test_free_regions_by_size),
    };
    return cmocka_run_group_tests(tests, 0, 0);
}
