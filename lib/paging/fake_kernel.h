/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A kernel for the host test of paging: slots, page tables and physical pages as the real one keeps them, and assertions
 * that paging never does what the real one would refuse, or use a page twice.
 */
#ifndef FAKE_KERNEL_H
#define FAKE_KERNEL_H

#include <abi/types.h>
#include <stdbool.h>

#define FAKE_FRAME_SLOT 50 /* first of the frames that a test may map */
#define FAKE_FRAMES 8      /* the last two lie at a multiple of 1 GiB, the others at none of 2 MiB */
#define FAKE_FRAME_PAGES 1500
#define FAKE_LARGE_FRAME (FAKE_FRAME_SLOT + FAKE_FRAMES - 1)
#define FAKE_LARGE_PAGES (3ull << 18) /* 3 GiB */

struct fake_page {
    bool mapped;
    bool ram; /* a page of RAM, number `page`; else of frame `frame` */
    uint32_t frame;
    uint64_t page;
    uint32_t attributes;
    uint32_t level; /* of the table whose entry it is */
};

void fake_start(void);
struct fake_page fake_translate(vaddr_t va);
/* Pages of RAM that are mapped, or are a table or CNode. */
uint64_t fake_pages_used(void);
extern unsigned fake_ram_failures; /* the next so many allocations fail */
extern uint64_t fake_refuse;       /* that call from now on which could be refused is, once; 0: none */
#define FAKE_REFUSAL ERR_BUSY
extern uint64_t fake_blocks; /* that exist */
extern uint64_t fake_calls;

#endif
