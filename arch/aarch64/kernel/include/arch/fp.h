/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * FP/SIMD registers change hands only when somebody uses them: a dispatcher that does not own them traps
 * on its first FP instruction after a switch.
 */
#ifndef ARCH_FP_H
#define ARCH_FP_H

#include <kernel/core.h>

/* Must CPACR_EL1 be looked at before a dispatcher runs? The owner has access, everybody else traps. */
static inline bool fp_concerns(const struct dcb *dcb)
{
    return core.fp_accessible || core.fp_owner == dcb;
}
void fp_access(bool access);
/* It has trapped: give it the registers. */
void fp_take(struct dcb *dcb);
/* It ends: what is in the registers is of no use. */
void fp_forget(struct dcb *dcb);

#endif
