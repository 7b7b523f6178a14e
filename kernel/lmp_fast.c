/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The short path of a message; see lmp.h for when it may be taken. Every instruction here counts twice in a call and its
 * reply.
 */
#include <arch/switch.h>
#include <kernel/cspace.h>
#include <kernel/lmp.h>
#include <kernel/lmp_deliver.h>
#include <kernel/sched.h>

struct dcb *lmp_fast(struct dcb *sender)
{
    const uint64_t *x = sender->context.x;
    unsigned words = x[8] >> 8 & 0xff;
    if (words > LMP_WORDS || (x[9] >> 31 | x[10] | x[11]) != 0) {
        return NULL;
    }
    struct slot *slot;
    if (!cspace_slot(&sender->cspace.cap, x[9], &slot) || slot->cap.kind != CAP_ENDPOINT) {
        return NULL;
    }
    struct dcb *receiver = phys_to_virt(slot->cap.base);
    if (!waits_for_message(receiver) || heap_contains(&receiver->timeout) ||
        receiver->ring[slot->cap.minor & ENDPOINT_RING_MASK].slots == 0) {
        return NULL;
    }
    /* Nobody outranks the sender, else it would not run. */
    if (receiver->priority > sender->priority && sched_outranked(receiver->priority)) {
        return NULL;
    }
    if (sender->frame->disabled == 0 || sender->frame->pending != 0 || sender->has_waiters) {
        return NULL;
    }
    slot->cap.sent++;
    deliver_registers(receiver, &slot->cap, x, words, 0);
    sender->resume = RESUME_UPCALL;
    sender->state = DISP_STATE_BLOCKED;
    sender->syscalls++;
    sched_switch(sender, receiver);
    return switch_to(receiver);
}
