/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Blocks that other cores hold capabilities in, too. A BlockState says so; the monitors agree on who has one (doc/capabilities-across-cores.md),
 * through the KERNEL_SHARED_* invocations, each of which is one entry of servers/monitor/caps/kernel.h.
 */
#ifndef KERNEL_SHARED_H
#define KERNEL_SHARED_H

#include <kernel/cap.h>
#include <kernel/compiler.h>

struct block_state {
    uint64_t base, bytes; /* the block */
    bool fenced, vacant;
};

/* How many BlockStates there are: none, and all questions below are cheap. */
extern unsigned shared_count;
/* They do not count: a system call is made on somebody's behalf by the monitor, which has the block's lock. */
extern bool shared_ignored;

/* Of the block that begins at `base`; NULL: none. */
struct block_state *shared_find(uint64_t base);
/* Of cap's block, made if there is none; NULL: too many. */
struct block_state *shared_make(const struct cap *cap);
/* Others move: pointers to them are void. */
void shared_remove(struct block_state *state);
/* Is anything in the block in the MDB? */
bool shared_is_held(const struct block_state *state);
/* One that is queued as vacant, and no longer is; NULL: none. */
struct block_state *shared_next_vacant(void);

bool shared_has_state(const struct cap *cap);
bool shared_is_fenced(const struct cap *cap);

/* Must what would make a copy or a Mapping in its block be left to the monitor: is the block fenced? */
static ALWAYS_INLINE bool shared_forbids_copies(const struct cap *cap)
{
    return __builtin_expect(shared_count != 0, 0) && shared_is_fenced(cap);
}

/* And what would make something new of its memory, or revoke: is the block shared? */
static inline bool shared_forbids_changes(const struct cap *cap)
{
    return __builtin_expect(shared_count != 0, 0) && shared_has_state(cap);
}

/* Nothing of cap's block is held here any more: if it has a BlockState, that is queued as vacant, and the block is not free. */
bool shared_vacated(const struct cap *cap);

/* shared_invoke.c: KERNEL_SHARED_*. `own`: the monitor's CSpace. */
err_t shared_invoke(const struct cap *own, unsigned op, uint64_t *x);

#endif
