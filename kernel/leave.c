/* SPDX-License-Identifier: BSD-2-Clause */
/* See leave.h. The kernel's only loop without end is the idle loop here, with interrupts off: wfi wakes for them anyway. */
#include <arch/gic.h>
#include <arch/switch.h>
#include <arch/timer.h>
#include <kernel/irq.h>
#include <kernel/kinfo.h>
#include <kernel/leave.h>
#include <kernel/lmp.h>
#include <kernel/peers.h>
#include <kernel/sched.h>
#include <kernel/upcall.h>

#define INTERRUPT_BATCH 8 /* more than that come back at once, after the dispatcher has had its turn */

struct wake wakes[KINFO_WAKES];
uint64_t wake_count;

void kernel_interrupt(void)
{
    for (unsigned n = 0; n < INTERRUPT_BATCH; n++) {
        uint32_t taken = gic_acknowledge(), intid = GIC_INTID(taken);
        if (intid >= GIC_SPURIOUS) {
            return;
        }
        gic_drop(taken);
        if (intid == TIMER_INTID) {
            timer_arm(0);
            gic_deactivate(intid);
            sched_timer(timer_now());
        } else if (intid < GIC_SGI_COUNT) {
            gic_deactivate(taken);
            peer_interrupt(intid);
        } else {
            irq_deliver(intid);
        }
    }
}

/* Nothing else pays for knowing why the core woke up. */
static void idle(void)
{
    uint64_t from = timer_now();
    timer_arm(sched_next_event());
    __asm__ volatile("dsb sy\n\twfi" ::: "memory");
    struct wake *wake = &wakes[wake_count++ % KINFO_WAKES];
    wake->ticks = timer_now();
    wake->interrupt = gic_pending();
    sched_idle_ticks += wake->ticks - from;
    kernel_interrupt();
    const struct dcb *woken = sched_first();
    wake->dispatcher = woken != NULL ? (uint32_t)woken->number : 0;
}

struct leave kernel_leave(void)
{
    if (core.current && !core.wanted) {
        timer_arm(sched_next_event());
        return (struct leave){core.current, LEAVE_CONTEXT};
    }
    struct dcb *old = core.current, *dcb;
    if (old) {
        lmp_room_made(old); /* first: nobody may be left to wake when the core goes to sleep */
    }
    bool more = lmp_wake_some();
    while ((dcb = sched_pick(timer_now())) == NULL) {
        if (more) {
            more = lmp_wake_some();
        } else {
            idle();
        }
    }
    timer_arm(more ? 1 : sched_next_event());
    switch_to(dcb);
    return (struct leave){dcb, upcall_dispatch(dcb)};
}
