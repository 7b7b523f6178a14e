/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Random operations on every index with every strategy, against the naive model, with up to 1,000 regions in use.
 * `regions_fuzz SEED COUNT`: COUNT operations on each of the eight. Where neither alignment nor range is asked for, every
 * index must choose what the model chooses; a list always.
 */
#include "regions_model.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define USED_MAX 1000
#define BASE 0x40000000ull
#define BYTES (1ull << 32)
#define RECORDS 4096
#define PARTS 16 /* of the records, which come and go one by one */

#define MUST(condition)                                                                                                \
    do {                                                                                                               \
        if (!(condition)) fail(#condition, __LINE__);                                                                  \
    } while (0)

static struct model model;
static struct region_map map;
static struct region_sized records[RECORDS];
static enum strategy strategy;
static bool is_tree;
static uint64_t state, operation, tag;
static uint32_t used_goal;
static bool given[PARTS];
static uint32_t given_count;

static _Noreturn void fail(const char *what, int line)
{
    fprintf(stderr, "%s, operation %llu: line %d: %s\n", map.index->name, (unsigned long long)operation, line, what);
    abort();
}

static uint64_t random_below(uint64_t n)
{
    state ^= state << 13;
    state ^= state >> 7;
    state ^= state << 17;
    return state % n;
}

static uint64_t random_bytes(void)
{
    uint64_t most = random_below(8) == 0 ? 64ull << 20 : 1ull << (12 + random_below(8));
    return random_below(16) == 0 ? 1 + random_below(most) : (1 + random_below(most / 4096)) * 4096;
}

static void random_alloc(void)
{
    struct region_want want = {random_bytes(), 1, 0, UINT64_MAX};
    bool exact = !is_tree;
    uint64_t base, hint = map.hint ? map.hint->base : 0;
    struct region *region;
    if (random_below(4) == 0) want.align = 1ull << random_below(34);
    if (random_below(8) == 0) {
        want.first = BASE + random_below(BYTES);
        want.last = want.first + random_below(BYTES / 4);
    }
    exact |= want.align == 1 && want.first == 0;
    uint32_t kind = 1 + (uint32_t)random_below(3);
    bool expected = model_choose(&model, strategy, hint, &want, &base);
    err_t err = region_alloc(&map, want.bytes, want.align, want.first, want.last, kind, &region);
    MUST(err == (expected ? ERR_OK : ERR_NO_REGION));
    if (!expected) return;
    MUST(!exact || region->base == base);
    MUST(region->base >= want.first && region->base + (want.bytes - 1) <= want.last && region->bytes == want.bytes);
    MUST(region->base % want.align == 0);
    region->tag = ++tag;
    MUST(model_take(&model, region->base, want.bytes, kind, tag));
}

static const struct item *random_item(void)
{
    return &model.item[random_below(model.count)];
}

/* A range that begins in some region and mostly ends in it. */
static void random_range(uint64_t *base, uint64_t *bytes)
{
    const struct item *item = random_item();
    *base = item->base;
    *bytes = item->bytes;
    if (random_below(2) == 0) {
        *base += random_below(item->bytes);
        *bytes = 1 + random_below(item->bytes);
    } else if (random_below(8) == 0) {
        *bytes += random_bytes();
    }
}

static void random_elsewhere(void)
{
    uint64_t base, bytes;
    random_range(&base, &bytes);
    switch (random_below(4)) {
    case 0:
        if (bytes > 4 << 20) bytes = 4 << 20;
        MUST((region_remove(&map, base, bytes) == ERR_OK) == model_remove(&model, base, bytes));
        break;
    case 1:
        base = BASE + random_below(BYTES);
        MUST((region_add(&map, base, bytes) == ERR_OK) == model_add(&model, base, bytes));
        break;
    case 2:
        MUST((region_split(&map, base, NULL) == ERR_OK) == model_split(&model, base));
        break;
    default: {
        struct region *region = region_find(&map, base);
        MUST(region != NULL && region->base <= base && region->base + region->bytes > base);
    }
    }
}

/* So many that no operation lacks any, but for the one that takes some of them back. */
#define GIVEN_LEAST (PARTS * 3 / 4)

static void random_records(void)
{
    unsigned part = (unsigned)random_below(PARTS);
    struct region_sized *memory = records + part * (RECORDS / PARTS);
    if (!given[part]) {
        region_refill(&map, memory, RECORDS / PARTS * map.index->record_bytes);
        given_count++;
    } else {
        if (given_count <= GIVEN_LEAST) return;
        MUST(region_reclaim(&map, memory, RECORDS / PARTS * map.index->record_bytes) == ERR_OK);
        memset(memory, 0xa5, RECORDS / PARTS * sizeof(*memory));
        given_count--;
    }
    given[part] = !given[part];
}

static void step(void)
{
    uint64_t base, bytes;
    uint64_t what = random_below(16);
    if (random_below(2000) == 0) used_goal = (uint32_t)random_below(USED_MAX);
    bool room = model.used < used_goal;
    if (what < (room ? 9 : 3)) {
        if (model.used < USED_MAX) random_alloc();
    } else if (what < 14) {
        random_range(&base, &bytes);
        MUST((region_free(&map, base, bytes) == ERR_OK) == model_free(&model, base, bytes));
    } else if (what < 15 && model.used < USED_MAX) {
        struct region *region;
        random_range(&base, &bytes);
        if (bytes > 4 << 20) bytes = 4 << 20;
        bool expected = model_take(&model, base, bytes, 4, tag + 1);
        MUST((region_alloc_at(&map, base, bytes, 4, &region) == ERR_OK) == expected);
        if (expected) region->tag = ++tag;
    } else if (model.count < MODEL_ITEMS / 2) {
        random_elsewhere();
    }
    MUST(model.count == map.count && model.free_bytes == map.free_bytes);
    if (random_below(64) == 0) random_records();
    MUST(map.count + map.spares == given_count * (RECORDS / PARTS));
}

static void run(uint64_t seed, uint64_t count)
{
    state = seed * 0x9e3779b97f4a7c15 + 1;
    model_clear(&model);
    region_map_init(&map, model_indices[is_tree][strategy]);
    memset(given, 0, sizeof(given));
    given_count = 0;
    while (given_count < GIVEN_LEAST)
        random_records();
    MUST(region_add(&map, BASE, BYTES) == ERR_OK && model_add(&model, BASE, BYTES));
    for (operation = 0; operation < count; operation++) {
        if (model.count == 0) MUST(region_add(&map, BASE, BYTES) == ERR_OK && model_add(&model, BASE, BYTES));
        step();
        if (operation % 256 == 0) MUST(model_same(&model, &map));
    }
    MUST(model_same(&model, &map));
}

int main(int argc, char **argv)
{
    uint64_t seed = argc > 1 ? strtoull(argv[1], NULL, 0) : 1;
    uint64_t count = argc > 2 ? strtoull(argv[2], NULL, 0) : 20000;
    for (unsigned i = 0; i < 2 * STRATEGY_COUNT; i++) {
        is_tree = i & 1;
        strategy = (enum strategy)(i / 2);
        run(seed + i, count);
    }
    return 0;
}
