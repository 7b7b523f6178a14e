/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * FP/SIMD registers change hands only when somebody uses them: a dispatcher that does not own them traps
 * on its first FP instruction after a switch.
 */
#ifndef ARCH_FP_H
#define ARCH_FP_H

#include <arch/sysreg.h>
#include <kernel/compiler.h>
#include <kernel/core.h>

#define CPACR_FPEN (3ull << 20) /* of CPACR_EL1 (D13.2.30): 3 no trap, 0 trap at EL0 and EL1 */

/* Must CPACR_EL1 be looked at before a dispatcher runs? The owner has access, everybody else traps. */
static ALWAYS_INLINE bool fp_concerns(const struct dcb *dcb)
{
    return core.fp_accessible || core.fp_owner == dcb;
}
static ALWAYS_INLINE void fp_access(bool access)
{
    core.fp_accessible = access;
    sysreg_write(cpacr_el1, access ? CPACR_FPEN : 0);
}
/* It ends: what is in the registers is of no use. */
void fp_forget(struct dcb *dcb);

#endif
