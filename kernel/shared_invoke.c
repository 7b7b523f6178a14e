/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What the monitor does with blocks that several cores share: KERNEL_SHARED_*. Each invocation checks all that it names and then
 * changes all that it says, or nothing.
 */
#include <kernel/capops.h>
#include <kernel/cspace.h>
#include <kernel/dispatcher.h>
#include <kernel/mdb.h>
#include <kernel/retype.h>
#include <kernel/shared.h>

static uint32_t generations; /* given to slots so far */

/* Sources ---------------------------------------------------------------------------------------- */

/* The CSpace of the dispatcher on whose behalf it is; 0: the monitor's own. */
static err_t root_find(const struct cap *own, capref_t dispatcher, const struct cap **root)
{
    struct slot *slot;
    *root = own;
    if (dispatcher == 0) return ERR_OK;
    err_t err = cspace_find(own, dispatcher, &slot);
    if (err == ERR_OK) err = cap_expect(&slot->cap, CAP_DISPATCHER);
    if (err == ERR_OK) *root = &((struct dcb *)phys_to_virt(slot->cap.base))->cspace.cap;
    return err;
}

/* x0 dispatcher, x1 capref, x2 generation: the slot, if it still holds what was looked at. */
static err_t source_find(const struct cap *own, const uint64_t *x, struct slot **slot)
{
    const struct cap *root;
    err_t err = root_find(own, x[0], &root);
    if (err == ERR_OK) err = cspace_find(root, x[1], slot);
    if (err != ERR_OK) return err;
    return (*slot)->generation != 0 && (*slot)->generation == (uint32_t)x[2] ? ERR_OK : ERR_L2_LOOKUP;
}

static err_t look(const struct cap *own, uint64_t *x)
{
    const struct cap *root;
    struct slot *slot;
    err_t err = root_find(own, x[0], &root);
    if (err == ERR_OK) err = cspace_find(root, x[1], &slot);
    if (err != ERR_OK) return err;
    const struct cap *cap = &slot->cap;
    if (cap->flags != 0 || cap->block_bytes == 0) return cap->flags & CAP_UNCLEAN ? ERR_UNCLEAN : ERR_COPY;
    while (slot->generation == 0)
        slot->generation = ++generations;
    x[1] = cap->type | cap->rights << 8 | (uint64_t)slot->generation << 32;
    x[2] = cap->base;
    x[3] = cap->bytes;
    x[4] = cap->block_base;
    x[5] = cap->block_bytes;
    return ERR_OK;
}

static err_t hold(const struct cap *own, const uint64_t *x)
{
    struct slot *slot;
    err_t err = source_find(own, x, &slot);
    if (err != ERR_OK) return err;
    if ((x[3] & SHARED_TO_LEAVE) && !cap_types[slot->cap.type].leaves_core) return ERR_COPY;
    struct block_state *state = shared_make(&slot->cap);
    if (state == NULL) return ERR_NO_MEMORY;
    state->fenced = (x[3] & SHARED_FENCE) != 0;
    return ERR_OK;
}

static err_t drop(const struct cap *own, const uint64_t *x)
{
    struct slot *slot;
    err_t err = source_find(own, x, &slot);
    return err != ERR_OK ? err : cap_delete(slot);
}

/* While the monitor has the block's lock, its BlockState does not count. */
static err_t retype(const struct cap *own, const uint64_t *x)
{
    const struct cap *root;
    struct slot *slot;
    uint64_t source[] = {x[0], x[3], x[1]}, call[8] = {x[2], x[3], x[4], (uint32_t)x[5], x[6], x[5] >> 32};
    err_t err = source_find(own, source, &slot);
    if (err == ERR_OK) err = root_find(own, x[0], &root);
    if (err != ERR_OK) return err;
    shared_ignored = true;
    err = cap_syscall(root, CAP_RETYPE, call);
    shared_ignored = false;
    return err;
}

/* Capabilities by value --------------------------------------------------------------------------- */

static err_t install(const struct cap *own, uint64_t *x)
{
    struct cap cap = {.type = (uint8_t)x[1],
                      .rights = (uint8_t)(x[1] >> 8),
                      .base = x[2],
                      .bytes = x[3],
                      .block_base = x[4],
                      .block_bytes = x[5]};
    struct slot *slot;
    bool had = shared_find(cap.block_base) != NULL;
    err_t err = cspace_find_empty(own, x[0], &slot);
    x[1] = had;
    if (err != ERR_OK) return err;
    if (cap.type >= CAP_TYPE_COUNT || !cap_types[cap.type].leaves_core || cap.block_bytes == 0) return ERR_CAP_TYPE;
    if (shared_make(&cap) == NULL) return ERR_NO_MEMORY;
    x[1] = true;
    cap_assign(&slot->cap, &cap);
    mdb_insert(slot, NULL);
    return ERR_OK;
}

/* A capability that may not be here, in the MDB for the time of a call. */
static struct slot *probe_begin(const uint64_t *x)
{
    static struct slot probe;
    probe.cap = (struct cap){.type = (uint8_t)x[0], .base = x[1], .bytes = x[2], .block_base = x[3], .block_bytes = x[4]};
    mdb_insert(&probe, NULL);
    return &probe;
}

/* x0-x4 the capability, x5 low, x6 bytes. */
static err_t conflicts(uint64_t *x)
{
    struct slot *hint, *probe = probe_begin(x);
    x[1] = mdb_overlaps(mdb_node(probe), x[5], x[5] + x[6], &hint);
    mdb_remove(probe);
    return ERR_OK;
}

/* x0-x4 the capability, x5, x6 and the upper half of x0 what is kept. */
static err_t sweep(const struct cap *own, const uint64_t *x)
{
    struct slot *kept;
    uint64_t source[] = {x[5], x[6], x[0] >> 32};
    if (source[2] != 0 && source_find(own, source, &kept) == ERR_OK) return cap_revoke_step(kept);
    struct slot *probe = probe_begin(x);
    err_t err = cap_revoke_step(probe);
    mdb_remove(probe);
    return err;
}

/* Blocks ------------------------------------------------------------------------------------------ */

static err_t fence(const uint64_t *x)
{
    struct block_state *state = shared_find(x[0]);
    if (state == NULL) return ERR_NOT_FOUND;
    state->fenced = true;
    return ERR_OK;
}

static err_t settle(uint64_t *x)
{
    struct block_state *state = shared_find(x[0]);
    bool alone = x[1] != 0;
    x[1] = SHARED_NONE;
    if (state == NULL) return ERR_OK;
    bool held = shared_is_held(state);
    state->fenced = false;
    x[1] = !held ? SHARED_GONE : alone ? SHARED_EXCLUSIVE : SHARED_KEPT;
    x[2] = state->bytes;
    if (x[1] != SHARED_KEPT) shared_remove(state);
    return ERR_OK;
}

static err_t vacant(uint64_t *x)
{
    const struct block_state *state = shared_next_vacant();
    x[1] = state != NULL ? state->base : 0;
    x[2] = state != NULL ? state->bytes : 0;
    return ERR_OK;
}

err_t shared_invoke(const struct cap *own, unsigned op, uint64_t *x)
{
    switch (op) {
    case KERNEL_SHARED_LOOK:
        return look(own, x);
    case KERNEL_SHARED_HOLD:
        return hold(own, x);
    case KERNEL_SHARED_INSTALL:
        return install(own, x);
    case KERNEL_SHARED_CONFLICTS:
        return conflicts(x);
    case KERNEL_SHARED_RETYPE:
        return retype(own, x);
    case KERNEL_SHARED_FENCE:
        return fence(x);
    case KERNEL_SHARED_SWEEP:
        return sweep(own, x);
    case KERNEL_SHARED_SETTLE:
        return settle(x);
    case KERNEL_SHARED_DROP:
        return drop(own, x);
    default:
        return vacant(x);
    }
}
