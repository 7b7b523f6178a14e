/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * FP/SIMD registers change hands only when somebody uses them: a dispatcher that does not own them traps
 * on its first FP instruction after a switch.
 */
#ifndef ARCH_FP_H
#define ARCH_FP_H

#include <stdbool.h>

struct dcb;

extern struct dcb *fp_owner; /* whose values are in the registers; 0: nobody's */
extern bool fp_accessible;    /* what CPACR_EL1 says */

/* Before a dispatcher runs: access for the owner, a trap for everybody else. */
void fp_access(bool access);
static inline void fp_switch(struct dcb *dcb)
{
    bool access = dcb == fp_owner;
    if (__builtin_expect(access != fp_accessible, 0)) {
        fp_access(access);
    }
}
/* It has trapped: give it the registers. */
void fp_take(struct dcb *dcb);
/* It ends: what is in the registers is of no use. */
void fp_forget(struct dcb *dcb);

#endif
