/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * mem's decisions: which addresses a request gets and whose account it goes on; what comes back, and to whom it is
 * credited; totals that always add up. Pure: the capability operations are main.c's.
 */
#ifndef MEM_MEMORY_H
#define MEM_MEMORY_H

#include "accounts.h"
#include <regions/regions.h>

/* Records that only what comes back may use: whatever is freed is taken, and gives room for more. The last two of them are for the
 * block that becomes more records. */
#define MEMORY_RECORDS_KEPT 16

#define MEMORY_USED                                                                                                    \
    1 /* kind of a region that was handed out; tag: the account's number; attributes: pages that came back, see memory_free */

struct memory {
    struct region_map map;
    struct account_table accounts;
    const struct account *own; /* whose blocks become records: they may use the last ones */
    uint64_t ram;              /* bytes that exist here, free or not */
    uint64_t kept;             /* of the free ones, kept back for services */
    uint64_t used;
    uint64_t blocks;
};

void memory_init(struct memory *memory, const struct region_index *index, struct account *accounts, uint32_t capacity,
                 uint64_t kept);

/* RAM that exists and is free. As region_add. */
err_t memory_add(struct memory *memory, paddr_t base, uint64_t bytes);

/* A range that is all free goes to another core: it does not exist here any more. As region_remove. */
err_t memory_give(struct memory *memory, paddr_t base, uint64_t bytes);

/*
 * A block for an account, within [first, last]. ERR_ARGUMENT: 0 bytes, or an alignment that is not a power of two; ERR_ALIGNMENT: not
 * a multiple of 4096; ERR_QUOTA; ERR_NO_MEMORY: no such block; ERR_AGAIN: no records left but those that are kept.
 */
err_t memory_alloc(struct memory *memory, struct account *account, uint64_t bytes, uint64_t align, paddr_t first,
                   paddr_t last, paddr_t *base);

/* Exactly this range, which must be free (what was handed out before mem started). */
err_t memory_alloc_at(struct memory *memory, struct account *account, paddr_t base, uint64_t bytes);

/* [base, base + bytes) came back; its owners are credited. ERR_NO_REGION: some of it was not handed out (nothing is done). Takes
 * no memory: if there are no records for what is left of a block, it is free, and credited, when all of it has come back. */
err_t memory_free(struct memory *memory, paddr_t base, uint64_t bytes);

/*
 * What processes that are no more had allocated and has not come back, in order of addresses from `*from` on: up to `most` ranges; looks at
 * LEFTOVERS_LOOK regions at most. *from: where to go on, 0: that was all.
 */
#define LEFTOVERS_LOOK 512
struct mem_range;
uint32_t memory_leftovers(struct memory *memory, paddr_t *from, struct mem_range *ranges, uint32_t most);

#endif
