/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Capabilities by the number of cores that are up: memory that only this core has anything of, and memory of which every other core gets a
 * copy. The counter counts all cores, so what a transfer costs is what both monitors execute; the number of cores is each figure's n.
 */
#include "bench.h"
#include <caps/caps.h>
#include <caps/slots.h>
#include <idl/monitor.h>
#include <paging/ram.h>
#include <stdio.h>

#define ROUNDS 100
#define PAGES 16
#define TAG 0xbe4c
#define CORES 16

static unsigned cores;

static void figure(struct samples *samples, const char *key)
{
    samples_print(samples, key, cores);
    bench_point(key, cores, samples_median(samples));
}

/* Nobody else has anything of it: no message, whatever the number of cores. */
static void exclusive(void)
{
    cptr_t ram, frame;

    BENCH_OK(ram_alloc(PAGES * PAGE_SIZE, &ram));
    BENCH_OK(slot_alloc(&frame));
    samples_clear(&bench_samples);
    for (unsigned i = 0; i < ROUNDS; i++) {
        uint32_t start = bench_count();
        err_t err = cap_retype(frame, ram, (i % PAGES) * PAGE_SIZE, CAP_FRAME, PAGE_SIZE, 1);
        samples_add(&bench_samples, start, bench_count());
        BENCH_OK(err);
        BENCH_OK(cap_delete(frame));
    }
    figure(&bench_samples, "cores_retype_alone");
    samples_clear(&bench_samples);
    for (unsigned i = 0; i < ROUNDS; i++) {
        BENCH_OK(cap_retype(frame, ram, 0, CAP_FRAME, PAGE_SIZE, 1));
        uint32_t start = bench_count();
        err_t err = cap_revoke(ram);
        samples_add(&bench_samples, start, bench_count());
        BENCH_OK(err);
    }
    figure(&bench_samples, "cores_revoke_alone");
    slot_free(frame);
    BENCH_OK(cap_free(ram));
}

/* Every other core gets a copy, then something is made of it, then all is revoked. */
static void shared(void)
{
    static struct samples first, more, retypes, revokes;
    cptr_t ram, frame;

    BENCH_OK(slot_alloc(&frame));
    for (unsigned i = 0; i < ROUNDS; i++) {
        BENCH_OK(ram_alloc(PAGES * PAGE_SIZE, &ram));
        for (coreid_t core = 1; core < cores; core++) {
            uint32_t start = bench_count();
            err_t err = monitor_post(monitor_default(), core, TAG, ram);
            samples_add(core == 1 ? &first : &more, start, bench_count());
            BENCH_OK(err);
        }
        uint32_t start = bench_count();
        err_t err = cap_retype(frame, ram, 0, CAP_FRAME, PAGE_SIZE, 1);
        samples_add(&retypes, start, bench_count());
        BENCH_OK(err);
        start = bench_count();
        err = cap_revoke(ram);
        samples_add(&revokes, start, bench_count());
        BENCH_OK(err);
        BENCH_OK(cap_free(ram));
    }
    figure(&first, "cores_send_first");
    if (cores > 2) figure(&more, "cores_send_more");
    figure(&retypes, "cores_retype_shared");
    figure(&revokes, "cores_revoke_shared");
    slot_free(frame);
}

/* How long the cores took to come up, one after the other: the counter's ticks, of which emulation makes one each 16 instructions or so. */
static void boot(const struct monitor_core *list)
{
    uint64_t last = 0;
    for (unsigned core = 1; core < cores; core++) {
        bench_print("core_boot", core, list[core].boot_us, "us");
        last += list[core].boot_us;
    }
    bench_print("cores_boot", cores, last, "us");
    bench_point("cores_boot", cores, last);
}

void bench_cores(void)
{
    struct monitor_core list[CORES];
    uint32_t count = 0;

    BENCH_OK(monitor_cores(monitor_default(), 0, list, CORES, &count));
    for (cores = 0; cores < count && list[cores].state == MONITOR_CORE_UP;)
        cores++;
    exclusive();
    if (cores > 1) shared();
    boot(list);
}
