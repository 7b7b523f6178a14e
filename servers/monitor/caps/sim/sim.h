/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The randomised simulator.
 */
#ifndef CAPS_SIM_SIM_H
#define CAPS_SIM_SIM_H

#include <stdbool.h>
#include <stdint.h>

/* At least so many actions; the same seed gives the same run. NULL, or what was violated; `explain`: prints the shortest way
 * to it that it can find. */
const char *sim_run(uint64_t steps, uint64_t seed, bool explain);

/* What the last run did. */
extern uint64_t sim_actions;
extern unsigned sim_episodes;

#endif
