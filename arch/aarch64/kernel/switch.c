/* SPDX-License-Identifier: BSD-2-Clause */
/* The rarer half of a switch; see arch/switch.h. */
#include <arch/switch.h>

struct dcb *switch_slowly(struct dcb *dcb)
{
    if (mmu_user_is_stale(dcb)) {
        mmu_asid_assign(dcb);
    }
    fp_access(dcb == core.fp_owner);
    mmu_user_load(dcb);
    return dcb;
}
