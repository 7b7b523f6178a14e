/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The allocator of capability slots of this process: cptrs of its own CSpace, from L2CNode 1 on. Safe to call
 * from any thread, also from dispatcher code (it takes no lock that can block: it runs with the dispatcher disabled).
 *
 * It grows by L2CNodes. A reserve of SLOT_RESERVE slots is kept back for those who refill it (paging asks mem
 * for RAM, which comes in a message, into a slot): slot_alloc() refills when it would touch the reserve, and the
 * refill itself may use the reserve, so that refilling never recurses.
 */
#ifndef CAPS_SLOTS_H
#define CAPS_SLOTS_H

#include <abi/errors.h>
#include <abi/slots.h>
#include <abi/types.h>
#include <stdbool.h>

#define SLOT_RESERVE 24

/* One empty slot. ERR_NO_SLOTS, or what the refill answered. */
err_t slot_alloc(cptr_t *slot);
/* `count` (1-64) consecutive empty slots of one L2CNode. */
err_t slot_alloc_run(unsigned count, cptr_t *first);
/* Back to the allocator; the slot must be empty (see cap_free). Slots of L2CNode 0 are never taken back. */
void slot_free(cptr_t slot);
void slot_free_run(cptr_t first, unsigned count);
/* Never refills, may use the reserve: for fault handlers and for the refill itself. */
err_t slot_alloc_reserved(cptr_t *slot);
/* The same for those who are disabled, and whose memory is backed. */
err_t slot_take(cptr_t *slot);
/* How many are free, those of the reserve as well. */
extern unsigned slots_free_count;
/* Refill if the reserve is touched: for those who took from it, once they may. */
err_t slots_top_up(void);

/* Refill until `count` slots are free besides the reserve, unless another thread is about it. In a thread. */
err_t slots_reserve(unsigned count);

/* Free slots, and slots in all, for `caps` and tests. */
void slots_count(unsigned *free_slots, unsigned *all);

/*
 * Called once by the runtime: L2CNodes 1 .. l2cnodes-1 exist, of which the first `used` slots of L2CNode 1 are
 * taken; the L1CNode has `l1_slots` slots.
 */
void slots_init(unsigned l2cnodes, unsigned used, unsigned l1_slots);
/* Called once after that: so many L2CNodes exist in all; no slot of those that are new is free, or ever will be. */
void slots_taken(unsigned l2cnodes);
/*
 * Called once by paging: `refill` makes L2CNode number `node` (8 KiB of RAM); if the L1CNode has no slot for it but the last, it
 * first makes a larger one and sets *l1_slots. It runs in a thread, enabled, never twice at a time. `yield`: another thread's turn.
 */
void slots_set_refill(err_t (*refill)(unsigned node, unsigned *l1_slots), void (*yield)(void));

/*
 * The first cptr under the last slot of the L1CNode, which never holds an L2CNode of the allocator's: for looking into another CSpace
 * by copying one of its L2CNodes there (lib/spawn). Ask again each time: the L1CNode grows.
 */
cptr_t slots_window(void);

#endif
