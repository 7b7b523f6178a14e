/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The simulator as a program: caps_sim [STEPS [SEED]]. Without arguments it does 50 million actions, or 500 million if SOAK is set in the
 * environment. Says how often each interleaving was reached; one that never was is a failure.
 */
#include "sim.h"
#include "world.h"
#include <stdio.h>
#include <stdlib.h>

int main(int argc, char **argv)
{
    uint64_t steps = argc > 1 ? strtoull(argv[1], NULL, 0) : getenv("SOAK") != NULL ? 500000000 : 50000000;
    uint64_t seed = argc > 2 ? strtoull(argv[2], NULL, 0) : 1;
    unsigned missed = 0;
    if (sim_run(steps, seed, true) != NULL) return 1;
    for (unsigned i = 0; i < COVER_COUNT; i++) {
        printf("%12lu  %s\n", world_covered[i], world_cover_names[i]);
        missed += world_covered[i] == 0;
    }
    printf("caps_sim: %lu actions in %u episodes from seed %lu, nothing violated; %u of %d interleavings missed; at "
           "most %u "
           "messages in a channel\n",
           sim_actions, sim_episodes, seed, missed, COVER_COUNT, world_deepest);
    return missed != 0;
}
