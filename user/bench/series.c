/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Mapping a series of frames, as programs do (addresses, page tables, their index), with more and more mapped; and at
 * which look the index finds a table then. The keys name the index that is configured.
 */
#include "bench.h"
#include <caps/caps.h>
#include <paging/paging.h>
#include <paging/ram.h>
#include <stdio.h>

#define STEPS 20
#define LOOKS 33

static void map_series(const char *key, cptr_t frame, unsigned pages, unsigned step)
{
    static vaddr_t at[STEPS * 500];
    unsigned n = 0;

    for (unsigned i = 1; i <= STEPS; i++) {
        samples_clear(&bench_samples);
        for (; n < i * step; n++) {
            uint32_t start = bench_count();
            err_t err = paging_map(frame, 0, (uint64_t)pages * PAGE_SIZE, MAP_READ, 0, "bench", &at[n]);
            samples_add(&bench_samples, start, bench_count());
            BENCH_OK(err);
        }
        bench_point(key, n, samples_median(&bench_samples));
        if (i == 1 || i == STEPS) samples_print(&bench_samples, key, n);
    }
    if (pages > 1) {
        uint32_t tables_at[LOOKS];
        paging_index_looks(tables_at, LOOKS);
        for (unsigned i = 1; i < LOOKS; i++)
            bench_point("index_looks_" CONFIG_PAGING_INDEX_NAME, i, tables_at[i]);
    }
    while (n > 0) {
        BENCH_OK(paging_unmap(at[--n], (uint64_t)pages * PAGE_SIZE));
    }
}

void bench_map_series(void)
{
    cptr_t ram, frame;

    BENCH_OK(ram_alloc(128 * PAGE_SIZE, &ram));
    BENCH_OK(cap_retype_new(&frame, ram, 0, CAP_FRAME, 128 * PAGE_SIZE));
    map_series("map_1_" CONFIG_PAGING_INDEX_NAME, frame, 1, 500);
    map_series("map_100_" CONFIG_PAGING_INDEX_NAME, frame, 100, 100);
    BENCH_OK(cap_free(frame));
    BENCH_OK(cap_free(ram));
}
