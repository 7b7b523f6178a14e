/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Blocks: what ARENA_ALLOC cuts from an arena, and the queue of those that no capability names any more. A
 * freed block is in the MDB as RAM with CAP_FREED, in a slot at the start of its own memory, so that nothing can
 * be made over it before the monitor has drained it.
 */
#ifndef KERNEL_BLOCK_H
#define KERNEL_BLOCK_H

#include <kernel/cap.h>

/* Take the last capability of its object out; frees the block if it was the last in it. */
void block_remove(struct slot *slot);

/* Is the slot's capability the only one of its whole block? */
bool block_is_sole(struct slot *slot);

/* KERNEL_DRAIN: the oldest freed block, or bytes = 0; *more says whether others wait. */
void block_drain(paddr_t *base, uint64_t *bytes, bool *more);

/* Bytes in the queue (KINFO_MEMORY). */
extern uint64_t block_freed_bytes;

/* ARENA_ALLOC: dst is empty. */
err_t arena_alloc(struct slot *dst, struct slot *arena, paddr_t base, uint64_t bytes);

/* CAP_SPLIT: dst is empty. */
err_t block_split(struct slot *dst, struct slot *src, uint64_t offset);

/* Set by the kernel's upper half: called when something turns up for the monitor (freed block or zombie in an
 * empty queue). It sets a signal bit and makes the monitor runnable, nothing else. */
extern void (*monitor_notify)(void);

#endif
