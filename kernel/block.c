/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Blocks of RAM: made by ARENA_ALLOC, split, and freed when nothing names them any more. What lies in a block is
 * contiguous in the MDB, so its neighbours there say whether a capability is the last one. A freed
 * block takes the place of that last capability in the MDB, with a slot in its own memory.
 */
#include <arch/memory.h>
#include <kernel/block.h>
#include <kernel/log.h>
#include <kernel/mdb.h>
#include <kernel/shared.h>

uint64_t block_freed_bytes;
void (*monitor_notify)(void);

static struct slot *queue_first, *queue_last;

static bool in_block(const struct slot *node, const struct cap *cap)
{
    return node != NULL && node->cap.block_bytes != 0 && node->cap.block_base == cap->block_base;
}

/* Is the node the only one of its block? */
static bool node_is_sole(const struct slot *node)
{
    /* mostly there is an ancestor before it */
    return !in_block(mdb_prev(node), &node->cap) && !in_block(mdb_next(node), &node->cap);
}

static void block_free(struct slot *slot)
{
    struct cap cap = {
        .type = CAP_RAM,
        .flags = CAP_FREED,
        .base = slot->cap.block_base,
        .bytes = slot->cap.block_bytes,
        .block_base = slot->cap.block_base,
        .block_bytes = slot->cap.block_bytes,
    };
    struct slot *freed = phys_to_virt(cap.base);
    mdb_replace(freed, &cap, slot);
    block_freed_bytes += cap.bytes;
    LOG(CAP, DEBUG, "block freed: 0x%lx, %lu KiB", cap.base, cap.bytes / 1024);
    if (queue_first != NULL) {
        queue_last->cap.zombie_next = freed;
        queue_last = freed;
        return;
    }
    queue_first = queue_last = freed;
    if (monitor_notify != NULL) monitor_notify();
}

void block_remove(struct slot *slot)
{
    if (slot->cap.block_bytes == 0 || !node_is_sole(slot)) {
        mdb_remove(slot);
    } else if (__builtin_expect(shared_count != 0, 0) && shared_vacated(&slot->cap)) {
        mdb_remove(slot);
        if (monitor_notify != NULL) monitor_notify();
    } else {
        block_free(slot);
    }
}

bool block_is_sole(struct slot *slot)
{
    const struct cap *cap = &slot->cap;
    return cap->block_bytes != 0 && cap->base == cap->block_base && cap->bytes == cap->block_bytes &&
           mdb_is_last(slot) && node_is_sole(slot);
}

void block_drain(paddr_t *base, uint64_t *bytes, bool *more)
{
    struct slot *freed = queue_first;
    *base = *bytes = 0;
    *more = false;
    if (freed == NULL) return;
    *base = freed->cap.base;
    *bytes = freed->cap.bytes;
    queue_first = freed->cap.zombie_next;
    *more = queue_first != NULL;
    block_freed_bytes -= freed->cap.bytes;
    mdb_remove(freed);
}

/* What is left of a block pins all of it, the parts that nothing names too. */
static bool reaches_into(const struct slot *node, paddr_t base, paddr_t end)
{
    return node != NULL && node->cap.block_base < end && node->cap.block_base + node->cap.block_bytes > base;
}

err_t arena_alloc(struct slot *dst, struct slot *arena, paddr_t base, uint64_t bytes)
{
    uint64_t end;
    struct slot *hint;
    if (bytes == 0) return ERR_ARGUMENT;
    if (__builtin_add_overflow(base, bytes, &end)) return ERR_OVERFLOW;
    if ((base | bytes) & PAGE_MASK) return ERR_ALIGNMENT;
    if (base < arena->cap.base || end > cap_end(&arena->cap)) return ERR_ARGUMENT;
    if (mdb_overlaps(arena, base, end, &hint) || reaches_into(hint, base, end) || reaches_into(mdb_next(hint), base, end))
        return ERR_REVOKE_FIRST;
    dst->cap = (struct cap){.type = CAP_RAM, .base = base, .bytes = bytes, .block_base = base, .block_bytes = bytes};
    mdb_insert(dst, hint);
    return ERR_OK;
}

err_t block_split(struct slot *dst, struct slot *src, uint64_t offset)
{
    err_t err = cap_expect(&src->cap, CAP_RAM);
    if (err != ERR_OK) return err;
    if (offset == 0 || offset >= src->cap.bytes) return ERR_ARGUMENT;
    if (offset & PAGE_MASK) return ERR_ALIGNMENT;
    if (!block_is_sole(src) || shared_forbids_changes(&src->cap)) return ERR_BLOCK;
    cap_assign(&dst->cap, &src->cap);
    dst->cap.base = dst->cap.block_base = src->cap.base + offset;
    dst->cap.bytes = dst->cap.block_bytes = src->cap.bytes - offset;
    mdb_resize(src, offset);
    src->generation = 0;
    src->cap.block_bytes = offset;
    mdb_insert(dst, src);
    return ERR_OK;
}
