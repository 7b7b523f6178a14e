/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Upcalls: how a dispatcher is entered. Each prepares dcb->context from what the dispatcher frame says; the
 * kernel's exit loads it. The caller has seen that dcb->frame is there.
 */
#ifndef KERNEL_UPCALL_H
#define KERNEL_UPCALL_H

#include <kernel/dispatcher.h>

/* What the exception was, for upcall_fault(). */
enum fault_class {
    FAULT_PAGE, /* data or instruction abort */
    FAULT_TRAP, /* anything else */
};

/* How the kernel's exit loads the context; vectors.S knows these values. */
enum leave_how {
    LEAVE_RETURN = 0,  /* the dispatcher's own system call returns; x19-x28, sp, pc, ... are still in the processor */
    LEAVE_CONTEXT = 1, /* everything from the context */
    LEAVE_UPCALL = 2,  /* x0-x11, sp and pc from the context, everything else 0 */
};

/* The dispatcher, READY, gets the processor: context becomes what it will run (run upcall, or as interrupted). */
enum leave_how upcall_dispatch(struct dcb *dcb);

/* dcb->context (all registers saved) took an exception: to its handler (LEAVE_UPCALL), or it ends (EXIT_DOUBLE): false. */
bool upcall_fault(struct dcb *dcb, enum fault_class what, uint64_t address, uint64_t esr);

/* SYS_RESUME: context becomes what the enabled save area holds. */
void upcall_resume(struct dcb *dcb);

#endif
