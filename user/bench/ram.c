/* SPDX-License-Identifier: BSD-2-Clause */
/* RAM from mem, from the request to the capability, with more and more blocks in use. */
#include "bench.h"
#include <caps/caps.h>
#include <paging/paging.h>
#include <paging/ram.h>

#define MOST 100000
#define AROUND 200 /* requests that make a figure */

static const unsigned counts[] = {100, 1000, 10000, 20000, 50000, MOST};

void bench_ram(void)
{
    uint64_t bytes = ((MOST + 2 * AROUND) * sizeof(cptr_t) + PAGE_MASK) & ~(uint64_t)PAGE_MASK;
    uint32_t first = 0, median = 0;
    unsigned n = 0;
    vaddr_t va;
    cptr_t *ram;

    BENCH_OK(paging_lazy(bytes, 0, "bench", &va));
    ram = (cptr_t *)va;
    for (uint64_t i = 0; i < bytes / sizeof(*ram); i++) {
        ram[i] = 0;
    }
    for (unsigned i = 0; i < sizeof(counts) / sizeof(counts[0]); i++) {
        for (; n + AROUND / 2 < counts[i]; n++) {
            BENCH_OK(ram_alloc(PAGE_SIZE, &ram[n]));
        }
        samples_clear(&bench_samples);
        for (unsigned j = 0; j < AROUND; j++, n++) {
            uint32_t start = bench_count();
            err_t err = ram_alloc(PAGE_SIZE, &ram[n]);
            samples_add(&bench_samples, start, bench_count());
            BENCH_OK(err);
        }
        samples_print(&bench_samples, "alloc_ram", counts[i]);
        median = samples_median(&bench_samples);
        bench_point("alloc_ram", counts[i], median);
        if (first == 0) first = median;
    }
    /* With 100,000 in use as against 100. */
    bench_print("alloc_ram_growth", MOST, (uint64_t)median * 100 / first, "percent");
    while (n > 0) {
        BENCH_OK(cap_free(ram[--n]));
    }
    BENCH_OK(paging_unmap(va, bytes));
}
