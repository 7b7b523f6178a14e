/* SPDX-License-Identifier: BSD-2-Clause */
/* Lazy switching of FP/SIMD state; see fp.h. CPACR_EL1.FPEN (D13.2.30): 3 no trap, 0 trap at EL0 and EL1. */
#include <arch/fp.h>
#include <arch/sysreg.h>
#include <kernel/dispatcher.h>

#define CPACR_FPEN (3ull << 20)

struct dcb *fp_owner;
bool fp_accessible; /* CPACR_EL1 is 0 from cpu_start() on */

void fp_save(struct fp_area *area);
void fp_load(const struct fp_area *area);

void fp_access(bool access)
{
    fp_accessible = access;
    sysreg_write(cpacr_el1, access ? CPACR_FPEN : 0);
}

void fp_take(struct dcb *dcb)
{
    fp_access(true);
    barrier_isb();
    if (fp_owner) {
        fp_save(&fp_owner->fp);
    }
    fp_load(&dcb->fp); /* of a new dispatcher: zeros */
    fp_owner = dcb;
}

void fp_forget(struct dcb *dcb)
{
    if (fp_owner == dcb) {
        fp_owner = NULL;
    }
}
