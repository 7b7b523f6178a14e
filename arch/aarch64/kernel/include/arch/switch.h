/* SPDX-License-Identifier: BSD-2-Clause */
/* Address space and FP access follow the dispatcher that has just become core.current. Returns its argument. */
#ifndef ARCH_SWITCH_H
#define ARCH_SWITCH_H

#include <arch/fp.h>
#include <arch/mmu.h>
#include <kernel/compiler.h>

/* The same if it needs an ASID. */
struct dcb *switch_slowly(struct dcb *dcb);

static ALWAYS_INLINE struct dcb *switch_to(struct dcb *dcb)
{
    if (fp_concerns(dcb)) {
        fp_access(dcb == core.fp_owner);
    }
    if (__builtin_expect(mmu_user_is_stale(dcb), 0)) {
        return switch_slowly(dcb);
    }
    mmu_user_load(dcb);
    return dcb;
}

#endif
