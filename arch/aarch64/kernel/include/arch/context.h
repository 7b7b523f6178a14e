/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A dispatcher's registers: what user space may put into them, and how an upcall starts. PSTATE at EL0
 * keeps the condition flags only: AArch64, EL0t, interrupts on, no single step.
 */
#ifndef ARCH_CONTEXT_H
#define ARCH_CONTEXT_H

#include <abi/dispatcher.h>

#define PSTATE_USER_BITS 0xf0000000u /* N Z C V */

/* Copy registers from memory that a process may write, each word once, and make them harmless. */
static inline void context_from_user(struct regs *to, const volatile struct regs *from)
{
    for (unsigned i = 0; i < 31; i++) {
        to->x[i] = from->x[i];
    }
    to->sp = from->sp;
    to->pc = from->pc;
    to->pstate = from->pstate & PSTATE_USER_BITS;
    to->tpidr = from->tpidr;
}

/* Every register 0 but pc and sp: then the caller sets what the upcall defines. */
static inline void context_clear(struct regs *regs, uint64_t pc, uint64_t sp)
{
    for (unsigned i = 0; i < 31; i++) {
        regs->x[i] = 0;
    }
    regs->sp = sp;
    regs->pc = pc;
    regs->pstate = 0;
    regs->tpidr = 0;
}

#endif
