/* SPDX-License-Identifier: BSD-2-Clause */
/* See leave.h. The kernel's only loop without end is the idle loop here, with interrupts off: wfi wakes for them anyway. */
#include <arch/gic.h>
#include <arch/switch.h>
#include <arch/timer.h>
#include <kernel/irq.h>
#include <kernel/leave.h>
#include <kernel/lmp.h>
#include <kernel/peers.h>
#include <kernel/sched.h>
#include <kernel/upcall.h>
#include <kernel/wakes.h>

#define INTERRUPT_BATCH 8 /* more than that come back at once, after the dispatcher has had its turn */

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

static void idle(void)
{
    uint64_t from = timer_now();
    timer_arm(sched_next_event());
    __asm__ volatile("dsb sy\n\twfi" ::: "memory");
    uint64_t now = timer_now();
    sched_idle_ticks += now - from;
    wake_begin(now);
    kernel_interrupt();
    wake_end();
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
