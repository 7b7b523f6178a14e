/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * 2 MiB of this process's address space with page tables but no pages, far above what lib/paging hands out, to map
 * things in by hand.
 */
#ifndef BENCH_CORNER_H
#define BENCH_CORNER_H

#include <abi/errors.h>
#include <abi/types.h>

#define CORNER_ENTRY 255 /* of the root */

struct corner {
    cptr_t ram;
    cptr_t level1, level2, table; /* VNodes; table is the last */
    cptr_t hung[3];               /* their Mappings */
    cptr_t frame;                 /* 4 KiB */
    vaddr_t base;                 /* what entry 0 of `table` translates */
};

err_t corner_new(struct corner *corner);
void corner_free(struct corner *corner);

#endif
