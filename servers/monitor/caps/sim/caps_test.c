/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The scenarios, and a short run of the simulator, under sanitizers.
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <cmocka.h>
#include <stdio.h>
#include "lost.h"
#include "scenarios.h"
#include "sim.h"

static void run_scenario(void **state)
{
    const struct scenario *scenario = *state;
    const char *wrong = scenario->run();
    if (wrong != NULL) fail_msg("%s", wrong);
}

static void simulate(void **state)
{
    (void)state;
    const char *wrong = sim_run(200000, 4711, true);
    if (wrong != NULL) fail_msg("%s", wrong);
}

static void core_lost(void **state)
{
    (void)state;
    for (unsigned pair = 0; pair < LOST_OPERATIONS * LOST_OPERATIONS; pair++) {
        const char *wrong = lost_run(pair / LOST_OPERATIONS, pair % LOST_OPERATIONS);
        if (wrong != NULL) fail_msg("%s", wrong);
    }
}

int main(void)
{
    struct CMUnitTest tests[64] = {{.name = "simulate", .test_func = simulate},
                                   {.name = "core_lost", .test_func = core_lost}};
    for (unsigned i = 0; i < scenario_count; i++) {
        tests[2 + i] = (struct CMUnitTest){
            .name = scenarios[i].name, .test_func = run_scenario, .initial_state = (void *)&scenarios[i]};
    }
    return _cmocka_run_group_tests("caps", tests, 2 + scenario_count, NULL, NULL);
}
