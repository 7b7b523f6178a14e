/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The count of retired instructions, on machines and with kernels (CONFIG_BENCH) that let programs read it. It runs over all
 * processes of the core.
 */
#ifndef SHELL_PMU_H
#define SHELL_PMU_H

#include <stdbool.h>
#include <stdint.h>

/* The count's low 32 bits; false: it cannot be read here. */
bool pmu_instructions(uint32_t *count);

#endif
