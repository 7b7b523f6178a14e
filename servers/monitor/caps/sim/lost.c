/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A core that is lost: two operations on memory that three cores share, of any kind, and after any number of messages one of the cores
 * answers no more. Then everybody else's operations end, with an error if they needed it, no invariant is broken (what
 * the lost core holds counts, as it holds it for ever), and memory of others goes on as if nothing had happened.
 */
#include "lost.h"
#include "world.h"
#include <stdio.h>

#define CORES 3
#define MESSAGES 28 /* more than two operations take */

static struct world world;
static uint32_t alive;

static bool act(unsigned kind, coreid_t core, unsigned a, unsigned b, unsigned c)
{
    struct action action = {.kind = kind, .core = core, .a = a, .b = b, .c = c, .low = 0, .pages = REGION};
    if (kind == ACT_RETYPE) action.pages = 1;
    return world_apply(&world, &action);
}

/* One thing of the machine's; false: there is nothing to do. */
static bool machine_step(void)
{
    static unsigned turn;
    for (unsigned n = 0; n < CORES * CORES; n++) {
        turn = (turn + 1) % (CORES * CORES);
        coreid_t core = turn % CORES;
        if (!(alive & core_bit(core))) continue;
        if (act(ACT_DELIVER, core, turn / CORES, 0, 0) || act(ACT_NOTE, core, 0, 0, 0)) return true;
        for (unsigned a = 0; a < PROCS + PAGES; a++) {
            if (act(ACT_REAP, core, a, 0, 0)) return true;
        }
    }
    return false;
}

static const char *settle(void)
{
    unsigned steps = 0;
    while (machine_step() && steps++ < 2000) {
        const char *wrong = world_check(&world);
        if (wrong != NULL) return wrong;
    }
    return steps < 2000 ? world_check(&world) : "it does not come to rest";
}

/* Core 0 has a region whose home is core 2, and both others have copies; core 1 is the home of the other regions. */
static const char *begin(void)
{
    alive = (1u << CORES) - 1;
    world_start(&world, CORES, alive);
    for (unsigned region = 0; region < REGIONS; region++)
        world_home(&world, region, region == 0 ? 2 : 1);
    struct fake_slot cap = {.type = RAM, .base = 0, .pages = REGION, .block = 0, .block_pages = REGION};
    slot_fill(&world.kernel[0], slot_named(&world.kernel[0], 0, 0), &cap);
    for (unsigned page = 0; page < REGION; page++)
        world.used[page] = 1;
    for (coreid_t to = 1; to < CORES; to++) {
        act(ACT_SEND, 0, 0, 0, to);
        const char *wrong = settle();
        if (wrong != NULL) return wrong;
    }
    return NULL;
}

/* What a process of core `core` does with its copy. */
static void operation(unsigned what, coreid_t core)
{
    static const unsigned kinds[LOST_OPERATIONS] = {ACT_SEND, ACT_GIVE, ACT_RETYPE, ACT_REVOKE, ACT_DELETE};
    bool away = kinds[what] == ACT_SEND || kinds[what] == ACT_GIVE;
    act(kinds[what], core, 0, 1, away ? (core + 1) % CORES : kinds[what] == ACT_RETYPE ? FRAME : 1);
}

/* Whoever is left tries again, on the same memory and on other. */
static const char *go_on(unsigned what, coreid_t core)
{
    const char *wrong;
    operation(what, core);
    wrong = settle();
    if (wrong == NULL) wrong = world_check_quiet(&world);
    if (wrong != NULL || !(alive & core_bit(1)) || REGIONS < 2) return wrong;
    act(ACT_ALLOC, core, 0, 1, 1);
    act(ACT_DELETE, core, 1, 0, 0);
    wrong = settle();
    return wrong != NULL ? wrong : world_check_quiet(&world);
}

static const char *lose(coreid_t core)
{
    alive &= ~core_bit(core);
    world_lose(&world, core);
    const char *wrong = settle();
    return wrong != NULL ? wrong : world_check_quiet(&world);
}

static const char *run(unsigned first, unsigned second, unsigned messages, coreid_t lost)
{
    const char *wrong = begin();
    if (wrong != NULL) return wrong;
    operation(first, 0);
    operation(second, 1);
    for (unsigned i = 0; i < messages; i++)
        machine_step();
    wrong = lose(lost);
    for (coreid_t core = 0; core < CORES && wrong == NULL; core++) {
        if (core != lost) wrong = go_on(first, core);
    }
    return wrong;
}

const char *lost_run(unsigned first, unsigned second)
{
    static char text[160];
    for (unsigned messages = 0; messages < MESSAGES; messages++) {
        for (coreid_t lost = 0; lost < CORES; lost++) {
            const char *wrong = run(first, second, messages, lost);
            if (wrong == NULL) continue;
            snprintf(text, sizeof(text), "operations %u and %u, core %u is lost after %u messages: %s", first, second,
                     lost, messages, wrong);
            return text;
        }
    }
    return NULL;
}
