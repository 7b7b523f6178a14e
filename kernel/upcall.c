/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Prepares the registers with which a dispatcher is entered. The frame is the process's own memory: whatever it says
 * about addresses is taken as it is (a bad one faults at EL0), PSTATE is not.
 */
#include <arch/context.h>
#include <kernel/upcall.h>

/* Copy out what was interrupted, where the process's own dispatcher code finds it. */
static void context_save(struct regs *to, const struct regs *from)
{
    for (unsigned i = 0; i < 31; i++) {
        to->x[i] = from->x[i];
    }
    to->sp = from->sp;
    to->pc = from->pc;
    to->pstate = from->pstate;
    to->tpidr = from->tpidr;
}

static void upcall_enter(struct dcb *dcb, uint64_t entry, uint64_t sp)
{
    context_clear(&dcb->context, entry, sp);
    dcb->context.x[0] = ((volatile struct dispatcher_frame *)dcb->frame)->self;
    dcb->upcalls++;
}

void upcall_run(struct dcb *dcb)
{
    volatile struct dispatcher_frame *frame = dcb->frame;
    frame->disabled = 1;
    upcall_enter(dcb, frame->entry_run, frame->upcall_sp);
}

void upcall_dispatch(struct dcb *dcb)
{
    volatile struct dispatcher_frame *frame = dcb->frame;
    if (dcb->resume == RESUME_CONTEXT) {
        if (frame->disabled) {
            return;
        }
        context_save((struct regs *)&frame->enabled, &dcb->context);
        frame->enabled_saved = 1;
    }
    dcb->resume = RESUME_CONTEXT;
    upcall_run(dcb);
}

bool upcall_fault(struct dcb *dcb, enum fault_class what, uint64_t address, uint64_t esr)
{
    volatile struct dispatcher_frame *frame = dcb->frame;
    uint32_t disabled = frame->disabled;
    if (disabled > 1) {
        dcb->fault_address = address;
        dcb->fault_esr = esr;
        dcb->fault_pc = dcb->context.pc;
        dispatcher_stop(dcb, EXIT_DOUBLE, 0);
        return false;
    }
    context_save((struct regs *)(disabled ? &frame->trap : &frame->enabled), &dcb->context);
    if (disabled) {
        frame->disabled = 2;
        upcall_enter(dcb, frame->entry_disabled_fault, frame->fault_sp);
    } else {
        frame->enabled_saved = 1;
        frame->disabled = 1;
        upcall_enter(dcb, what == FAULT_PAGE ? frame->entry_fault : frame->entry_trap, frame->upcall_sp);
    }
    dcb->context.x[1] = address;
    dcb->context.x[2] = esr;
    return true;
}

void upcall_resume(struct dcb *dcb)
{
    volatile struct dispatcher_frame *frame = dcb->frame;
    context_from_user(&dcb->context, &frame->enabled);
    frame->enabled_saved = 0;
    frame->disabled = 0;
}
