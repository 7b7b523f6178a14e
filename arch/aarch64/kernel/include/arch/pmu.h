/* SPDX-License-Identifier: BSD-2-Clause */
/* The unit that stretches with interrupts off are measured in: instructions with CONFIG_BENCH, else ticks of the timer. */
#ifndef ARCH_PMU_H
#define ARCH_PMU_H

#include <arch/sysreg.h>
#include <arch/timer.h>
#include <kernel/compiler.h>
#include <kernel/config.h>
#include <kernel/core.h>

/* Instructions since the kernel was entered; 0 without CONFIG_BENCH, and where there is no counter. */
static ALWAYS_INLINE uint64_t pmu_instructions(void)
{
    return ENABLED(CONFIG_BENCH) && core.counts ? sysreg_read(pmccntr_el0) : 0;
}

static ALWAYS_INLINE uint64_t pmu_count(void)
{
    return ENABLED(CONFIG_BENCH) ? pmu_instructions() : timer_now();
}

#endif
