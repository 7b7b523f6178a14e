/* SPDX-License-Identifier: BSD-2-Clause */
/* Copies and retypes, one at a time and in batches. */
#include "bench.h"
#include <caps/caps.h>
#include <caps/slots.h>
#include <paging/ram.h>

#define ROUNDS 1000
#define BATCH 64

static void copy_and_delete(cptr_t ram, cptr_t slot)
{
    samples_clear(&bench_samples);
    for (unsigned i = 0; i < ROUNDS; i++) {
        uint32_t start = bench_count();
        err_t err = cap_copy(slot, ram);
        err |= cap_delete(slot);
        samples_add(&bench_samples, start, bench_count());
        BENCH_OK(err);
    }
    samples_print(&bench_samples, "cap_copy_delete", 1);
}

/* The kernel clears what it makes: a page that is made again is clean only in the sense that it was cleared before. */
static void retype_one(cptr_t ram, cptr_t slot)
{
    samples_clear(&bench_samples);
    for (unsigned i = 0; i < ROUNDS; i++) {
        uint32_t start = bench_count();
        err_t err = cap_retype(slot, ram, (i % 64) * PAGE_SIZE, CAP_FRAME, PAGE_SIZE, 1);
        samples_add(&bench_samples, start, bench_count());
        BENCH_OK(err);
        BENCH_OK(cap_delete(slot));
    }
    samples_print(&bench_samples, "retype_4k_clear", 1);
}

/* Without clearing: page-sized RAM out of RAM, the same work but for the memory. */
static void retype_unclean(cptr_t ram, cptr_t slot)
{
    samples_clear(&bench_samples);
    for (unsigned i = 0; i < ROUNDS; i++) {
        uint32_t start = bench_count();
        err_t err = cap_retype_unclean(slot, ram, (i % 64) * PAGE_SIZE, CAP_RAM, PAGE_SIZE, 1);
        samples_add(&bench_samples, start, bench_count());
        BENCH_OK(err);
        BENCH_OK(cap_delete(slot));
    }
    samples_print(&bench_samples, "retype_4k", 1);
}

static void retype_batches(cptr_t ram, cptr_t run)
{
    samples_clear(&bench_samples);
    for (unsigned i = 0; i < ROUNDS / 10; i++) {
        uint32_t start = bench_count();
        err_t err = cap_retype_unclean(run, ram, 0, CAP_RAM, PAGE_SIZE, BATCH);
        uint32_t end = bench_count();
        BENCH_OK(err);
        samples_add_value(&bench_samples, (end - start - bench_overhead) / BATCH);
        BENCH_OK(cap_revoke(ram));
    }
    samples_print(&bench_samples, "retype_4k_batch", BATCH);
}

/* Clearing alone, by steps of CAP_CLEAR over a large object. */
static void clearing(void)
{
    const uint64_t bytes = 1 << 20;
    cptr_t ram, frame;
    uint32_t total = 0;

    BENCH_OK(ram_alloc(bytes, &ram));
    BENCH_OK(slot_alloc(&frame));
    samples_clear(&bench_samples);
    for (unsigned i = 0; i < 50; i++) {
        BENCH_OK(cap_retype_unclean(frame, ram, 0, CAP_FRAME, bytes, 1));
        uint32_t start = bench_count();
        err_t err = cap_clear(frame);
        total = bench_count() - start - bench_overhead;
        BENCH_OK(err);
        samples_add_value(&bench_samples, total / (uint32_t)(bytes / PAGE_SIZE));
        BENCH_OK(cap_delete(frame));
    }
    samples_print(&bench_samples, "zero_4k", 1);
    BENCH_OK(cap_free(ram));
    slot_free(frame);
}

void bench_caps(void)
{
    cptr_t ram, slot, run;

    BENCH_OK(ram_alloc(BATCH * PAGE_SIZE, &ram));
    BENCH_OK(slot_alloc(&slot));
    BENCH_OK(slot_alloc_run(BATCH, &run));
    copy_and_delete(ram, slot);
    retype_one(ram, slot);
    retype_unclean(ram, slot);
    retype_batches(ram, run);
    clearing();
    slot_free_run(run, BATCH);
    slot_free(slot);
    BENCH_OK(cap_free(ram));
}
