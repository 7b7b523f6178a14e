/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Checks the checkers: caps_mutants [STEPS [MUTANT]]. Each seeded bug must be caught by a scenario or within so many actions of the
 * simulator; a line for each says by what. Without one, all must pass.
 */
#include "scenarios.h"
#include "sim.h"
#include "../mutants.h"
#include <stdio.h>
#include <stdlib.h>

#define STEPS 3000000

enum dcap_mutant dcap_mutant;

#define MUTANT_TEXT(name, text) {#name, text},
static const struct {
    const char *name, *text;
} mutants[] = {{"NONE", "no bug"}, DCAP_MUTANTS(MUTANT_TEXT)};

/* Who catches it, NULL: nobody. *wrong: what they see. */
static const char *caught_by(uint64_t steps, const char **wrong)
{
    for (unsigned i = 0; i < scenario_count; i++) {
        *wrong = scenarios[i].run();
        if (*wrong != NULL) return scenarios[i].name;
    }
    *wrong = sim_run(steps, 1, false);
    return *wrong != NULL ? "simulator" : NULL;
}

int main(int argc, char **argv)
{
    uint64_t steps = argc > 1 ? strtoull(argv[1], NULL, 0) : STEPS;
    unsigned first = argc > 2 ? atoi(argv[2]) : MUTANT_NONE, last = argc > 2 ? first : MUTANT_COUNT - 1, bad = 0;
    for (unsigned i = first; i <= last; i++) {
        const char *wrong;
        dcap_mutant = i;
        const char *who = caught_by(steps, &wrong);
        bool good = (who != NULL) == (i != MUTANT_NONE);
        bad += !good;
        printf("[ %s ] %-18s %s\n", good ? "      OK" : " FAILED ", mutants[i].name, mutants[i].text);
        if (who != NULL) printf("%32s by %s: %s\n", "", who, wrong);
    }
    printf("caps_mutants: %u of %u as they should be\n", last - first + 1 - bad, last - first + 1);
    return bad != 0;
}
