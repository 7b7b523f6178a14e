/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Prepares the registers with which a dispatcher is entered. The frame is the process's own memory: whatever it says
 * about addresses is taken as it is (a bad one faults at EL0), PSTATE is not.
 */
#include <arch/context.h>
#include <kernel/upcall.h>

static void upcall_enter(struct dcb *dcb, uint64_t entry, uint64_t sp)
{
    context_upcall(&dcb->context, entry, sp);
    dcb->context.x[0] = dcb->frame->self;
    dcb->upcalls++;
}

static void upcall_run(struct dcb *dcb)
{
    dcb->frame->disabled = 1;
    upcall_enter(dcb, dcb->frame->entry_run, dcb->frame->upcall_sp);
}

enum leave_how upcall_dispatch(struct dcb *dcb)
{
    if (dcb->resume == RESUME_CONTEXT) {
        if (*(volatile uint32_t *)&dcb->frame->disabled) {
            return LEAVE_CONTEXT;
        }
        context_copy(&dcb->frame->enabled, &dcb->context);
        dcb->frame->enabled_saved = 1;
    }
    dcb->resume = RESUME_CONTEXT;
    upcall_run(dcb);
    return LEAVE_UPCALL;
}

bool upcall_fault(struct dcb *dcb, enum fault_class what, uint64_t address, uint64_t esr)
{
    struct dispatcher_frame *frame = dcb->frame;
    uint32_t disabled = *(volatile uint32_t *)&frame->disabled;
    if (disabled > 1) {
        dcb->fault_address = address;
        dcb->fault_esr = esr;
        dcb->fault_pc = dcb->context.pc;
        dispatcher_stop(dcb, EXIT_DOUBLE, 0);
        return false;
    }
    context_copy(disabled ? &frame->trap : &frame->enabled, &dcb->context);
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
    context_from_user(&dcb->context, &dcb->frame->enabled);
    dcb->frame->enabled_saved = 0;
    dcb->frame->disabled = 0;
}
