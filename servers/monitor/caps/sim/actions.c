/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What processes do: a system call, and if the kernel says that it must go through the monitor, a request to that. An action
 * that would only fail is not possible. Also how processes die and the mem server allocates.
 */
#include "world.h"

/* Ask the monitor; one request of a process at a time. */
static bool ask(struct world *world, const struct action *action, struct dcap_request *request)
{
    struct fake_kernel *kernel = &world->kernel[action->core];
    struct dcap_outbox out;
    if (kernel->waiting[action->proc]) return false;
    kernel->waiting[action->proc] = 1;
    request->source = (struct dcap_name){action->proc, action->a};
    request->client = action->proc;
    dcap_request(&world->monitor[action->core], request, &out);
    world_send(world, action->core, &out);
    return true;
}

static bool ask_call(struct world *world, const struct action *action, unsigned number, const struct fake_slot *from)
{
    struct dcap_request request = {.kind = DCAP_PERFORM, .call.number = number};
    uint64_t *arguments = request.call.arguments;
    arguments[0] = action->b;
    if (number == CALL_RETYPE) {
        arguments[1] = action->c;
        arguments[2] = action->low;
        arguments[3] = action->pages;
        request.call.low = from->base + action->low;
        request.call.bytes = action->pages;
    }
    return ask(world, action, &request);
}

static bool act_pair(struct world *world, const struct action *action, struct fake_slot *from, struct fake_slot *to)
{
    struct fake_kernel *kernel = &world->kernel[action->core];
    struct range range = {action->c, action->low, action->pages};
    err_t err;
    unsigned number = CALL_COPY;
    switch (action->kind) {
    case ACT_COPY:
        err = call_copy(kernel, from, to, false);
        break;
    case ACT_MOVE:
        return call_move(kernel, from, to) == ERR_OK;
    case ACT_MAP:
        number = CALL_MAP;
        err = call_map(kernel, from, to, false);
        break;
    case ACT_RETYPE:
        number = CALL_RETYPE;
        err = call_retype(kernel, from, to, &range, false);
        break;
    default:
        return call_split(kernel, from, to, action->low) == ERR_OK;
    }
    return err == ERR_OK || (err == ERR_RETRY_THROUGH_MONITOR && ask_call(world, action, number, from));
}

/* May all that a revoke of the slot deletes go at once? CNodes die in steps. */
static bool revoke_is_small(struct fake_kernel *kernel, const struct fake_slot *slot)
{
    for (unsigned i = 0; slot != NULL && i < SLOTS; i++) {
        const struct fake_slot *other = slot_number(kernel, i);
        if (other != slot && other->type == CNODE && revoke_covers(slot, other)) return false;
    }
    return true;
}

static bool act_revoke(struct world *world, const struct action *action, struct fake_slot *slot)
{
    struct fake_kernel *kernel = &world->kernel[action->core];
    struct dcap_request request = {.kind = DCAP_DELETE_BELOW};
    err_t err = call_revoke(kernel, slot, action->c == 0 && revoke_is_small(kernel, slot));
    if (err == ERR_OK) {
        struct dcap_cap cap = cap_real(slot);
        const char *wrong = revoke_check(world, action->core, &cap);
        if (wrong != NULL) world_wrong = wrong;
    }
    return err == ERR_OK || (err == ERR_RETRY_THROUGH_MONITOR && ask(world, action, &request));
}

static bool act_send(struct world *world, const struct action *action, const struct fake_slot *slot)
{
    struct dcap_request request = {
        .kind = action->kind == ACT_SEND ? DCAP_SEND : DCAP_MOVE, .to_core = action->c, .to = {action->low, action->b}};
    if (slot == NULL || (slot->type != RAM && slot->type != FRAME) || slot->flight != 0) return false;
    if (action->c == action->core || action->c >= world->cores || action->b >= NAMES) return false;
    return ask(world, action, &request);
}

static bool act_alloc(struct world *world, const struct action *action)
{
    struct fake_kernel *kernel = &world->kernel[action->core];
    struct fake_slot *to = slot_named(kernel, action->proc, action->b);
    unsigned base = action->c * REGION + action->low;
    if (action->c >= REGIONS || world->owner[action->c] != action->core || action->pages == 0) return false;
    if (action->low + action->pages > REGION || to == NULL || to->type != NOTHING) return false;
    for (unsigned page = base; page < base + action->pages; page++) {
        if (world->used[page]) return false;
    }
    for (unsigned page = base; page < base + action->pages; page++)
        world->used[page] = 1;
    struct fake_slot cap = {.type = RAM, .base = base, .pages = action->pages, .block = base, .block_pages = action->pages};
    slot_fill(kernel, to, &cap);
    return true;
}

bool process_act(struct world *world, const struct action *action)
{
    struct fake_kernel *kernel = &world->kernel[action->core];
    if (action->proc >= PROCS || kernel->dying[action->proc]) return false;
    struct fake_slot *from = slot_named(kernel, action->proc, action->a);
    switch (action->kind) {
    case ACT_DELETE:
        if (from == NULL || from->type == NOTHING) return false;
        cover_deleted(kernel, from, false);
        slot_delete(kernel, from);
        return true;
    case ACT_REVOKE:
        return act_revoke(world, action, from);
    case ACT_SEND:
    case ACT_GIVE:
        return act_send(world, action, from);
    case ACT_KILL:
        kernel->dying[action->proc] = 1;
        return true;
    case ACT_ALLOC:
        return act_alloc(world, action);
    default:
        return act_pair(world, action, from, slot_named(kernel, action->proc, action->b));
    }
}

bool process_reap(struct world *world, const struct action *action)
{
    struct fake_kernel *kernel = &world->kernel[action->core];
    if (action->a >= PROCS) {
        if (action->a - PROCS >= PAGES || kernel->zombie[action->a - PROCS].type == NOTHING) return false;
        zombie_reap(kernel, action->a - PROCS);
        return true;
    }
    if (!kernel->dying[action->a]) return false;
    for (unsigned i = 0; i < ROOT; i++) {
        struct fake_slot *slot = &kernel->root[action->a][i];
        if (slot->type == NOTHING) continue;
        cover_deleted(kernel, slot, false);
        slot_delete(kernel, slot);
        return true;
    }
    kernel->dying[action->a] = 0;
    return true;
}
