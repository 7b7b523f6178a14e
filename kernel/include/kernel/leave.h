/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The way out of the kernel: who runs now, with what registers and address space; or nobody, and the core
 * sleeps in here until an interrupt brings somebody something to do.
 */
#ifndef KERNEL_LEAVE_H
#define KERNEL_LEAVE_H

#include <kernel/dispatcher.h>

/* What vectors.S gets back. */
struct leave {
    struct dcb *dcb;
    uint64_t all; /* 0: dcb's own system call returns; 1: load all registers */
};

/* After anything that may have changed who should run. */
struct dcb *kernel_leave(void);

/* dcb_current has just been switched to, its context is complete: address space and FP access follow. */
void kernel_switch(struct dcb *dcb);

/* Take what interrupts are pending; the caller then leaves. */
void kernel_interrupt(void);

/* Load all registers of dcb_current and go to EL0 (vectors.S). */
void kernel_enter(struct dcb *dcb) __attribute__((noreturn));

#endif
