/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Cores, channels, and the actions of the machine itself.
 */
#include "world.h"
#include <stdio.h>
#include <string.h>

const char *world_wrong;
unsigned world_deepest;
err_t world_reply;

void world_start(struct world *world, unsigned cores, uint32_t up)
{
    memset(world, 0, sizeof(*world));
    fake_world = world;
    world->cores = cores;
    world->up = up;
    for (coreid_t core = 0; core < cores; core++)
        dcap_start(&world->monitor[core], &fake_kernel, (void *)(uintptr_t)core, core, up);
    world_wrong = NULL;
    world_check_start();
}

void world_home(struct world *world, unsigned region, coreid_t home)
{
    world->owner[region] = home;
    for (coreid_t core = 0; core < world->cores; core++)
        world->monitor[core].arenas[region] = (struct dcap_arena){region * REGION, REGION, .home = home};
}

static void client_reply(struct world *world, coreid_t core, const struct dcap_message *message)
{
    uint8_t *waiting = &world->kernel[core].waiting[message->client % PROCS];
    if (!*waiting) world_wrong = "a reply that nobody waits for";
    *waiting = 0;
    world_reply = message->error;
    if (message->request == DCAP_DELETE_BELOW && message->error == ERR_OK) {
        const char *wrong = revoke_check(world, core, &message->cap);
        if (wrong != NULL) world_wrong = wrong;
    }
}

void world_send(struct world *world, coreid_t core, struct dcap_outbox *out)
{
    for (unsigned i = 0; i < out->count; i++) {
        const struct dcap_message *message = &out->messages[i];
        if (message->kind == DCAP_REPLY || (world->lost & core_bit(message->to_core))) continue;
        struct channel *channel = &world->channel[core][message->to_core];
        unsigned most = core == message->to_core ? DCAP_SELF_MAX : DCAP_CHANNEL_MAX;
        if (channel->count == most) {
            world_wrong = "a channel overflows";
            return;
        }
        cover_sent(channel, message);
        channel->messages[channel->count++] = *message;
        if (core != message->to_core && channel->count > world_deepest) world_deepest = channel->count;
    }
    /* Replies last: what a revoke has promised must hold with all that is under way. */
    for (unsigned i = 0; i < out->count; i++) {
        if (out->messages[i].kind == DCAP_REPLY) client_reply(world, core, &out->messages[i]);
    }
    world->monitor[core].out = NULL;
}

const struct dcap_message *message_find(const struct world *world, coreid_t from, coreid_t to, unsigned kind, unsigned op)
{
    const struct channel *channel = &world->channel[from][to];
    for (unsigned i = 0; i < channel->count; i++) {
        if (channel->messages[i].kind == kind && channel->messages[i].op == op) return &channel->messages[i];
    }
    return NULL;
}

static bool deliver(struct world *world, coreid_t from, coreid_t to)
{
    struct channel *channel = &world->channel[from][to];
    struct dcap_outbox out;
    if (channel->count == 0) return false;
    if (MUTANT(CHANNEL_SWAPS) && channel->count > 1) {
        struct dcap_message first = channel->messages[0];
        channel->messages[0] = channel->messages[1];
        channel->messages[1] = first;
    }
    struct dcap_message message = channel->messages[0];
    channel->count--;
    memmove(channel->messages, channel->messages + 1, channel->count * sizeof(message));
    memset(&channel->messages[channel->count], 0, sizeof(message));
    dcap_step(&world->monitor[to], &message, &out);
    cover_delivery(world, &message, &out);
    world_send(world, to, &out);
    return true;
}

static bool note(struct world *world, coreid_t core)
{
    struct dcap *monitor = &world->monitor[core];
    const struct fake_kernel *kernel = &world->kernel[core];
    bool vacant = false, freed = false;
    for (unsigned page = 0; page < PAGES; page++) {
        vacant |= kernel->vacant[page] != 0;
        freed |= kernel->freed[page] != 0;
    }
    if (!(vacant && monitor->ops[0].phase == DCAP_IDLE) && !(freed && monitor->frees < DCAP_FREES)) return false;
    struct dcap_outbox out;
    dcap_note(monitor, &out);
    world_send(world, core, &out);
    return true;
}

static bool join(struct world *world, coreid_t core)
{
    struct dcap_outbox out;
    struct dcap *boot = &world->monitor[0];
    if (core >= world->cores || (world->up & core_bit(core))) return false;
    dcap_start(&world->monitor[core], &fake_kernel, (void *)(uintptr_t)core, core, world->up);
    world->monitor[core].up = boot->up | core_bit(core);
    for (unsigned i = 0; i < DCAP_ARENAS; i++) {
        world->monitor[core].arenas[i] = boot->arenas[i];
        world->monitor[core].arenas[i].moving = world->monitor[core].arenas[i].waiting = 0;
    }
    dcap_core_up(boot, core, &out);
    world_send(world, 0, &out);
    world->up |= core_bit(core);
    return true;
}

void world_lose(struct world *world, coreid_t core)
{
    struct dcap_outbox out;
    world->up &= ~core_bit(core);
    world->lost |= core_bit(core);
    for (coreid_t other = 0; other < world->cores; other++)
        world->channel[core][other] = world->channel[other][core] = (struct channel){0};
    for (coreid_t other = 0; other < world->cores; other++) {
        if (!(world->up & core_bit(other))) continue;
        fake_world = world;
        world_changed(other);
        for (bool more = true; more;) {
            more = dcap_core_lost(&world->monitor[other], core, &out);
            world_send(world, other, &out);
        }
        generations_forget(&world->kernel[other]);
    }
}

static bool arena(struct world *world, const struct action *action)
{
    unsigned region = action->c;
    struct dcap_outbox out;
    if (region >= REGIONS || world->owner[region] != action->core) return false;
    for (unsigned page = region * REGION; page < (region + 1) * REGION; page++) {
        if (world->used[page]) return false;
    }
    err_t err = dcap_arena_move(&world->monitor[action->core], region, action->b, &out);
    world->monitor[action->core].out = NULL;
    if (err != ERR_OK) return false;
    world->owner[region] = 0xff;
    world_send(world, action->core, &out);
    return true;
}

static bool machine_act(struct world *world, const struct action *action)
{
    if (action->kind == ACT_JOIN) return join(world, action->core);
    if (!(world->up & core_bit(action->core))) return false;
    switch (action->kind) {
    case ACT_DELIVER:
        return deliver(world, action->a, action->core);
    case ACT_NOTE:
        return note(world, action->core);
    case ACT_REAP:
        return process_reap(world, action);
    case ACT_LOSE:
        world_lose(world, action->core);
        return true;
    case ACT_ARENA:
        return arena(world, action);
    default:
        return process_act(world, action);
    }
}

bool world_apply(struct world *world, const struct action *action)
{
    fake_world = world;
    if (action->core >= world->cores) return false;
    world_changed(action->core);
    cover_action(world, action);
    bool done = machine_act(world, action);
    if (done) generations_forget(&world->kernel[action->core]);
    return done;
}

bool world_quiet(const struct world *world)
{
    for (coreid_t core = 0; core < world->cores; core++) {
        if (world->lost & core_bit(core)) continue;
        const struct dcap *monitor = &world->monitor[core];
        const struct fake_kernel *kernel = &world->kernel[core];
        for (coreid_t other = 0; other < world->cores; other++) {
            if (world->channel[core][other].count != 0) return false;
        }
        for (unsigned i = 0; i < DCAP_OPS; i++) {
            if (monitor->ops[i].phase != DCAP_IDLE) return false;
        }
        for (unsigned page = 0; page < PAGES; page++) {
            if (kernel->vacant[page] || kernel->freed[page] || kernel->zombie[page].type != NOTHING) return false;
        }
        for (unsigned proc = 0; proc < PROCS; proc++) {
            if (kernel->dying[proc]) return false;
        }
    }
    return true;
}

static const char *const message_names[] = {"-",       "LOCK",        "GRANT",    "UNLOCK",    "FREE",   "FREE_ACK",
                                            "INSTALL", "INSTALL_ACK", "QUERY",    "QUERY_ACK", "REVOKE", "REVOKE_ACK",
                                            "SWEEP",   "HOME",        "HOME_ACK", "HANDOVER",  "UP",     "REPLY"};

const char *message_name(unsigned kind)
{
    return message_names[kind];
}

static const char *const action_names[] = {"copy",  "move", "delete", "retype",  "map",   "revoke",
                                           "split", "send", "give",   "kill",    "alloc", "arena",
                                           "join",  "reap", "note",   "deliver", "lost"};

void action_print(const struct world *world, const struct action *action)
{
    printf("core %u %s", action->core, action_names[action->kind]);
    if (action->kind == ACT_DELIVER) {
        const struct channel *channel = &world->channel[action->a][action->core];
        printf(" from %u", action->a);
        if (channel->count != 0) printf(" %s op %u", message_name(channel->messages[0].kind), channel->messages[0].op);
    } else if (action->kind == ACT_REAP) {
        printf(action->a < PROCS ? " process %u" : " CNode at page %u", action->a < PROCS ? action->a : action->a - PROCS);
    } else if (action->kind != ACT_NOTE && action->kind != ACT_JOIN && action->kind != ACT_LOSE) {
        printf(" process %u: %u -> %u, c %u, range %u+%u", action->proc, action->a, action->b, action->c, action->low,
               action->pages);
    }
    putchar('\n');
}
