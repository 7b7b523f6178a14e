/* SPDX-License-Identifier: BSD-2-Clause */
/* Lazy switching of FP/SIMD state: see fp.h, and vectors.S for the trap. */
#include <arch/fp.h>
#include <arch/fp_offsets.h>
#include <kernel/dispatcher.h>

_Static_assert(CORE_FP_ACCESSIBLE == offsetof(struct core, fp_accessible), "fp_offsets.h");
_Static_assert(CORE_FP_OWNER == offsetof(struct core, fp_owner), "fp_offsets.h");
_Static_assert(DCB_FP == offsetof(struct dcb, fp), "fp_offsets.h");

void fp_forget(struct dcb *dcb)
{
    if (core.fp_owner == dcb) {
        core.fp_owner = NULL;
    }
}
