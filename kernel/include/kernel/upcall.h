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

/* The dispatcher, READY, gets the processor: context becomes what it will run (run upcall, or as interrupted). */
void upcall_dispatch(struct dcb *dcb);

/* The run upcall, whatever was in context. */
void upcall_run(struct dcb *dcb);

/* dcb->context (all registers saved) took an exception: to its handler, or it ends (EXIT_DOUBLE). False if it ended. */
bool upcall_fault(struct dcb *dcb, enum fault_class what, uint64_t address, uint64_t esr);

/* SYS_RESUME: context becomes what the enabled save area holds. */
void upcall_resume(struct dcb *dcb);

#endif
