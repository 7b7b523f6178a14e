/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * All actions of the small world that the search explores. A process puts what is new into its first empty slot, or into its
 * CNode: which of two empty slots it takes makes no difference.
 */
#include "choices.h"

struct action choices[CHOICES_MAX];
unsigned choice_count;

static enum choice_set chosen;
static unsigned losses_most;

static bool is_chosen(const struct action *action)
{
    bool few = chosen == CHOICES_FEW;
    switch (action->kind) {
    case ACT_MOVE:
    case ACT_MAP:
    case ACT_SPLIT:
    case ACT_KILL:
    case ACT_ALLOC:
        return false;
    case ACT_RETYPE:
        if (few && action->pages != (action->c == FRAME ? REGION : 1)) return false;
        return action->low == 0 && action->c != CNODE;
    case ACT_REVOKE:
        return action->c == 1;
    case ACT_SEND:
    case ACT_GIVE:
        return action->a < ROOT && action->b < ROOT && (!few || action->b == 1);
    default:
        return action->a < ROOT && action->b < ROOT;
    }
}

static void add(struct action action)
{
    if (action.kind <= ACT_ARENA && chosen != CHOICES_ALL && !is_chosen(&action)) return;
    choices[choice_count++] = action;
}

/* Each kind of action that goes from name a to name b. */
static void add_pairs(unsigned core, unsigned proc, unsigned cores, unsigned a, unsigned b)
{
    struct action action = {.core = core, .proc = proc, .a = a, .b = b};
    if (a != b) {
        action.kind = ACT_COPY;
        add(action);
        action.kind = ACT_MAP;
        add(action);
        action.kind = ACT_SPLIT;
        action.low = 1;
        add(action);
        action.kind = ACT_RETYPE;
        for (action.c = RAM; action.c <= CNODE; action.c++) {
            for (action.low = 0; action.low < REGION; action.low++) {
                for (action.pages = 1; action.low + action.pages <= REGION; action.pages++)
                    add(action);
            }
        }
    }
    for (unsigned kind = ACT_SEND; kind <= ACT_GIVE; kind++) {
        for (unsigned to = 0; to < cores; to++) {
            if (to != core) add((struct action){.kind = kind, .core = core, .proc = proc, .a = a, .b = b, .c = to});
        }
    }
}

static void add_core(unsigned core, unsigned cores)
{
    for (unsigned proc = 0; proc < PROCS; proc++) {
        for (unsigned a = 0; a < NAMES; a++) {
            for (unsigned b = 0; b < NAMES; b++)
                add_pairs(core, proc, cores, a, b);
            add((struct action){.kind = ACT_DELETE, .core = core, .proc = proc, .a = a});
            add((struct action){.kind = ACT_REVOKE, .core = core, .proc = proc, .a = a});
            add((struct action){.kind = ACT_REVOKE, .core = core, .proc = proc, .a = a, .c = 1});
        }
        add((struct action){.kind = ACT_KILL, .core = core, .proc = proc});
        add((struct action){.kind = ACT_ALLOC, .core = core, .proc = proc, .pages = REGION});
    }
    for (unsigned a = 0; a < PROCS + PAGES; a++)
        add((struct action){.kind = ACT_REAP, .core = core, .a = a});
    for (unsigned from = 0; from < cores; from++)
        add((struct action){.kind = ACT_DELIVER, .core = core, .a = from});
    add((struct action){.kind = ACT_NOTE, .core = core});
    if (losses_most != 0) add((struct action){.kind = ACT_LOSE, .core = core});
}

void choices_start(struct world *world, unsigned budget, coreid_t home, enum choice_set set, unsigned losses)
{
    world_start(world, DCAP_CORES, (1u << DCAP_CORES) - 1);
    world_home(world, 0, home);
    struct fake_slot cap = {.type = RAM, .base = 0, .pages = REGION, .block = 0, .block_pages = REGION};
    slot_fill(&world->kernel[0], &world->kernel[0].root[0][0], &cap);
    for (unsigned page = 0; page < REGION; page++)
        world->used[page] = 1;
    for (coreid_t core = 0; core < DCAP_CORES; core++)
        world->kernel[core].budget = budget;
    chosen = set;
    losses_most = losses;
    choice_count = 0;
    for (unsigned core = 0; core < DCAP_CORES; core++)
        add_core(core, DCAP_CORES);
}

/* Is b the process's first empty root slot, or a slot of a CNode? */
static bool canonical(struct fake_kernel *kernel, unsigned proc, unsigned b)
{
    for (unsigned name = 0; b < ROOT && name < b; name++) {
        if (kernel->root[proc][name].type == NOTHING) return false;
    }
    return true;
}

bool choice_apply(struct world *world, const struct action *action)
{
    struct fake_kernel *kernel = &world->kernel[action->core];
    if (action->kind <= ACT_ARENA) {
        bool local = action->kind != ACT_SEND && action->kind != ACT_GIVE;
        bool makes = action->kind != ACT_DELETE && action->kind != ACT_REVOKE && action->kind != ACT_KILL;
        if (kernel->budget == 0 || (local && makes && !canonical(kernel, action->proc, action->b))) return false;
    }
    if (action->kind == ACT_LOSE && (unsigned)__builtin_popcount(world->lost) >= losses_most) return false;
    if (!world_apply(world, action)) return false;
    if (action->kind <= ACT_ARENA) kernel->budget--;
    return true;
}
