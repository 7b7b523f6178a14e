/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Page faults: a bare one (upcall, one instruction skipped, resume), and first touches of lazily backed memory with
 * everything that backs it. The bare one replaces this process's fault entry for as long as it runs.
 */
#include "bench.h"
#include <abi/dispatcher.h>
#include <abi/slots.h>
#include <caps/caps.h>
#include <paging/paging.h>
#include <stdio.h>

#define ROUNDS 1000

/* raw.S: an upcall entry that skips the instruction which faulted. */
void fault_skip(void);

static void bare_fault(void)
{
    volatile struct dispatcher_frame *frame = (volatile struct dispatcher_frame *)VADDR_FRAME;
    uint64_t saved = frame->entry_fault;
    vaddr_t va;

    BENCH_OK(paging_reserve(PAGE_SIZE, 0, "bench", &va));
    samples_clear(&bench_samples);
    bench_samples.value[0] = 0;
    for (unsigned i = 0; i < BENCH_SAMPLES; i += PAGE_SIZE / 4) {
        bench_samples.value[i] = 0; /* no other fault may come while the entry is not the library's */
    }
    for (unsigned i = 0; i < ROUNDS; i++) {
        frame->entry_fault = (uint64_t)fault_skip;
        uint32_t start = bench_count();
        __asm__ volatile("ldr wzr, [%0]" ::"r"(va) : "memory");
        uint32_t end = bench_count();
        frame->entry_fault = saved;
        samples_add(&bench_samples, start, end);
    }
    samples_print(&bench_samples, "fault_resume", 1);
    BENCH_OK(paging_unmap(va, PAGE_SIZE));
}

static void touch(const char *key, unsigned pages, bool last)
{
    uint32_t first, end = 0, worst = 0;
    uint64_t total = 0;
    vaddr_t va;

    BENCH_OK(paging_lazy((uint64_t)pages * PAGE_SIZE, 0, "bench", &va));
    first = bench_count();
    for (unsigned i = 0; i < pages; i++) {
        uint32_t start = bench_count();
        *(volatile uint32_t *)(va + (uint64_t)i * PAGE_SIZE) = 1;
        end = bench_count() - start - bench_overhead;
        total += end;
        worst = end > worst ? end : worst;
        if (last && i % 1000 == 999) {
            bench_point(key, i + 1, (bench_count() - first) / 1000);
            first = bench_count();
        }
    }
    /* The mean, not the median: filling the reserve is part of the price, and falls on few of the faults. */
    printf("result %s %u %llu %u instructions\n", key, pages, (unsigned long long)(total / pages), (unsigned)worst);
    fflush(stdout);
    BENCH_OK(paging_unmap(va, (uint64_t)pages * PAGE_SIZE));
}

void bench_fault_series(const char *key, bool all)
{
    touch(key, 1000, !all);
    if (all) {
        touch(key, 5000, false);
        touch(key, 50000, true);
    }
}

void bench_faults(void)
{
    bare_fault();
    bench_fault_series("page_fault", true);
}
