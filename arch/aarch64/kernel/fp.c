/* SPDX-License-Identifier: BSD-2-Clause */
/* Lazy switching of FP/SIMD state; see fp.h. CPACR_EL1.FPEN (D13.2.30): 3 no trap, 0 trap at EL0 and EL1. */
#include <arch/fp.h>
#include <arch/sysreg.h>
#include <kernel/dispatcher.h>

#define CPACR_FPEN (3ull << 20)


void fp_save(struct fp_area *area);
void fp_load(const struct fp_area *area);

void fp_access(bool access)
{
    core.fp_accessible = access;
    sysreg_write(cpacr_el1, access ? CPACR_FPEN : 0);
}

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
