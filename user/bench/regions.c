/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The region library, every index with every strategy, outside of any server: how long an allocation takes with N of them there,
 * without frees (alloc_*) and in the middle of a random mix of sizes and frees (alloc_mix_*); and what is left free after
 * the mix, how scattered it is (fragmentation_*). The lists are mixed up to 10,000 only: beyond, they take an hour.
 */
#include "bench.h"
#include <paging/paging.h>
#include <regions/regions.h>
#include <stdio.h>
#include <string.h>

#define MOST 100000
#define RECORDS (2 * MOST + 100)
#define MIX_LIST 10000
#define FROM 0x100000000ull
#define AT_ONCE 8 /* allocations that make a point */

static const struct {
    const char *name;
    const struct region_index *index;
} indices[] = {
    {"first_list", &region_index_list_first}, {"next_list", &region_index_list_next},
    {"best_list", &region_index_list_best},   {"worst_list", &region_index_list_worst},
    {"first_tree", &region_index_tree_first}, {"next_tree", &region_index_tree_next},
    {"best_tree", &region_index_tree_best},   {"worst_tree", &region_index_tree_worst},
};

static const unsigned counts[] = {1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000, 5000, 10000, 20000, 50000, MOST};
#define COUNTS (sizeof(counts) / sizeof(counts[0]))

static struct region_map map;
static vaddr_t memory;
static uint64_t *held; /* base of each allocation of the mix */
static uint64_t state;

static uint64_t random_below(uint64_t n)
{
    state ^= state << 13;
    state ^= state >> 7;
    state ^= state << 17;
    return state % n;
}

static void fresh(const struct region_index *index, uint64_t bytes)
{
    state = 88172645463325252u;
    region_map_init(&map, index);
    region_refill(&map, (void *)memory, (uint64_t)RECORDS * index->record_bytes);
    BENCH_OK(region_add(&map, FROM, bytes));
}

/* Allocates; the sample is its length, and nothing was found if it is 0. */
static struct region *timed_alloc(uint64_t bytes)
{
    struct region *region = NULL;
    uint32_t start = bench_count();
    err_t err = region_alloc(&map, bytes, PAGE_SIZE, 0, UINT64_MAX, 1, &region);
    uint32_t end = bench_count();

    if (err == ERR_NO_REGION) return NULL;
    BENCH_OK(err);
    samples_add(&bench_samples, start, end);
    return region;
}

static void report(const char *key, unsigned n)
{
    if (n == 100 || n == 1000 || n == 10000 || n == MOST) {
        samples_print(&bench_samples, key, n);
    }
    bench_point(key, n, samples_median(&bench_samples));
}

/* What every strategy makes of equal pages without frees, one beside the other, is made without it: then each is tried. */
static void without_frees(const char *name, const struct region_index *index)
{
    char key[40];

    snprintf(key, sizeof(key), "alloc_%s", name);
    fresh(index, (uint64_t)2 * MOST * PAGE_SIZE);
    for (unsigned i = 0, n = 0; i < COUNTS; i++) {
        for (; n < counts[i]; n++) {
            BENCH_OK(region_alloc_at(&map, FROM + n * PAGE_SIZE, PAGE_SIZE, 1, &map.hint));
        }
        samples_clear(&bench_samples);
        for (unsigned j = 0; j < AT_ONCE; j++, n++) {
            timed_alloc(PAGE_SIZE);
        }
        BENCH_OK(region_free(&map, FROM + counts[i] * PAGE_SIZE, AT_ONCE * PAGE_SIZE));
        n = counts[i];
        report(key, counts[i]);
    }
}

static void free_one(unsigned *live)
{
    unsigned victim = random_below(*live);
    struct region *region = region_find(&map, held[victim]);

    BENCH_OK(region_free(&map, region->base, region->bytes));
    held[victim] = held[--*live];
}

/* Allocations of 1 to 16 pages, one in 16 of 64, in a space of which they need half. */
static void mixed(const char *name, const struct region_index *index, unsigned most)
{
    char key[40];
    unsigned live;

    for (unsigned i = 6; i < COUNTS && counts[i] <= most; i++) {
        unsigned n = counts[i];
        fresh(index, (uint64_t)n * 24 * PAGE_SIZE);
        live = 0;
        samples_clear(&bench_samples);
        for (unsigned step = 0; step < 4 * n; step++) {
            uint64_t pages = random_below(16) ? 1 + random_below(16) : 64;
            bool grow = random_below(10) < (live < n ? 8 : 4) && live < MOST;
            if (step == 4 * n - n / 4) samples_clear(&bench_samples);
            struct region *region = grow ? timed_alloc(pages * PAGE_SIZE) : NULL;
            if (region) {
                held[live++] = region->base;
            } else if (live) {
                free_one(&live);
            }
        }
        snprintf(key, sizeof(key), "alloc_mix_%s", name);
        report(key, n);
        snprintf(key, sizeof(key), "fragmentation_%s", name);
        bench_point(key, n, region_fragmentation(&map));
        if (n == 1000) bench_print(key, n, region_fragmentation(&map), "percent");
    }
}

void bench_regions(void)
{
    uint64_t bytes = (uint64_t)RECORDS * sizeof(struct region_sized);
    uint64_t held_bytes = (MOST * sizeof(*held) + PAGE_MASK) & ~(uint64_t)PAGE_MASK;
    vaddr_t va;

    bytes = (bytes + PAGE_MASK) & ~(uint64_t)PAGE_MASK;
    BENCH_OK(paging_lazy(bytes, 0, "records", &memory));
    BENCH_OK(paging_lazy(held_bytes, 0, "bench", &va));
    held = (uint64_t *)va;
    memset((void *)memory, 0, bytes); /* backed before it counts */
    for (unsigned i = 0; i < sizeof(indices) / sizeof(indices[0]); i++) {
        bool is_list = indices[i].index->record_bytes == sizeof(struct region);
        without_frees(indices[i].name, indices[i].index);
        mixed(indices[i].name, indices[i].index, is_list ? MIX_LIST : MOST);
    }
    BENCH_OK(paging_unmap(va, held_bytes));
    BENCH_OK(paging_unmap(memory, bytes));
}
