/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What the two ways of sending a message share: may it go into the receiver's registers, and how it gets there.
 */
#ifndef KERNEL_LMP_DELIVER_H
#define KERNEL_LMP_DELIVER_H

#include <kernel/dispatcher.h>

/* May a message go straight into its registers? */
static inline bool waits_for_message(const struct dcb *dcb)
{
    return dcb->state == DISP_STATE_BLOCKED && dcb->frame->pending == 0 && dcb->frame->entry_message != 0;
}

/* The message's words, and 0 for those it does not have: nothing else of the sender's registers leaves it. */
static inline void copy_words(uint64_t *to, const uint64_t *from, unsigned words)
{
    if (words == 0) {
#pragma GCC unroll 8
        for (unsigned n = 0; n < LMP_WORDS; n++) {
            to[n] = 0;
        }
        return;
    }
#pragma GCC unroll 8
    for (unsigned n = 0; n < LMP_WORDS; n++) {
        uint64_t word = from[n];
        to[n] = n < words ? word : 0;
    }
}

/* Into the registers of a receiver that is blocked: the message upcall. */
static inline void deliver_registers(struct dcb *receiver, const struct cap *endpoint, const uint64_t *x,
                                     unsigned words, cptr_t cap)
{
    struct dispatcher_frame *frame = receiver->frame;
    struct regs *regs = &receiver->context;
    copy_words(regs->x, x, words);
    regs->x[8] = endpoint->badge;
    regs->x[9] = words | (uint64_t)(endpoint->minor & ENDPOINT_RING_MASK) << 8;
    regs->x[10] = cap;
    regs->x[11] = frame->self;
    regs->sp = frame->upcall_sp;
    regs->pc = frame->entry_message;
    frame->disabled = 1;
    receiver->resume = RESUME_CONTEXT;
}

#endif
