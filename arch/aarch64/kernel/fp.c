/* SPDX-License-Identifier: BSD-2-Clause */
/* Lazy switching of FP/SIMD state; see fp.h. */
#include <arch/fp.h>
#include <arch/sysreg.h>
#include <kernel/dispatcher.h>

void fp_save(struct fp_area *area);
void fp_load(const struct fp_area *area);

void fp_take(struct dcb *dcb)
{
    fp_access(true);
    barrier_isb();
    if (core.fp_owner) {
        fp_save(&core.fp_owner->fp);
    }
    fp_load(&dcb->fp); /* of a new dispatcher: zeros */
    core.fp_owner = dcb;
}

void fp_forget(struct dcb *dcb)
{
    if (core.fp_owner == dcb) {
        core.fp_owner = NULL;
    }
}
