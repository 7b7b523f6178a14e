/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * FP/SIMD registers change hands only when somebody uses them: a dispatcher that does not own them traps
 * on its first FP instruction after a switch.
 */
#ifndef ARCH_FP_H
#define ARCH_FP_H

#include <kernel/core.h>

/* What CPACR_EL1 says must change before a dispatcher runs: access for the owner, a trap for everybody else. */
static inline bool fp_is_wrong(const struct dcb *dcb)
{
    return (dcb == core.fp_owner) != core.fp_accessible;
}
void fp_access(bool access);
/* It has trapped: give it the registers. */
void fp_take(struct dcb *dcb);
/* It ends: what is in the registers is of no use. */
void fp_forget(struct dcb *dcb);

#endif
