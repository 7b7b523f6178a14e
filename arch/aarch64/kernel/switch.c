/* SPDX-License-Identifier: BSD-2-Clause */
/* The rarer half of a switch; see arch/switch.h. */
#include <arch/switch.h>

OUT_OF_LINE struct dcb *switch_slowly(struct dcb *dcb)
{
    mmu_asid_assign(dcb);
    mmu_user_load(dcb);
    return dcb;
}
