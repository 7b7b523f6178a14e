/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Operations on the address space as a sequence of steps of bounded length, each with the dispatcher disabled. A step that
 * finds the reserve empty answers ERR_AGAIN, has changed nothing, and is repeated after a refill.
 */
#ifndef PAGING_WORK_H
#define PAGING_WORK_H

#include "vspace.h"

#define WINDOW 65536ull          /* no run of lazily backed pages crosses a multiple of it */
#define BLOCK_BYTES (2ull * MIB) /* an entry of an L2 */

/* One operation: what it is about, and how far it is. */
struct work {
    vaddr_t va; /* of what is left */
    vaddr_t end;
    cptr_t frame;
    uint64_t offset;
    uint32_t attributes;
    uint64_t align;
    uint32_t kind;
    uint32_t level; /* 1, 2: blocks of such a table may do; 3: only pages */
    const char *name;
    struct region *region;
};

/* Repeat a step until it does not lack anything. */
err_t work_step(err_t (*step)(struct work *), struct work *work);
/* Repeat a step that goes from work->va upwards until it has come to work->end. */
err_t work_all(err_t (*step)(struct work *), struct work *work);

err_t range_check(vaddr_t va, uint64_t bytes);
err_t attributes_check(uint32_t attributes);

#endif
