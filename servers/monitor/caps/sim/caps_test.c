/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The scenarios, and a short run of the simulator, under sanitizers.
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <cmocka.h>
#include <stdio.h>
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

int main(void)
{
    struct CMUnitTest tests[64] = {{.name = "simulate", .test_func = simulate}};
    for (unsigned i = 0; i < scenario_count; i++) {
        tests[1 + i] = (struct CMUnitTest){
            .name = scenarios[i].name, .test_func = run_scenario, .initial_state = (void *)&scenarios[i]};
    }
    return _cmocka_run_group_tests("caps", tests, 1 + scenario_count, NULL, NULL);
}
