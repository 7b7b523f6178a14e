/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The interrupt controller as far as it is the kernel's: this core's CPU interface and
 * its banked registers (v2) or its redistributor (v3), for the timer's interrupt and those that kernels send each other. All else belongs to a user driver.
 */
#ifndef ARCH_GIC_H
#define ARCH_GIC_H

#include <kernel/machine.h>
#include <stdint.h>

#define GIC_INTID(taken) ((taken)&0x3ff) /* of what gic_acknowledge() gives */
#define GIC_SGI_BELL 0
#define GIC_SGI_HALT 1
#define GIC_SGI_COUNT 16
#define GIC_SPURIOUS 1020 /* from here on: no interrupt */

/* NULL, or what is missing. */
const char *gic_start(const struct machine *machine);
/* The number of the interrupt that gic_acknowledge() would take; GIC_SPURIOUS or above: none. */
uint32_t gic_pending(void);
/* Take the pending interrupt with the highest priority: it is active from now on. The interrupt's number and, of one that a
 * core sent, who it was: the other two functions want all of it. */
uint32_t gic_acknowledge(void);
/* Other interrupts may come again (priority drop); this one stays active. */
void gic_drop(uint32_t taken);
/* This one may come again. */
void gic_deactivate(uint32_t taken);
/* What gic_send() wants to interrupt this core. */
uint64_t gic_self(void);
/* Interrupt `sgi` (GIC_SGI_*) to the core of which `target` is. */
void gic_send(uint64_t target, unsigned sgi);

#endif
