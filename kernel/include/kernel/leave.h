/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The way out of the kernel: who runs now, with what registers and address space; or nobody, and the core
 * sleeps in here until an interrupt brings somebody something to do.
 */
#ifndef KERNEL_LEAVE_H
#define KERNEL_LEAVE_H

#include <kernel/dispatcher.h>
#include <kernel/upcall.h>

/* What vectors.S gets back. */
struct leave {
    struct dcb *dcb;
    uint64_t how; /* enum leave_how */
};

/* After anything that may have changed who should run. */
struct leave kernel_leave(void);

/* Take what interrupts are pending; the caller then leaves. */
void kernel_interrupt(void);

/* Go to EL0 (vectors.S). */
void kernel_enter(struct leave leave) __attribute__((noreturn));

#endif
