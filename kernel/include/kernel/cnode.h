/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Zombies: CNodes and dispatchers that no capability names any more and that still hold capabilities. The last
 * capability stays, marked CAP_ZOMBIE, in a slot of the object itself, and the monitor empties it in steps.
 */
#ifndef KERNEL_CNODE_H
#define KERNEL_CNODE_H

#include <kernel/cap.h>

/*
 * The work that one call may do, so that it stays under the 10,000 instructions that the ABI promises. A unit is about 24 of
 * them. See cap_delete_units for what costs how much.
 */
#define STEP_UNITS 368
#define STEP_SLOTS 64   /* all of that, in the units of KERNEL_REAP: at least as many empty slots are visited */
#define STEP_SCANNED 64 /* slots that are looked at to find an empty one */

static inline void budget_spend(unsigned *budget, unsigned units)
{
    *budget -= units < *budget ? units : *budget;
}

/* KERNEL_REAP: `slots` (1 to STEP_SLOTS) is how much of a call's work to do. ERR_AGAIN while zombies are left. */
err_t zombie_reap(unsigned slots);

/* Empty this zombie as far as *budget, in units, goes. It is gone if something is left of that. */
void zombie_step(struct slot *zombie, unsigned *budget);

/*
 * The last capability of a CNode or dispatcher moves from `slot` into the object itself and is queued. A
 * dispatcher (whose embedded slots cspace ... zombie count as its slots) always has room; a CNode only
 * if cnode_last allows it.
 */
void zombie_make(struct slot *slot);

/* The slots that the object of a CNode, Dispatcher or Endpoint (its dispatcher's) has, NULL: it has none. */
struct slot *cap_slots(const struct cap *cap, uint32_t *count);

/* Are there any? */
bool zombie_waiting(void);

#endif
