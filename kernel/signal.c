/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Telling a dispatcher that something has happened: bits and .pending in its frame, and it becomes runnable. Stands below
 * all that has something to tell (interrupts, messages, dispatchers that end) and never fails.
 */
#include <arch/memory.h>
#include <kernel/dispatcher.h>
#include <kernel/sched.h>

void dispatcher_notify(struct dcb *dcb)
{
    if (dcb->state == DISP_STATE_STOPPED || dcb->frame == NULL) {
        return;
    }
    dcb->frame->pending = 1;
    if (dcb->state == DISP_STATE_BLOCKED) {
        sched_ready(dcb);
    }
    if (dcb == core.current) {
        core.wanted = true;
    }
}

void dispatcher_signal(struct dcb *dcb, unsigned bit)
{
    if (dcb->state == DISP_STATE_STOPPED || dcb->frame == NULL) {
        return;
    }
    dcb->frame->signals[bit / 64] |= 1ull << (bit % 64);
    dcb->frame->signal_summary |= 1ull << (bit / 64);
    dispatcher_notify(dcb);
}

void endpoint_signal(const struct cap *endpoint)
{
    if (endpoint->kind == CAP_ENDPOINT) {
        dispatcher_signal(phys_to_virt(endpoint->base), endpoint->badge % DISP_SIGNALS);
    }
}
