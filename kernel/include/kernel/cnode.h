/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Zombies: CNodes and dispatchers that no capability names any more and that still hold capabilities. The last
 * capability stays, marked CAP_ZOMBIE, in a slot of the object itself, and the monitor empties it in steps.
 */
#ifndef KERNEL_CNODE_H
#define KERNEL_CNODE_H

#include <kernel/cap.h>

/*
 * The work that one call may do, in units of about 150 instructions: so that it stays under the 10,000 that the ABI promises. An
 * empty slot that is visited counts one, a capability that is deleted four, eight page-table entries one more.
 */
#define STEP_UNITS 64

static inline unsigned cap_delete_units(const struct cap *cap)
{
    if (cap->kind == CAP_NULL) return 1;
    return cap->kind == CAP_MAPPING ? 4 + MAPPING_COUNT(cap->detail) / 8 : 4;
}

static inline void budget_spend(unsigned *budget, const struct cap *cap)
{
    unsigned units = cap_delete_units(cap);
    *budget -= units < *budget ? units : *budget;
}

/* KERNEL_REAP: visit at most `budget` slots. ERR_AGAIN while zombies are left. */
err_t zombie_reap(unsigned budget);

/* Empty this zombie, at most *budget slots, which is counted down. It is gone when the budget is not used up. */
void zombie_step(struct slot *zombie, unsigned *budget);

/*
 * The last capability of a CNode or dispatcher moves from `slot` into the object itself and is queued. A
 * dispatcher (whose embedded slots cspace ... zombie count as its slots) always has room; a CNode only
 * if cnode_last allows it.
 */
void zombie_make(struct slot *slot);

/* Are there any? */
bool zombie_waiting(void);

#endif
