/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The interrupt controller as far as it is the kernel's: this core's CPU interface and
 * its banked registers (v2) or its redistributor (v3), for the timer's interrupt. All else belongs to a user driver.
 */
#ifndef ARCH_GIC_H
#define ARCH_GIC_H

#include <kernel/machine.h>
#include <stdint.h>

#define GIC_SPURIOUS 1020 /* from here on: no interrupt */

/* NULL, or what is missing. */
const char *gic_start(const struct machine *machine);
/* Take the pending interrupt with the highest priority: it is active from now on. */
uint32_t gic_acknowledge(void);
/* Other interrupts may come again (priority drop); this one stays active. */
void gic_drop(uint32_t intid);
/* This one may come again. */
void gic_deactivate(uint32_t intid);

#endif
