/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The exhaustive search: caps_searchN [BUDGET HOME few|more|all LOSSES]. Every state that N cores can reach with BUDGET actions of
 * processes each, in any order, is visited once and checked; breadth first, so that a failure comes with a shortest way to it.
 */
#include "choices.h"
#include "store.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct bound {
    unsigned budget; /* actions of processes on each core */
    coreid_t home;
    enum choice_set set;
    unsigned losses; /* so many cores get lost, at any moment */
};
static const char *const set_names[] = {"few", "more", "all"};
static const char *program;
static uint64_t transitions;
static struct world world, next;
static struct step {
    uint32_t from;
    uint16_t choice;
} * steps;
static uint32_t step_room;

static void step_note(uint32_t state, uint32_t from, unsigned choice)
{
    if (state >= step_room) {
        step_room = step_room == 0 ? 1 << 16 : step_room + step_room / 2;
        steps = realloc(steps, step_room * sizeof(*steps));
        if (steps == NULL) abort();
    }
    steps[state] = (struct step){from, choice};
}

static void way_print(uint32_t state)
{
    if (state == 0) return;
    way_print(steps[state].from);
    store_get(steps[state].from, &next);
    printf("      ");
    action_print(&next, &choices[steps[state].choice]);
}

static const char *check(struct world *at)
{
    world_check_start();
    const char *wrong = world_check(at);
    return wrong != NULL || !world_quiet(at) ? wrong : world_check_quiet(at);
}

static void begin(const struct bound *bound)
{
    store_empty();
    free(steps);
    steps = NULL;
    step_room = 0;
    choices_start(&world, bound->budget, bound->home, bound->set, bound->losses);
    next = world;
}

/* Everything that can happen in `state`. NULL, or what is wrong; *at: where. */
static const char *expand(uint32_t state, uint32_t *at)
{
    bool moves = false, changed = false, new;
    store_get(state, &world);
    for (unsigned choice = 0; choice < choice_count; choice++) {
        if (changed) store_get(state, &world);
        changed = choice_apply(&world, &choices[choice]);
        if (!changed) continue;
        moves |= choices[choice].kind > ACT_ARENA && choices[choice].kind != ACT_LOSE;
        transitions++;
        *at = store_add(&world, &new);
        if (!new &&world_wrong == NULL) continue;
        if (new) step_note(*at, state, choice);
        const char *wrong = check(&world);
        if (wrong != NULL) return wrong;
    }
    if (changed) store_get(state, &world);
    *at = state;
    return moves || world_quiet(&world) ? NULL : "nothing goes on, and not everything is done";
}

static bool search(const struct bound *bound)
{
    uint32_t at;
    bool new;
    begin(bound);
    store_add(&world, &new);
    transitions = 0;
    for (uint32_t state = 0; state < store_count(); state++) {
        const char *wrong = expand(state, &at);
        if (wrong == NULL) continue;
        printf("%s: VIOLATED after %u states: %s\n", program, store_count(), wrong);
        way_print(at);
        return false;
    }
    printf(
        "%s: %d cores, %u actions each (%s), home %u, lost %u: %u states, %lu transitions, %lu MiB, nothing violated\n",
        program, DCAP_CORES, bound->budget, set_names[bound->set], bound->home, bound->losses, store_count(),
        transitions, (unsigned long)(store_bytes() + step_room * sizeof(*steps)) >> 20);
    fflush(stdout);
    return true;
}

static const struct bound usual[] = {
#if DCAP_CORES == 2
    {2, 0, CHOICES_ALL, 0}, {2, 1, CHOICES_ALL, 0}, {3, 0, CHOICES_MORE, 0},
    {2, 0, CHOICES_ALL, 1}, {2, 1, CHOICES_ALL, 1},
#else
    {1, 0, CHOICES_ALL, 0},
    {2, 0, CHOICES_FEW, 0},
    {1, 0, CHOICES_ALL, 1},
    {1, 2, CHOICES_ALL, 1},
#endif
};

/* And, with SOAK: */
static const struct bound longer[] = {
#if DCAP_CORES == 2
    {3, 1, CHOICES_MORE, 0},
#else
    {1, 2, CHOICES_ALL, 0},
    {2, 2, CHOICES_FEW, 0},
#endif
};

static bool search_all(const struct bound *bounds, unsigned count)
{
    for (unsigned i = 0; i < count; i++) {
        if (!search(&bounds[i])) return false;
    }
    return true;
}

int main(int argc, char **argv)
{
    program = strrchr(argv[0], '/') != NULL ? strrchr(argv[0], '/') + 1 : argv[0];
    if (argc == 5) {
        struct bound bound = {atoi(argv[1]), atoi(argv[2]), CHOICES_FEW, atoi(argv[4])};
        while (bound.set < CHOICES_ALL && strcmp(set_names[bound.set], argv[3]) != 0)
            bound.set++;
        bool good = search(&bound);
        printf("%u choices\n", choice_count);
        return !good;
    }
    bool good = search_all(usual, sizeof(usual) / sizeof(*usual));
    if (good && getenv("SOAK") != NULL) good = search_all(longer, sizeof(longer) / sizeof(*longer));
    return !good;
}
