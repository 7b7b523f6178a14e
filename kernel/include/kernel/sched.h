/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The scheduler: eight fixed priorities (0 highest), round robin within one, and
 * deadlines in a heap. It decides who runs; arch/ switches. Nothing in here runs
 * with interrupts on, and no step takes longer than the logarithm of the dispatchers.
 *
 * A dispatcher is in its ready queue exactly if its state is READY and it is not core.current.
 */
#ifndef KERNEL_SCHED_H
#define KERNEL_SCHED_H

#include <arch/timer.h>
#include <kernel/dispatcher.h>
#include <stdbool.h>
#include <stdint.h>

#define SCHED_PRIORITIES 8

/* core.wanted is set when somebody with a higher priority than core.current became ready, core.current stopped being
 * ready or has got a signal, or its slice ended: kernel exit then goes through sched_pick(). */

/* Make a NEW, BLOCKED or PAUSED dispatcher READY: into the queue, out of the deadline heap. */
void sched_ready(struct dcb *dcb);
/* core.current goes on later: to the tail of its queue. */
void sched_yield(void);
/* Block core.current until it is woken, or until `deadline` (CNTVCT; 0: none). */
void sched_block(struct dcb *dcb, uint64_t deadline);
/* It no longer waits for its deadline. */
void sched_timeout_cancel(struct dcb *dcb);
/* Take it off the processor and out of all queues; its new state is `state` (PAUSED or STOPPED). */
void sched_remove(struct dcb *dcb, uint8_t state);
/* Change the priority, in whatever queue it is. */
void sched_priority(struct dcb *dcb, uint8_t priority);

/* core.current loses the processor now: what it has used goes onto its account. */
static inline void sched_account(struct dcb *old, uint64_t now)
{
    old->ticks += now - core.since;
    core.since = now;
}

/* core.current, which has just blocked, gives the processor and the rest of its slice to `to`, which was BLOCKED without
 * a deadline: `to` is core.current afterwards, and sched_pick() is not needed. */
static inline void sched_switch(struct dcb *from, struct dcb *to)
{
    sched_account(from, timer_now());
    to->state = DISP_STATE_READY;
    to->slice_end = from->slice_end;
    to->messages++;
    core.current = to;
}

/* True if a ready dispatcher has a priority strictly higher than `priority` (a smaller number). */
static inline bool sched_outranked(uint8_t priority)
{
    return (core.ready & ((1u << priority) - 1)) != 0;
}

/* Wake whose deadline has passed, at most a fixed number at a time, and end a used-up slice. Called on
 * the timer's interrupt with the time it is. */
void sched_timer(uint64_t now);

/* The next dispatcher to run, already out of its queue and made core.current with its slice set; 0: none is ready. */
struct dcb *sched_pick(uint64_t now);

/* Who would be picked if nobody runs; NULL: nobody is ready. */
struct dcb *sched_first(void);

/* When the timer must fire for what sched knows, as CNTVCT; 0: never. */
uint64_t sched_next_event(void);

/* For KINFO_COUNTS, KINFO_IDLE. */
extern uint64_t sched_dispatches; /* without those by sched_switch() */
extern uint64_t sched_idle_ticks;

#endif
