/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The fake kernel as a monitor sees it: kernel.h entry by entry. `context` is the core's number, so that a world can be copied.
 */
#include "world.h"

struct world *fake_world;

static struct fake_kernel *kernel_of(void *context)
{
    return &fake_world->kernel[(uintptr_t)context];
}

struct fake_slot cap_fake(const struct dcap_cap *cap)
{
    return (struct fake_slot){.type = cap->type,
                              .base = cap->base,
                              .pages = cap->bytes,
                              .block = cap->block_base,
                              .block_pages = cap->block_bytes};
}

struct dcap_cap cap_real(const struct fake_slot *slot)
{
    return (struct dcap_cap){.space = CAP_SPACE_MEM,
                             .type = slot->type,
                             .base = slot->base,
                             .bytes = slot->pages,
                             .block_base = slot->block,
                             .block_bytes = slot->block_pages};
}

static bool same_cap(const struct fake_slot *slot, const struct dcap_cap *cap)
{
    return slot->type == cap->type && slot->base == cap->base && slot->pages == cap->bytes &&
           slot->block == cap->block_base && (slot->block_pages == cap->block_bytes || MUTANT(SPLIT_SILENT));
}

/* The slot of a source that holds, or NULL. */
static struct fake_slot *source_find(struct fake_kernel *kernel, const struct dcap_source *source)
{
    struct fake_slot *slot = slot_named(kernel, source->name.dispatcher, source->name.capref);
    if (slot == NULL || slot->type == NOTHING || slot->flight != 0) return NULL;
    if (MUTANT(NO_SECOND_LOOK)) return slot;
    if (slot->generation != source->generation && !MUTANT(NO_GENERATION)) return NULL;
    return same_cap(slot, &source->cap) || (MUTANT(SPLIT_SILENT) && slot->base == source->cap.base) ? slot : NULL;
}

static err_t kernel_look(void *context, struct dcap_source *source)
{
    struct fake_kernel *kernel = kernel_of(context);
    struct fake_slot *slot = slot_named(kernel, source->name.dispatcher, source->name.capref);
    if (slot == NULL || slot->type == NOTHING) return ERR_L2_LOOKUP;
    if (slot->flight != 0) return ERR_CAP_TYPE;
    source->cap = cap_real(slot);
    source->generation = slot_look(kernel, slot);
    return ERR_OK;
}

static bool may_leave(const struct dcap_cap *cap)
{
    return cap->type == RAM || cap->type == FRAME;
}

static err_t kernel_hold(void *context, const struct dcap_source *source, bool to_leave, bool fence)
{
    struct fake_kernel *kernel = kernel_of(context);
    const struct dcap_cap *cap = &source->cap;
    if (source_find(kernel, source) == NULL && !MUTANT(NO_SECOND_LOOK)) return ERR_L2_LOOKUP;
    if (to_leave && !may_leave(cap)) return ERR_COPY;
    kernel->state[cap->block_base] = cap->block_bytes | (fence ? FENCED : 0);
    return ERR_OK;
}

static err_t kernel_install(void *context, const struct dcap_cap *cap, const struct dcap_name *to, bool shared,
                            bool *has_state)
{
    struct fake_kernel *kernel = kernel_of(context);
    struct fake_slot new = cap_fake(cap), *slot = slot_named(kernel, to->dispatcher, to->capref);
    uint8_t *state = &kernel->state[new.block];
    *has_state = *state != 0;
    cover_installed(kernel, &new);
    if (slot == NULL || slot->type != NOTHING) {
        COVER(INSTALL_NO_SLOT);
        if (MUTANT(INSTALL_LEAVES) && shared) *state = new.block_pages;
        return ERR_NO_SLOTS;
    }
    if (!shared && (*state != 0 || block_held(kernel, new.block)))
        world_wrong = "an exclusive move into a block held here";
    if ((shared && !MUTANT(INSTALL_NO_STATE)) || MUTANT(INSTALL_STATE)) *state = new.block_pages;
    slot_fill(kernel, slot, &new);
    *has_state = *state != 0;
    return ERR_OK;
}

static bool kernel_conflicts(void *context, const struct dcap_cap *source, uint64_t low, uint64_t bytes)
{
    struct fake_slot fake = cap_fake(source);
    return range_conflicts(kernel_of(context), &fake, low, bytes);
}

static err_t kernel_perform(void *context, const struct dcap_source *source, const struct dcap_call *call)
{
    struct fake_kernel *kernel = kernel_of(context);
    struct fake_slot *from = source_find(kernel, source);
    struct fake_slot *to = slot_named(kernel, source->name.dispatcher, call->arguments[0]);
    struct range range = {call->arguments[1], call->arguments[2], call->arguments[3]};
    if (from == NULL) return ERR_L2_LOOKUP;
    if (to == NULL) COVER(DESTINATION_GONE);
    if (call->number != CALL_RETYPE) COVER(FENCE_WAIT);
    switch (call->number) {
    case CALL_COPY:
        return call_copy(kernel, from, to, true);
    case CALL_MAP:
        return call_map(kernel, from, to, true);
    default:
        return call_retype(kernel, from, to, &range, true);
    }
}

static bool kernel_fence(void *context, const struct dcap_cap *block)
{
    uint8_t *state = &kernel_of(context)->state[block->block_base];
    if (*state == 0) return false;
    *state |= FENCED;
    return true;
}

static err_t kernel_sweep(void *context, const struct dcap_cap *cap, const struct dcap_source *keep)
{
    struct fake_kernel *kernel = kernel_of(context);
    struct fake_slot target = cap_fake(cap);
    struct fake_slot *kept = keep == NULL ? NULL : source_find(kernel, keep);
    if (keep != NULL && kept == NULL) COVER(REVOKE_TARGET_SWEPT);
    return sweep_once(kernel, &target, kept) ? ERR_OK : ERR_AGAIN;
}

static enum dcap_settled kernel_settle(void *context, struct dcap_cap *block, bool alone)
{
    struct fake_kernel *kernel = kernel_of(context);
    uint8_t *state = &kernel->state[block->block_base];
    if (*state == 0) return DCAP_NONE;
    *state &= ~FENCED;
    block->block_bytes = *state;
    bool held = block_held(kernel, block->block_base);
    if (held && !alone) return DCAP_KEPT;
    if (held) COVER(EXCLUSIVE_AGAIN);
    *state = kernel->vacant[block->block_base] = 0;
    return held ? DCAP_EXCLUSIVE : DCAP_GONE;
}

static err_t kernel_move_begin(void *context, const struct dcap_source *source, unsigned op)
{
    struct fake_kernel *kernel = kernel_of(context);
    struct fake_slot *slot = source_find(kernel, source);
    if (slot == NULL) return ERR_L2_LOOKUP;
    if (!may_leave(&source->cap)) return ERR_COPY;
    if (kernel->state[slot->block] != 0 && !MUTANT(MOVE_SHARED)) return ERR_RETRY_THROUGH_MONITOR;
    if (block_count(kernel, slot->block) != 1) {
        COVER(MOVE_SIBLINGS);
        if (!MUTANT(MOVE_SIBLINGS)) return ERR_RETRY_THROUGH_MONITOR;
    }
    slot->flight = op + 1;
    return ERR_OK;
}

static struct fake_slot *flight_find(struct fake_kernel *kernel, const struct dcap_cap *cap, unsigned op)
{
    for (unsigned i = 0; i < SLOTS; i++) {
        struct fake_slot *slot = slot_number(kernel, i);
        if (slot->type == NOTHING || slot->flight == 0) continue;
        if (MUTANT(FLIGHT_BY_CONTENT) ? same_cap(slot, cap) : slot->flight == op + 1) return slot;
    }
    return NULL;
}

static void kernel_move_end(void *context, const struct dcap_cap *cap, unsigned op, bool arrived)
{
    struct fake_kernel *kernel = kernel_of(context);
    struct fake_slot *slot = flight_find(kernel, cap, op), back = cap_fake(cap);
    if (arrived) {
        if (slot != NULL) *slot = (struct fake_slot){0};
    } else if (slot != NULL) {
        COVER(MOVE_FAILED_BACK);
        slot_fill(kernel, slot, &back);
    } else {
        COVER(MOVE_FAILED_GONE);
        if (!MUTANT(FLIGHT_LOST)) kernel->freed[back.block] = back.block_pages;
    }
}

static void kernel_drop(void *context, const struct dcap_source *source)
{
    struct fake_slot *slot = source_find(kernel_of(context), source);
    if (slot != NULL) slot_delete(kernel_of(context), slot);
}

static bool kernel_next_free(void *context, struct dcap_cap *block)
{
    struct fake_kernel *kernel = kernel_of(context);
    for (unsigned page = 0; page < PAGES; page++) {
        if (kernel->freed[page] == 0) continue;
        *block = (struct dcap_cap){.space = CAP_SPACE_MEM, .block_base = page, .block_bytes = kernel->freed[page]};
        kernel->freed[page] = 0;
        return true;
    }
    return false;
}

static bool kernel_next_vacant(void *context, struct dcap_cap *block)
{
    struct fake_kernel *kernel = kernel_of(context);
    for (unsigned page = 0; page < PAGES; page++) {
        if (!kernel->vacant[page]) continue;
        *block =
            (struct dcap_cap){.space = CAP_SPACE_MEM, .block_base = page, .block_bytes = kernel->state[page] & ~FENCED};
        kernel->vacant[page] = 0;
        return true;
    }
    return false;
}

static void mem_block_freed(void *context, const struct dcap_cap *block)
{
    for (unsigned page = block->block_base; page < block->block_base + block->block_bytes; page++) {
        if (!fake_world->used[page]) world_wrong = "a page is freed twice";
        if (fake_world->owner[page / REGION] != (uintptr_t)context)
            world_wrong = "a page is freed at a core that is not its home";
        fake_world->used[page] = 0;
    }
}

static void mem_arena_gained(void *context, uint64_t base, uint64_t bytes)
{
    if (bytes != REGION || fake_world->owner[base / REGION] != 0xff)
        world_wrong = "an arena arrives that nobody has sent";
    fake_world->owner[base / REGION] = (uintptr_t)context;
}

const struct dcap_kernel fake_kernel = {
    .look = kernel_look,
    .hold = kernel_hold,
    .install = kernel_install,
    .conflicts = kernel_conflicts,
    .perform = kernel_perform,
    .fence = kernel_fence,
    .sweep = kernel_sweep,
    .settle = kernel_settle,
    .move_begin = kernel_move_begin,
    .move_end = kernel_move_end,
    .drop = kernel_drop,
    .next_free = kernel_next_free,
    .next_vacant = kernel_next_vacant,
    .block_freed = mem_block_freed,
    .arena_gained = mem_arena_gained,
};
