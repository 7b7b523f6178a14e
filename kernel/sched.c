/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Ready queues, deadlines, time slices: who runs next. See sched.h for the contract.
 */
#include <arch/timer.h>
#include <kernel/assert.h>
#include <kernel/sched.h>

#define WAKE_BATCH 16 /* deadlines handled by one timer interrupt; the next one fires at once for the rest */

struct core core = {.generation = 1};
uint64_t sched_dispatches;
uint64_t sched_idle_ticks;

static struct list ready_queue[SCHED_PRIORITIES] = {
    LIST_INIT(ready_queue[0]), LIST_INIT(ready_queue[1]), LIST_INIT(ready_queue[2]), LIST_INIT(ready_queue[3]),
    LIST_INIT(ready_queue[4]), LIST_INIT(ready_queue[5]), LIST_INIT(ready_queue[6]), LIST_INIT(ready_queue[7]),
};
static struct heap deadlines;

static void queue_insert(struct dcb *dcb)
{
    list_insert(&ready_queue[dcb->priority], &dcb->ready);
    core.ready |= 1u << dcb->priority;
    dcb->queued = true;
}

static void queue_remove(struct dcb *dcb)
{
    list_remove(&dcb->ready);
    if (list_empty(&ready_queue[dcb->priority])) {
        core.ready &= ~(1u << dcb->priority);
    }
    dcb->queued = false;
}

void sched_timeout_cancel(struct dcb *dcb)
{
    if (heap_contains(&dcb->timeout)) {
        heap_remove(&deadlines, &dcb->timeout);
    }
    dcb->deadline = 0;
}

void sched_ready(struct dcb *dcb)
{
    assert(dcb->state != DISP_STATE_READY && dcb->state != DISP_STATE_STOPPED);
    sched_timeout_cancel(dcb);
    dcb->state = DISP_STATE_READY;
    if (dcb == core.current) {
        return; /* woken before it has left the processor */
    }
    queue_insert(dcb);
    if (core.current == NULL || dcb->priority < core.current->priority) {
        core.wanted = true;
    }
}

void sched_yield(void)
{
    if ((core.ready & ((2u << core.current->priority) - 1)) != 0) {
        core.current->slice_end = 0;
        core.wanted = true;
    }
}

void sched_block(struct dcb *dcb, uint64_t deadline)
{
    assert(dcb->state == DISP_STATE_READY);
    dcb->state = DISP_STATE_BLOCKED;
    dcb->deadline = deadline;
    if (deadline != 0) {
        heap_insert(&deadlines, &dcb->timeout, deadline);
    }
    core.wanted = true;
}

void sched_remove(struct dcb *dcb, uint8_t state)
{
    sched_timeout_cancel(dcb);
    if (dcb->queued) {
        queue_remove(dcb);
    }
    dcb->state = state;
    if (dcb == core.current) {
        core.wanted = true;
    }
}

void sched_priority(struct dcb *dcb, uint8_t priority)
{
    bool queued = dcb->queued;
    if (queued) {
        queue_remove(dcb);
    }
    dcb->priority = priority;
    if (queued) {
        queue_insert(dcb);
    }
    core.wanted = true;
}

void sched_timer(uint64_t now)
{
    for (unsigned n = 0; n < WAKE_BATCH && deadlines.root != NULL && deadlines.root->key <= now; n++) {
        sched_ready(list_entry(deadlines.root, struct dcb, timeout));
    }
    if (core.current != NULL && now >= core.current->slice_end) {
        core.current->slice_end = 0;
        core.wanted = true;
    }
}

struct dcb *sched_first(void)
{
    if (core.ready == 0) return NULL;
    return list_entry(ready_queue[__builtin_ctz(core.ready)].next, struct dcb, ready);
}

/*
 * The one that runs goes to the tail of its queue if its slice is used up, else it goes
 * on unless somebody outranks it.
 */
struct dcb *sched_pick(uint64_t now)
{
    core.wanted = false;
    struct dcb *old = core.current;
    if (old != NULL) {
        sched_account(old, now);
    } else {
        core.since = now;
    }
    if (old != NULL && old->state == DISP_STATE_READY) {
        if (old->slice_end != 0 && !sched_outranked(old->priority)) {
            return old;
        }
        if (old->slice_end != 0) {
            /* outranked: first again among its equals, with what is left of its slice */
            list_insert(ready_queue[old->priority].next, &old->ready);
            core.ready |= 1u << old->priority;
            old->queued = true;
        } else {
            queue_insert(old);
        }
    }
    struct dcb *next = sched_first();
    if (next == NULL) {
        core.current = NULL;
        return NULL;
    }
    queue_remove(next);
    if (next->slice_end <= now) {
        next->slice_end = now + timer_slice;
    }
    core.current = next;
    sched_dispatches++;
    next->dispatches++;
    return next;
}

/* A slice ends even if nobody else waits: the process may have other threads to run. */
uint64_t sched_next_event(void)
{
    uint64_t next = deadlines.root == NULL ? 0 : deadlines.root->key;
    if (core.current != NULL && (next == 0 || core.current->slice_end < next)) {
        next = core.current->slice_end;
    }
    return next;
}
