/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A dispatcher's registers: what user space may put into them, and how an upcall starts. PSTATE at EL0
 * keeps the condition flags only: AArch64, EL0t, interrupts on, no single step.
 */
#ifndef ARCH_CONTEXT_H
#define ARCH_CONTEXT_H

#include <abi/dispatcher.h>

#define PSTATE_USER_BITS 0xf0000000u /* N Z C V */

/* All of them, each word read once: what follows sees only the copy. (A structure assignment would call memcpy.) */
static inline void context_copy(struct regs *to, const struct regs *from)
{
    uint64_t *t = (uint64_t *)to;
    const uint64_t *f = (const uint64_t *)from;
#pragma GCC unroll 9
    for (unsigned i = 0; i < sizeof(*to) / sizeof(uint64_t); i += 4) {
        uint64_t a = f[i], b = f[i + 1], c = f[i + 2], d = f[i + 3];
        t[i] = a;
        t[i + 1] = b;
        t[i + 2] = c;
        t[i + 3] = d;
    }
    __asm__ volatile("" ::: "memory");
}

/* Copy registers from memory that a process may write, each word once, and make them harmless. */
static inline void context_from_user(struct regs *to, const struct regs *from)
{
    context_copy(to, from);
    to->pstate &= PSTATE_USER_BITS;
}

/* An upcall defines x0-x11 at most. Every register 0 but pc and sp; then the caller sets what it has to say. */
#define UPCALL_REGISTERS 12
static inline void context_upcall(struct regs *regs, uint64_t pc, uint64_t sp)
{
#pragma GCC unroll 12
    for (unsigned i = 0; i < UPCALL_REGISTERS; i++) {
        regs->x[i] = 0;
    }
    regs->sp = sp;
    regs->pc = pc;
}

/* What context_upcall() left out, for one that is not entered at once: kernel exit clears these by itself. */
static inline void context_complete(struct regs *regs)
{
    for (unsigned i = UPCALL_REGISTERS; i < 31; i++) {
        regs->x[i] = 0;
    }
    regs->pstate = 0;
    regs->tpidr = 0;
}

#endif
