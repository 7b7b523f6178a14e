/* SPDX-License-Identifier: BSD-2-Clause */
/* Retype, copy and delete with more and more capabilities in the kernel's database: page-sized RAM out of blocks of 64. */
#include "bench.h"
#include <caps/caps.h>
#include <caps/slots.h>
#include <paging/ram.h>

#define RUN 64
#define BLOCKS 1563 /* 100,032 capabilities */
#define AROUND 200

static const unsigned counts[] = {100, 1000, 10000, 20000, 50000, 100000};

static struct {
    cptr_t ram, first;
} blocks[BLOCKS];

static void block_make(unsigned i)
{
    BENCH_OK(ram_alloc(RUN * PAGE_SIZE, &blocks[i].ram));
    BENCH_OK(slot_alloc_run(RUN, &blocks[i].first));
    for (unsigned n = 0; n < RUN; n += RUN / 4) {
        BENCH_OK(cap_retype_unclean(blocks[i].first + n, blocks[i].ram, n * PAGE_SIZE, CAP_RAM, PAGE_SIZE, RUN / 4));
    }
}

static void block_free(unsigned i)
{
    for (unsigned n = 0; n < RUN; n++) {
        BENCH_OK(cap_delete(blocks[i].first + n));
    }
    slot_free_run(blocks[i].first, RUN);
    BENCH_OK(cap_free(blocks[i].ram));
}

static void figure(const char *key, unsigned n)
{
    samples_print(&bench_samples, key, n);
    bench_point(key, n, samples_median(&bench_samples));
}

static void measure(unsigned n, cptr_t ram, cptr_t slot)
{
    static struct samples deletes;

    samples_clear(&bench_samples);
    samples_clear(&deletes);
    for (unsigned i = 0; i < AROUND; i++) {
        uint32_t start = bench_count();
        err_t err = cap_retype_unclean(slot, ram, (i % RUN) * PAGE_SIZE, CAP_RAM, PAGE_SIZE, 1);
        samples_add(&bench_samples, start, bench_count());
        BENCH_OK(err);
        start = bench_count();
        err = cap_delete(slot);
        samples_add(&deletes, start, bench_count());
        BENCH_OK(err);
    }
    figure("series_retype", n);
    samples_clear(&bench_samples);
    for (unsigned i = 0; i < AROUND; i++) {
        uint32_t start = bench_count();
        err_t err = cap_copy(slot, blocks[i % 2].first + i % RUN);
        samples_add(&bench_samples, start, bench_count());
        BENCH_OK(err);
        BENCH_OK(cap_delete(slot));
    }
    figure("series_copy", n);
    bench_samples = deletes;
    figure("series_delete", n);
}

void bench_caps_series(void)
{
    unsigned made = 0;
    cptr_t ram, slot;

    BENCH_OK(ram_alloc(RUN * PAGE_SIZE, &ram));
    BENCH_OK(slot_alloc(&slot));
    for (unsigned i = 0; i < sizeof(counts) / sizeof(counts[0]); i++) {
        while (made * RUN < counts[i]) {
            block_make(made++);
        }
        measure(counts[i], ram, slot);
    }
    while (made > 0) {
        block_free(--made);
    }
    slot_free(slot);
    BENCH_OK(cap_free(ram));
}
