/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The randomised simulator. It plays episodes, each with its own number of cores, homes and habits, with
 * all invariants checked after every action; at the end of an episode everything comes to rest and must add up. The same
 * seed gives the same run. A run that fails is cut down to the actions that it needs, and those are printed.
 */
#include "sim.h"
#include "world.h"
#include <stdio.h>
#include <string.h>

#define EPISODE 6000
#define SETTLE 20000 /* actions that coming to rest may take */

uint64_t sim_actions;
unsigned sim_episodes;

static struct world world;
static uint64_t random_state;

static uint32_t random_next(void)
{
    random_state = random_state * 6364136223846793005u + 1442695040888963407u;
    return random_state >> 33;
}

static unsigned random_below(unsigned limit)
{
    return (uint64_t)random_next() * limit >> 31;
}

/* How an episode behaves. */
static struct {
    unsigned cores, up, homes[REGIONS];
    unsigned slow;     /* a core whose messages wait, or cores: none */
    unsigned slowness; /* and how much */
    unsigned deliver;  /* of 100 actions: messages */
    uint8_t weights[ACT_ARENA + 1];
    unsigned weight;
} habits;

static void episode_begin(uint64_t seed)
{
    random_state = seed * 0x9e3779b97f4a7c15u + 1;
    random_next();
    habits.cores = 2 + random_below(random_below(3) == 0 ? DCAP_CORES - 1 : 3);
    habits.slow = random_below(2) == 0 ? random_below(habits.cores) : habits.cores;
    habits.slowness = 2 << random_below(6);
    habits.deliver = 20 + random_below(65);
    static const uint8_t usual[] = {12, 3, 6, 8, 4, 5, 2, 14, 8, 1, 8, 1};
    habits.weight = 0;
    for (unsigned i = 0; i <= ACT_ARENA; i++) {
        habits.weights[i] = 1 + (usual[i] << random_below(4)) / 4;
        habits.weight += habits.weights[i];
    }
    habits.up = random_below(3) == 0 ? 1 | random_next() % (1u << habits.cores) : (1u << habits.cores) - 1;
    for (unsigned region = 0; region < REGIONS; region++) {
        do
            habits.homes[region] = random_below(habits.cores);
        while (!(habits.up & core_bit(habits.homes[region])));
    }
}

static void episode_world(void)
{
    world_start(&world, habits.cores, habits.up);
    for (unsigned region = 0; region < REGIONS; region++)
        world_home(&world, region, habits.homes[region]);
}

static void choose_process(struct action *action)
{
    unsigned pick = random_below(habits.weight), kind = 0;
    while (pick >= habits.weights[kind])
        pick -= habits.weights[kind++];
    *action = (struct action){.kind = kind,
                              .core = random_below(habits.cores),
                              .proc = random_below(PROCS),
                              .a = random_below(4) != 0 ? random_below(ROOT) : random_below(NAMES),
                              .b = random_below(4) != 0 ? random_below(ROOT) : random_below(NAMES),
                              .low = random_below(3) == 0 ? random_below(REGION) : 0,
                              .pages = 1 + random_below(REGION)};
    switch (kind) {
    case ACT_RETYPE:
        action->c = RAM + random_below(3);
        if (action->c == CNODE) action->pages = 1;
        break;
    case ACT_REVOKE:
        action->c = random_below(2);
        break;
    case ACT_SEND:
    case ACT_GIVE:
        action->c = random_below(habits.cores);
        action->low = random_below(PROCS);
        break;
    case ACT_ALLOC:
    case ACT_ARENA:
        action->c = random_below(REGIONS);
        action->core = world.owner[action->c];
        if (kind == ACT_ARENA) action->b = random_below(habits.cores);
        break;
    default:
        break;
    }
}

static void choose(struct action *action, bool rest)
{
    unsigned pick = random_below(100);
    *action = (struct action){.core = random_below(habits.cores)};
    if (pick < habits.deliver || (rest && pick < 80)) {
        unsigned slow = habits.slow;
        action->kind = ACT_DELIVER;
        action->a = random_below(habits.cores);
        if ((action->core == slow || action->a == slow) && random_below(habits.slowness) != 0 && !rest)
            action->kind = ACT_KINDS;
    } else if (rest || random_below(6) == 0) {
        action->kind = random_below(3) == 0 ? ACT_REAP : ACT_NOTE;
        action->a = random_below(PROCS + PAGES);
        if (random_below(50) == 0) action->kind = ACT_JOIN;
    } else {
        choose_process(action);
    }
}

static struct action history[EPISODE + SETTLE];
static unsigned recorded;

static const char *episode(uint64_t seed)
{
    struct action action;
    const char *wrong = NULL;
    episode_begin(seed);
    episode_world();
    recorded = 0;
    for (unsigned idle = 0; recorded < EPISODE && wrong == NULL && idle < 100000; idle++) {
        choose(&action, false);
        if (action.kind == ACT_KINDS || !world_apply(&world, &action)) continue;
        history[recorded++] = action;
        wrong = world_check(&world);
        idle = 0;
    }
    for (unsigned tries = 0; wrong == NULL && !world_quiet(&world); tries++) {
        if (recorded == EPISODE + SETTLE || tries == 100 * SETTLE) return "it does not come to rest";
        choose(&action, true);
        if (!world_apply(&world, &action)) continue;
        history[recorded++] = action;
        wrong = world_check(&world);
    }
    return wrong != NULL ? wrong : world_check_quiet(&world);
}

/* Everything that is under way happens, in a fixed order. */
static const char *settle(void)
{
    const char *wrong = NULL;
    for (unsigned round = 0; round < 3000 && wrong == NULL && !world_quiet(&world); round++) {
        for (coreid_t core = 0; core < habits.cores && wrong == NULL; core++) {
            struct action action = {.kind = ACT_NOTE, .core = core};
            if (world_apply(&world, &action)) wrong = world_check(&world);
            for (action.a = 0; action.a < PROCS + PAGES && wrong == NULL; action.a++) {
                action.kind = ACT_REAP;
                if (world_apply(&world, &action)) wrong = world_check(&world);
                action.kind = ACT_DELIVER;
                if (wrong == NULL && action.a < habits.cores && world_apply(&world, &action))
                    wrong = world_check(&world);
            }
        }
    }
    if (wrong != NULL) return wrong;
    return world_quiet(&world) ? world_check_quiet(&world) : "it does not come to rest";
}

/* Play some actions; those that are not possible are left out. */
static const char *replay(const struct action *actions, unsigned count, bool loud)
{
    episode_world();
    for (unsigned i = 0; i < count; i++) {
        struct world *before = &world;
        if (loud) {
            printf("%4u  ", i);
            action_print(before, &actions[i]);
        }
        if (!world_apply(&world, &actions[i])) continue;
        const char *wrong = world_check(&world);
        if (wrong != NULL) return wrong;
    }
    return settle();
}

/* Leave out all that the failure does not need. */
static unsigned shrink(const char *wrong, unsigned count)
{
    static struct action shorter[EPISODE + SETTLE];
    for (unsigned chunk = count; chunk >= 1; chunk /= 2) {
        for (unsigned at = 0; at < count;) {
            unsigned n = chunk < count - at ? chunk : count - at;
            memcpy(shorter, history, at * sizeof(*history));
            memcpy(shorter + at, history + at + n, (count - at - n) * sizeof(*history));
            const char *again = replay(shorter, count - n, false);
            if (again != NULL && strcmp(again, wrong) == 0) {
                count -= n;
                memcpy(history, shorter, count * sizeof(*history));
            } else {
                at += n;
            }
        }
    }
    return count;
}

static void report(const char *wrong, uint64_t seed)
{
    printf("sim: VIOLATED in episode %lu after %u actions: %s\n", seed, recorded, wrong);
    const char *again = replay(history, recorded, false);
    if (again == NULL) return;
    unsigned count = shrink(again, recorded);
    printf("sim: %u actions do it (%u cores, homes", count, habits.cores);
    for (unsigned region = 0; region < REGIONS; region++)
        printf(" %u", habits.homes[region]);
    printf(", up %x):\n", habits.up);
    printf("sim: %s\n", replay(history, count, true));
}

const char *sim_run(uint64_t steps, uint64_t seed, bool explain)
{
    sim_actions = sim_episodes = 0;
    for (; sim_actions < steps; sim_episodes++) {
        const char *wrong = episode(seed + sim_episodes);
        sim_actions += recorded;
        if (wrong == NULL) continue;
        if (explain) report(wrong, seed + sim_episodes);
        return wrong;
    }
    return NULL;
}
