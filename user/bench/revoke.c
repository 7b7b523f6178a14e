/* SPDX-License-Identifier: BSD-2-Clause */
/* Revoking a thousand descendants: copies, frames, mapped frames. The steps that the monitor drives count in. */
#include "bench.h"
#include "corner.h"
#include <caps/caps.h>
#include <caps/slots.h>
#include <paging/ram.h>

#define MANY 1000
#define ROUNDS 5
#define RUN 50 /* slots of one allocation: they lie in one L2CNode */

static cptr_t slots[MANY];

static void revoke_all(const char *key, cptr_t ram, void (*fill)(cptr_t ram))
{
    samples_clear(&bench_samples);
    for (unsigned i = 0; i < ROUNDS; i++) {
        fill(ram);
        uint32_t start = bench_count();
        err_t err = cap_revoke(ram);
        uint32_t end = bench_count();
        BENCH_OK(err);
        samples_add_value(&bench_samples, (end - start - bench_overhead) / MANY);
    }
    samples_print(&bench_samples, key, MANY);
}

static void fill_copies(cptr_t ram)
{
    for (unsigned i = 0; i < MANY; i++) {
        BENCH_OK(cap_copy(slots[i], ram));
    }
}

static void fill_frames(cptr_t ram)
{
    for (unsigned i = 0; i < MANY; i += RUN) {
        BENCH_OK(cap_retype(slots[i], ram, i * PAGE_SIZE, CAP_FRAME, PAGE_SIZE, 16));
        BENCH_OK(cap_retype(slots[i + 16], ram, (i + 16) * PAGE_SIZE, CAP_FRAME, PAGE_SIZE, 16));
        BENCH_OK(cap_retype(slots[i + 32], ram, (i + 32) * PAGE_SIZE, CAP_FRAME, PAGE_SIZE, RUN - 32));
    }
}

static struct corner corner;
static cptr_t mappings[MANY];
static cptr_t tables[2];

static void fill_mapped(cptr_t ram)
{
    fill_frames(ram);
    for (unsigned i = 0; i < MANY; i++) {
        BENCH_OK(vnode_map(tables[i / 512], slots[i], 0, i % 512, 1, MAP_READ, mappings[i]));
    }
}

void bench_revoke(void)
{
    cptr_t ram, second, hung;

    BENCH_OK(ram_alloc((MANY + 24) * PAGE_SIZE, &ram));
    BENCH_OK(corner_new(&corner));
    for (unsigned i = 0; i < MANY; i += RUN) {
        BENCH_OK(slot_alloc_run(RUN, &slots[i]));
        BENCH_OK(slot_alloc_run(RUN, &mappings[i]));
        for (unsigned j = 1; j < RUN; j++) {
            slots[i + j] = slots[i] + j;
            mappings[i + j] = mappings[i] + j;
        }
    }
    revoke_all("revoke_1000_copies", ram, fill_copies);
    revoke_all("revoke_1000_frames", ram, fill_frames);
    tables[0] = corner.table;
    BENCH_OK(ram_alloc(PAGE_SIZE, &second));
    BENCH_OK(cap_retype_new(&tables[1], second, 0, CAP_VNODE3, 0));
    BENCH_OK(slot_alloc(&hung));
    BENCH_OK(vnode_map_table(corner.level2, tables[1], 1, hung));
    revoke_all("revoke_1000_mapped", ram, fill_mapped);
    BENCH_OK(cap_free(hung));
    BENCH_OK(cap_free(tables[1]));
    BENCH_OK(cap_free(second));
    for (unsigned i = 0; i < MANY; i += RUN) {
        slot_free_run(slots[i], RUN);
        slot_free_run(mappings[i], RUN);
    }
    corner_free(&corner);
    BENCH_OK(cap_free(ram));
}
