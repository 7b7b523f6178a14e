/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * One page mapped and unmapped where the tables are present: in this process's own address space, in a corner of
 * it that the library leaves alone.
 */
#include "bench.h"
#include "corner.h"
#include <caps/caps.h>
#include <caps/slots.h>

#define ROUNDS 1000

void bench_mapping(void)
{
    static struct samples unmaps;
    struct corner corner;
    cptr_t mapping;

    BENCH_OK(corner_new(&corner));
    BENCH_OK(slot_alloc(&mapping));
    samples_clear(&bench_samples);
    samples_clear(&unmaps);
    for (unsigned i = 0; i < ROUNDS; i++) {
        uint32_t start = bench_count();
        err_t err = vnode_map(corner.table, corner.frame, 0, i % 512, 1, MAP_READ | MAP_WRITE, mapping);
        samples_add(&bench_samples, start, bench_count());
        BENCH_OK(err);
        *(volatile uint32_t *)(corner.base + i % 512 * PAGE_SIZE) = i; /* it is in the TLB */
        start = bench_count();
        err = vnode_unmap(corner.table, mapping);
        samples_add(&unmaps, start, bench_count());
        BENCH_OK(err);
    }
    samples_print(&bench_samples, "map_4k", 1);
    samples_print(&unmaps, "unmap_4k", 1);
    slot_free(mapping);
    corner_free(&corner);
}
