/* SPDX-License-Identifier: BSD-2-Clause */
/* The unit that stretches with interrupts off are measured in: instructions with CONFIG_BENCH, else ticks of the timer. */
#ifndef ARCH_PMU_H
#define ARCH_PMU_H

#include <stdint.h>

uint64_t pmu_count(void);
/* Instructions since the kernel was entered; 0 without CONFIG_BENCH. */
uint64_t pmu_instructions(void);

#endif
