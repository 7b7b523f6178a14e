/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The fake kernel: slots, CNodes that die slowly, Mappings, BlockStates, and the queues of free and vacant blocks. It keeps
 * kernel.h's promises by looking at every slot, and knows nothing of the protocol. kernel_table.c has what the monitor calls.
 */
#include "world.h"

static const struct fake_slot empty;

struct fake_slot *slot_number(struct fake_kernel *kernel, unsigned number)
{
    if (number < PROCS * ROOT) return &kernel->root[0][0] + number;
    number -= PROCS * ROOT;
    return number < PAGES * INNER ? &kernel->inner[0][0] + number : &kernel->zombie[number - PAGES * INNER];
}

bool slot_held(const struct fake_slot *slot)
{
    return slot->type != NOTHING && (slot->flight == 0 || MUTANT(FLIGHT_COUNTS));
}

static bool is_zombie(const struct fake_kernel *kernel, const struct fake_slot *slot)
{
    return slot >= kernel->zombie && slot < kernel->zombie + PAGES;
}

unsigned block_count(const struct fake_kernel *kernel, unsigned page)
{
    unsigned count = 0;
    for (unsigned i = 0; i < SLOTS; i++) {
        const struct fake_slot *slot = slot_number((struct fake_kernel *)kernel, i);
        if (!slot_held(slot) || slot->block != page) continue;
        if (MUTANT(ZOMBIE_NOT_HELD) && is_zombie(kernel, slot)) continue;
        if (MUTANT(MAPPING_NOT_HELD) && slot->type == MAPPING) continue;
        count++;
    }
    return count;
}

bool block_held(const struct fake_kernel *kernel, unsigned page)
{
    return block_count(kernel, page) != 0;
}

bool cnode_lives(const struct fake_kernel *kernel, unsigned page)
{
    for (unsigned i = 0; i < SLOTS - PAGES; i++) {
        const struct fake_slot *slot = slot_number((struct fake_kernel *)kernel, i);
        if (slot->type == CNODE && slot->base == page) return true;
    }
    return false;
}

struct fake_slot *slot_named(struct fake_kernel *kernel, unsigned proc, unsigned name)
{
    if (proc >= PROCS || kernel->dying[proc] || name >= NAMES) return NULL;
    if (name < ROOT) return &kernel->root[proc][name];
    const struct fake_slot *cnode = &kernel->root[proc][(name - ROOT) / INNER];
    return cnode->type == CNODE ? &kernel->inner[cnode->base][(name - ROOT) % INNER] : NULL;
}

static bool generation_used(const struct fake_kernel *kernel, uint16_t generation)
{
    const struct dcap *monitor = &fake_world->monitor[kernel - fake_world->kernel];
    for (unsigned i = 0; i < DCAP_OPS; i++) {
        if (monitor->ops[i].phase != DCAP_IDLE && monitor->ops[i].source.generation == generation) return true;
    }
    return false;
}

uint16_t slot_look(struct fake_kernel *kernel, struct fake_slot *slot)
{
    if (slot->generation != 0) return slot->generation;
    do
        slot->generation++;
    while (generation_used(kernel, slot->generation));
    return slot->generation;
}

void generations_forget(struct fake_kernel *kernel)
{
    for (unsigned i = 0; i < SLOTS; i++) {
        struct fake_slot *slot = slot_number(kernel, i);
        if (slot->generation != 0 && !generation_used(kernel, slot->generation)) slot->generation = 0;
    }
}

void slot_fill(struct fake_kernel *kernel, struct fake_slot *slot, const struct fake_slot *cap)
{
    *slot = *cap;
    slot->flight = 0;
    slot->generation = 0;
    cover_filled(kernel, slot);
}

/* Something of a block has gone: was it the last? */
static void block_check(struct fake_kernel *kernel, unsigned page, unsigned pages)
{
    if (block_held(kernel, page)) return;
    if (kernel->state[page] == 0 || MUTANT(FREE_WITH_STATE))
        kernel->freed[page] = pages;
    else if (!MUTANT(VACANT_LOST))
        kernel->vacant[page] = 1;
}

/* Does the CNode hold anything but `except`? */
static bool cnode_full(const struct fake_kernel *kernel, unsigned page, const struct fake_slot *except)
{
    for (unsigned i = 0; i < INNER; i++) {
        if (&kernel->inner[page][i] != except && kernel->inner[page][i].type != NOTHING) return true;
    }
    return false;
}

void slot_delete(struct fake_kernel *kernel, struct fake_slot *slot)
{
    struct fake_slot old = *slot;
    *slot = empty;
    if (old.flight != 0) return;
    bool last = old.type == CNODE && !cnode_lives(kernel, old.base) && kernel->zombie[old.base].type == NOTHING;
    if (last && slot >= kernel->inner[old.base] && slot < kernel->inner[old.base] + INNER) COVER(CNODE_IN_ITSELF);
    if (last && cnode_full(kernel, old.base, slot)) {
        kernel->zombie[old.base] = old;
        return;
    }
    block_check(kernel, old.block, old.block_pages);
}

void zombie_reap(struct fake_kernel *kernel, unsigned page)
{
    for (unsigned i = 0; i < INNER; i++) {
        if (kernel->inner[page][i].type == NOTHING) continue;
        slot_delete(kernel, &kernel->inner[page][i]);
        return;
    }
    struct fake_slot old = kernel->zombie[page];
    kernel->zombie[page] = empty;
    block_check(kernel, old.block, old.block_pages);
}

bool revoke_covers(const struct fake_slot *target, const struct fake_slot *slot)
{
    if (slot->base < target->base || slot->base + slot->pages > target->base + target->pages) return false;
    switch (target->type) {
    case RAM:
        return true;
    case FRAME:
        return slot->type == MAPPING || slot->type == FRAME;
    default:
        return slot->type == target->type;
    }
}

bool sweep_once(struct fake_kernel *kernel, const struct fake_slot *target, const struct fake_slot *keep)
{
    for (unsigned i = 0; i < SLOTS; i++) {
        struct fake_slot *slot = slot_number(kernel, i);
        if (!slot_held(slot) || slot == keep || !revoke_covers(target, slot)) continue;
        if (MUTANT(SWEEP_NO_MAPPINGS) && slot->type == MAPPING) continue;
        if (MUTANT(SWEEP_NO_COPIES) && slot->type == target->type && slot->pages == target->pages) continue;
        if (is_zombie(kernel, slot)) {
            if (MUTANT(SWEEP_NO_ZOMBIES)) continue;
            COVER(REVOKE_ZOMBIE);
            zombie_reap(kernel, slot->base);
        } else {
            cover_deleted(kernel, slot, true);
            slot_delete(kernel, slot);
        }
        return false;
    }
    return true;
}

static bool is_fenced(const struct fake_kernel *kernel, const struct fake_slot *slot)
{
    return (kernel->state[slot->block] & FENCED) != 0;
}

/* A slot that can be used, and an empty one. */
static bool pair_good(const struct fake_slot *from, const struct fake_slot *to)
{
    return from != NULL && to != NULL && from->type != NOTHING && from->flight == 0 && to->type == NOTHING;
}

err_t call_copy(struct fake_kernel *kernel, struct fake_slot *from, struct fake_slot *to, bool locked)
{
    if (!pair_good(from, to)) return ERR_SLOT_OCCUPIED;
    if (from->type == MAPPING) return ERR_COPY;
    if (!locked && is_fenced(kernel, from) && !MUTANT(FENCE_COPIES)) return ERR_RETRY_THROUGH_MONITOR;
    slot_fill(kernel, to, from);
    return ERR_OK;
}

err_t call_move(struct fake_kernel *kernel, struct fake_slot *from, struct fake_slot *to)
{
    if (!pair_good(from, to)) return ERR_SLOT_OCCUPIED;
    struct fake_slot cap = *from;
    *from = empty;
    slot_fill(kernel, to, &cap);
    return ERR_OK;
}

bool range_conflicts(struct fake_kernel *kernel, const struct fake_slot *source, unsigned low, unsigned pages)
{
    for (unsigned i = 0; i < SLOTS; i++) {
        const struct fake_slot *slot = slot_number(kernel, i);
        if (!slot_held(slot) || slot->base >= low + pages || slot->base + slot->pages <= low) continue;
        if (MUTANT(ZOMBIE_NO_CONFLICT) && is_zombie(kernel, slot)) continue;
        if (slot->type != RAM || slot->base > source->base || slot->base + slot->pages < source->base + source->pages)
            return true;
    }
    return false;
}

err_t call_retype(struct fake_kernel *kernel, struct fake_slot *from, struct fake_slot *to, const struct range *range,
                  bool locked)
{
    if (!pair_good(from, to)) return ERR_SLOT_OCCUPIED;
    if (from->type != RAM || range->pages == 0 || range->low + range->pages > from->pages) return ERR_RETYPE_TYPE;
    if (range->type == CNODE ? range->pages != 1 : range->type == RAM && range->pages == from->pages)
        return ERR_RETYPE_TYPE;
    if (!locked && kernel->state[from->block] != 0 && !MUTANT(LOCAL_RETYPE)) return ERR_RETRY_THROUGH_MONITOR;
    struct fake_slot cap = *from;
    cap.type = range->type;
    cap.base += range->low;
    cap.pages = range->pages;
    if (range_conflicts(kernel, from, cap.base, cap.pages)) return ERR_REVOKE_FIRST;
    slot_fill(kernel, to, &cap);
    return ERR_OK;
}

err_t call_map(struct fake_kernel *kernel, struct fake_slot *from, struct fake_slot *to, bool locked)
{
    if (!pair_good(from, to)) return ERR_SLOT_OCCUPIED;
    if (from->type != FRAME) return ERR_CAP_TYPE;
    if (!locked && is_fenced(kernel, from) && !MUTANT(FENCE_MAPS)) return ERR_RETRY_THROUGH_MONITOR;
    struct fake_slot cap = *from;
    cap.type = MAPPING;
    slot_fill(kernel, to, &cap);
    return ERR_OK;
}

err_t call_revoke(struct fake_kernel *kernel, struct fake_slot *slot, bool small)
{
    if (slot == NULL || slot->type == NOTHING || slot->flight != 0 || slot->type == MAPPING) return ERR_CAP_TYPE;
    if ((kernel->state[slot->block] != 0 && !MUTANT(LOCAL_REVOKE)) || !small) return ERR_RETRY_THROUGH_MONITOR;
    struct fake_slot target = *slot;
    while (!sweep_once(kernel, &target, slot))
        ;
    return ERR_OK;
}

err_t call_split(struct fake_kernel *kernel, struct fake_slot *from, struct fake_slot *to, unsigned low)
{
    if (!pair_good(from, to)) return ERR_SLOT_OCCUPIED;
    if (from->type != RAM || from->pages != from->block_pages || block_count(kernel, from->block) != 1)
        return ERR_BLOCK;
    if (low == 0 || low >= from->pages) return ERR_ARGUMENT;
    if (kernel->state[from->block] != 0 && !MUTANT(SPLIT_SHARED)) return ERR_BLOCK;
    struct fake_slot rest = *from;
    rest.base = rest.block = from->base + low;
    rest.pages = rest.block_pages = from->pages - low;
    from->pages = from->block_pages = low;
    if (!MUTANT(SPLIT_SILENT)) from->generation = 0;
    slot_fill(kernel, to, &rest);
    return ERR_OK;
}
