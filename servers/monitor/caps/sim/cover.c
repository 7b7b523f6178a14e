/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Coverage: how often each of the interleavings was reached that the protocol's design worried about. Nothing here changes
 * the world.
 */
#include "world.h"

uint64_t world_covered[COVER_COUNT];
#define COVER_NAME(name, text) text,
const char *const world_cover_names[COVER_COUNT] = {COVERED(COVER_NAME)};

#define FOR_OPS(world, core, op)                                                                                       \
    for (coreid_t core = 0; core < (world)->cores; core++)                                                             \
        for (const struct dcap_op *op = (world)->monitor[core].ops; op < (world)->monitor[core].ops + DCAP_OPS; op++)  \
            if (op->phase != DCAP_IDLE)

static bool waits(const struct dcap_op *op)
{
    return op->phase == DCAP_LOCKING || op->phase == DCAP_QUEUED;
}

static bool sends(const struct dcap_op *op)
{
    return op->request.kind == DCAP_SEND || op->request.kind == DCAP_MOVE;
}

static bool overlap(uint64_t a, uint64_t pages_a, uint64_t b, uint64_t pages_b)
{
    return a < b + pages_b && b < a + pages_a;
}

/* The operation that holds the block's lock at its home, or NULL. */
static const struct dcap_op *lock_holder(const struct world *world, uint64_t block)
{
    for (coreid_t core = 0; core < world->cores; core++) {
        const struct dcap *home = &world->monitor[core];
        for (unsigned i = 0; i < home->entries; i++) {
            const struct dcap_entry *entry = &home->directory[i];
            if (entry->key == block && entry->locked != 0)
                return &world->monitor[entry->queue[0].core].ops[entry->queue[0].op];
        }
    }
    return NULL;
}

/* Everything is done between the begin of an operation and its end; these look at who else is under way. */
static void cover_asked(struct world *world, coreid_t me, const struct dcap_op *mine)
{
    const struct dcap_request *request = &mine->request;
    FOR_OPS(world, core, op)
    {
        if (core == me || op->source.cap.block_base != mine->source.cap.block_base || op->request.kind != request->kind)
            continue;
        if (request->kind == DCAP_PERFORM && request->call.bytes != 0 && op->request.call.bytes != 0 &&
            overlap(request->call.low, request->call.bytes, op->request.call.low, op->request.call.bytes))
            COVER(RETYPES_OVERLAP);
        if (request->kind == DCAP_DELETE_BELOW && op->source.cap.bytes != mine->source.cap.bytes) COVER(REVOKES_NESTED);
        if (request->kind == DCAP_VACATE) COVER(LAST_DELETES);
    }
}

static void cover_alloc(struct world *world, const struct action *action)
{
    unsigned base = action->c * REGION + action->low;
    for (unsigned page = base; page < base + action->pages && page < PAGES; page++) {
        if (world->used[page]) return;
    }
    if (lock_holder(world, base) != NULL) COVER(ALLOC_LOCKED);
    FOR_OPS(world, core, op)
    {
        if (waits(op) && op->request.kind == DCAP_DELETE_BELOW && op->source.cap.block_base == base)
            COVER(REVOKE_FREED);
    }
}

static void cover_arena(struct world *world, const struct action *action)
{
    for (unsigned page = action->c * REGION; page < (action->c + 1u) * REGION; page++) {
        if (world->used[page]) return;
    }
    if (directory_has(&world->monitor[action->core], action->c * REGION, REGION)) COVER(ARENA_LOCKED);
}

static void cover_join(struct world *world)
{
    FOR_OPS(world, core, op)
    {
        COVER(JOIN_RUNNING);
        return;
    }
}

static void cover_of_slot(struct world *world, const struct action *action, const struct fake_slot *slot)
{
    const struct fake_kernel *kernel = &world->kernel[action->core];
    bool state = kernel->state[slot->block] != 0;
    FOR_OPS(world, core, op)
    {
        if (op->source.cap.block_base != slot->block) continue;
        bool revoke = op->request.kind == DCAP_DELETE_BELOW;
        if (action->kind == ACT_COPY && core != action->core && revoke && (op->waiting & core_bit(action->core)))
            COVER(REVOKE_LOCAL_COPY);
        if (action->kind == ACT_SPLIT && waits(op) && !state && slot->pages == slot->block_pages) COVER(SPLIT_WAITING);
        if (core != action->core && !state && action->kind == ACT_RETYPE) COVER(FAST_PATH);
    }
}

void cover_action(struct world *world, const struct action *action)
{
    const struct fake_kernel *kernel = &world->kernel[action->core];
    const struct fake_slot *slot;
    switch (action->kind) {
    case ACT_KILL:
        if (action->proc < PROCS && kernel->waiting[action->proc] && !kernel->dying[action->proc])
            COVER(KILLED_WAITING);
        break;
    case ACT_ALLOC:
        if (action->c < REGIONS && world->owner[action->c] == action->core) cover_alloc(world, action);
        break;
    case ACT_JOIN:
        if (action->core < world->cores && !(world->up & core_bit(action->core))) cover_join(world);
        break;
    case ACT_ARENA:
        if (action->c < REGIONS && world->owner[action->c] == action->core) cover_arena(world, action);
        break;
    case ACT_COPY:
    case ACT_SPLIT:
    case ACT_RETYPE:
        slot = slot_named((struct fake_kernel *)kernel, action->proc, action->a);
        if (slot != NULL && slot->type != NOTHING) cover_of_slot(world, action, slot);
        break;
    default:
        break;
    }
}

/* Does the core whose revoke this is hold an ancestor? If not, some other one does. */
static void cover_revoke_begins(struct world *world, coreid_t me, const struct dcap_op *op)
{
    struct fake_slot cap = cap_fake(&op->source.cap);
    bool here = false, there = false;
    for (coreid_t core = 0; core < world->cores; core++) {
        for (unsigned i = 0; i < SLOTS; i++) {
            const struct fake_slot *slot = slot_number(&world->kernel[core], i);
            if (slot->type != RAM || slot->flight != 0 || !revoke_covers(slot, &cap) || revoke_covers(&cap, slot))
                continue;
            here |= core == me;
            there |= core != me;
        }
    }
    if (there && !here) COVER(REVOKE_CHILD);
}

static void cover_granted(struct world *world, const struct dcap_message *message, const struct dcap_outbox *out)
{
    const struct dcap_op *op = &world->monitor[message->to_core].ops[message->op];
    for (unsigned i = 0; i < out->count; i++) {
        const struct dcap_message *reply = &out->messages[i];
        if (reply->kind != DCAP_REPLY || reply->error != ERR_L2_LOOKUP) continue;
        if (reply->request == DCAP_SEND && message->mask == 0) COVER(FIRST_SHARE_ABORTED);
        if (reply->request == DCAP_DELETE_BELOW) COVER(REVOKE_TARGET_GONE);
    }
    if (op->phase == DCAP_EXECUTING && op->request.kind == DCAP_DELETE_BELOW)
        cover_revoke_begins(world, message->to_core, op);
}

void cover_delivery(struct world *world, const struct dcap_message *message, const struct dcap_outbox *out)
{
    const struct dcap *monitor = &world->monitor[message->to_core];
    const struct dcap_op *holder, *op = &monitor->ops[message->op];
    switch (message->kind) {
    case DCAP_LOCK:
        holder = lock_holder(world, message->cap.block_base);
        if (holder != NULL && sends(holder) && holder->waiting != 0 &&
            world->monitor[message->from_core].ops[message->op].request.kind == DCAP_DELETE_BELOW)
            COVER(REVOKE_INSTALL);
        break;
    case DCAP_GRANT:
        cover_granted(world, message, out);
        if (message->error == ERR_OK && op->phase == DCAP_IDLE && message->op == 0) {
            if (monitor->kernel == &fake_kernel && world->kernel[message->to_core].state[message->cap.block_base] != 0)
                COVER(DELETE_INSTALLED);
        }
        break;
    case DCAP_FREE:
        if (lock_holder(world, message->cap.block_base) != NULL) COVER(FREE_OVERTAKES);
        break;
    case DCAP_QUERY_ACK:
        if (message->flag) COVER(PARENT_CHILD_APART);
        break;
    case DCAP_SWEEP:
        if (message->coordinator == message->to_core && op->mask == core_bit(message->to_core) && op->next != 0 &&
            sends(&monitor->ops[op->next - 1]))
            COVER(REVOKE_EXCLUSIVE_SHARED);
        break;
    default:
        break;
    }
    for (unsigned i = 0; i < out->count; i++) {
        const struct dcap_message *sent = &out->messages[i];
        if (sent->kind == DCAP_LOCK) cover_asked(world, message->to_core, &monitor->ops[sent->op]);
        if (sent->kind == DCAP_REPLY && sent->request == DCAP_DELETE_BELOW && sent->error == ERR_OK &&
            sent->cap.bytes != sent->cap.block_bytes)
            COVER(REVOKE_PART);
    }
}

void cover_sent(const struct channel *channel, const struct dcap_message *message)
{
    if (message->kind == DCAP_LOCK)
        cover_asked(fake_world, message->from_core, &fake_world->monitor[message->from_core].ops[message->op]);
    if ((message->kind == DCAP_REVOKE || message->kind == DCAP_QUERY) && channel->count >= RING) COVER(BROADCAST_FULL);
}

static struct world *world_of(struct fake_kernel *kernel, coreid_t *core)
{
    *core = kernel - fake_world->kernel;
    return fake_world;
}

void cover_deleted(struct fake_kernel *kernel, const struct fake_slot *slot, bool swept)
{
    coreid_t me;
    struct world *world = world_of(kernel, &me);
    FOR_OPS(world, core, op)
    {
        if (core != me || !waits(op) || !sends(op) || !swept) continue;
        if (slot_named(kernel, op->source.name.dispatcher, op->source.name.capref) == slot)
            COVER(SOURCE_REVOKED_WAITING);
    }
    if (swept || slot->type != RAM || slot->flight != 0) return;
    for (unsigned i = 0; i < SLOTS; i++) {
        const struct fake_slot *other = slot_number(kernel, i);
        if (other->type == NOTHING || other->flight != 0 || other == slot || !revoke_covers(slot, other)) continue;
        COVER(PARENT_FIRST);
        return;
    }
}

void cover_filled(struct fake_kernel *kernel, const struct fake_slot *slot)
{
    coreid_t me;
    struct world *world = world_of(kernel, &me);
    FOR_OPS(world, core, op)
    {
        if (core != me || !waits(op) || op->source.generation == slot->generation) continue;
        struct fake_slot cap = cap_fake(&op->source.cap);
        if (slot_named(kernel, op->source.name.dispatcher, op->source.name.capref) == slot && cap.type == slot->type &&
            cap.base == slot->base && cap.pages == slot->pages && cap.block == slot->block &&
            cap.block_pages == slot->block_pages)
            COVER(SLOT_REUSED_WAITING);
    }
}

void cover_installed(struct fake_kernel *kernel, const struct fake_slot *cap)
{
    for (unsigned i = 0; i < SLOTS; i++) {
        const struct fake_slot *slot = slot_number(kernel, i);
        if (slot->flight != 0 && slot->type == cap->type && slot->base == cap->base && slot->pages == cap->pages) {
            COVER(MOVE_CIRCLE);
            return;
        }
    }
}
