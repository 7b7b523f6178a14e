/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * System calls: which one it is, and on which capability. Arguments and results are in the caller's context,
 * x8 is the call word, x9 the invoked capability; see abi/syscall.h. A call may end or lose its caller: from then
 * on its DCB is not touched.
 */
#include <arch/pmu.h>
#include <arch/switch.h>
#include <arch/timer.h>
#include <kernel/capops.h>
#include <kernel/compiler.h>
#include <kernel/cspace.h>
#include <kernel/doorbell.h>
#include <kernel/irq.h>
#include <kernel/kinfo.h>
#include <kernel/leave.h>
#include <kernel/lmp.h>
#include <kernel/sched.h>
#include <kernel/upcall.h>

#define CALL_OP(call) ((unsigned)((call) >> 8 & 0xff))
#define CALL_BLOCKED 0x80000000u /* no error: the caller has blocked or goes on elsewhere, nothing is returned to it */

struct leave syscall_enter(struct dcb *dcb);

static err_t syscall_yield(struct dcb *dcb, const uint64_t *x)
{
    (void)dcb;
    if (x[8] != SYS_YIELD) {
        return ERR_SYSCALL;
    }
    sched_yield();
    return ERR_OK;
}

static err_t syscall_block(struct dcb *dcb, const uint64_t *x)
{
    if (x[8] != SYS_BLOCK) {
        return ERR_SYSCALL;
    }
    if (dcb->frame->disabled == 0) {
        return ERR_NOT_DISABLED;
    }
    dcb->resume = RESUME_UPCALL;
    core.wanted = true;
    if (dcb->frame->pending == 0) {
        sched_block(dcb, x[0]);
    }
    return CALL_BLOCKED;
}

static err_t syscall_resume(struct dcb *dcb, const uint64_t *x)
{
    if (x[8] != SYS_RESUME) {
        return ERR_SYSCALL;
    }
    if (dcb->frame->disabled == 0) {
        return ERR_NOT_DISABLED;
    }
    upcall_resume(dcb);
    lmp_room_made(dcb);
    return CALL_BLOCKED;
}

static OUT_OF_LINE err_t invoke(struct dcb *dcb, uint64_t *x)
{
    struct slot *slot;
    unsigned op = CALL_OP(x[8]);
    if (x[9] > UINT32_MAX) {
        return ERR_ARGUMENT;
    }
    err_t err = cspace_find(&dcb->cspace.cap, x[9], &slot);
    if (err != ERR_OK) {
        return err;
    }
    if (slot->cap.kind >= CAP_VNODE0 && slot->cap.kind <= CAP_VNODE3) {
        return vnode_invoke(&dcb->cspace.cap, slot, op, x);
    }
    switch (slot->cap.kind) {
    case CAP_ARENA:
        return arena_invoke(&dcb->cspace.cap, slot, op, x);
    case CAP_DISPATCHER:
        return dispatcher_invoke(&slot->cap, op, x);
    case CAP_IRQ:
        return irq_invoke(&slot->cap, op, x);
    case CAP_DOORBELL:
        return doorbell_invoke(&slot->cap, op, x);
    case CAP_KERNEL:
        return kernel_invoke(op, x);
    default:
        return slot->cap.flags ? cap_expect(&slot->cap, slot->cap.type) : ERR_CAP_TYPE;
    }
}

/* The calls whose length depends on more than their arguments: how long they take is watched. */
static OUT_OF_LINE err_t syscall_long(struct dcb *dcb, uint64_t *x)
{
    if (x[8] >> 16) {
        return ERR_SYSCALL;
    }
    uint64_t from = pmu_count();
    err_t err = (x[8] & 0xff) == SYS_CAP ? cap_syscall(&dcb->cspace.cap, CALL_OP(x[8]), x) : invoke(dcb, x);
    uint64_t length = pmu_count() - from;
    if (length > kinfo.irq_off_longest) {
        kinfo.irq_off_longest = length;
    }
    return err;
}

static err_t syscall_call(struct dcb *dcb, uint64_t *x)
{
    switch (x[8] & 0xff) {
    case SYS_LMP: {
        err_t err = lmp_syscall(dcb, x);
        return err == ERR_OK && (x[8] >> 16 & LMP_BLOCK) ? CALL_BLOCKED : err;
    }
    case SYS_YIELD:
        return syscall_yield(dcb, x);
    case SYS_BLOCK:
        return syscall_block(dcb, x);
    case SYS_RESUME:
        return syscall_resume(dcb, x);
    case SYS_CAP:
    case SYS_INVOKE:
        return syscall_long(dcb, x);
    default:
        return ERR_SYSCALL;
    }
}

/* The caller has blocked, or goes on elsewhere. */
static OUT_OF_LINE struct leave leave_blocked(struct dcb *dcb)
{
    if (core.wanted) {
        return kernel_leave();
    }
    if (core.current != dcb) {
        switch_to(core.current);       /* straight to the receiver of its message */
        timer_arm(sched_next_event()); /* the sender may have a deadline */
        return (struct leave){core.current, LEAVE_UPCALL};
    }
    return (struct leave){dcb, LEAVE_CONTEXT}; /* SYS_RESUME */
}

struct leave syscall_enter(struct dcb *dcb)
{
    dcb->syscalls++;
    err_t err = syscall_call(dcb, dcb->context.x);
    if (err != ERR_OK) {
        if (err == CALL_BLOCKED) {
            return leave_blocked(dcb);
        }
        kinfo.refused++;
    }
    if (core.current != dcb) {
        return kernel_leave(); /* it has ended */
    }
    dcb->context.x[0] = err;
    if (core.wanted) {
        return kernel_leave();
    }
    return (struct leave){dcb, LEAVE_RETURN};
}
