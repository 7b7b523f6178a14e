/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Directed scenarios: what must happen in cases that chance rarely finds, or that break no invariant if they go wrong.
 */
#ifndef CAPS_SIM_SCENARIOS_H
#define CAPS_SIM_SCENARIOS_H

struct scenario {
    const char *name;
    /* NULL, or what is wrong. */
    const char *(*run)(void);
};

extern const struct scenario scenarios[];
extern const unsigned scenario_count;

#endif
