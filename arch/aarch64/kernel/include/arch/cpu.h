/* SPDX-License-Identifier: BSD-2-Clause */
/* The processor itself. */
#ifndef ARCH_CPU_H
#define ARCH_CPU_H

struct dcb;

/* Registers that boot code has not set: what EL0 may see, PAN, FP off. */
void cpu_start(void);
/* "cortex-a53", or "cpu" if it is not one that we know. */
const char *cpu_name(void);

#endif
