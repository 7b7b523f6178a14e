/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Retype: new objects from a range that nothing overlaps. Memory that becomes anything but RAM is cleared
 * here, or the objects are born unclean and CAP_CLEAR does it in steps.
 */
#include <arch/memory.h>
#include <kernel/mdb.h>
#include <kernel/object.h>
#include <kernel/retype.h>
#include <kernel/shared.h>
#include <kernel/vnode.h>

/* Bytes of one object. */
static err_t size_check(const struct cap_type_info *info, uint64_t *bytes)
{
    switch (info->size) {
    case CAP_SIZE_FIXED:
        *bytes = info->fixed;
        return ERR_OK;
    case CAP_SIZE_PAGES:
        if (*bytes == 0) return ERR_ARGUMENT;
        return *bytes & PAGE_MASK ? ERR_ALIGNMENT : ERR_OK;
    case CAP_SIZE_L1:
        if (*bytes < SLOT_BYTES << CNODE_L1_MIN_BITS || *bytes > SLOT_BYTES << CNODE_L1_MAX_BITS) return ERR_ARGUMENT;
        return *bytes & (*bytes - 1) ? ERR_ALIGNMENT : ERR_OK;
    default:
        return *bytes == 0 ? ERR_ARGUMENT : ERR_OK;
    }
}

/* Everything that can be said from the request and the source alone; `bytes` becomes that of one object. */
static err_t request_check(const struct cap *src, const struct retype *request, uint64_t *bytes, uint64_t *total)
{
    uint64_t end;
    if (request->type >= CAP_TYPE_COUNT || !(cap_types[request->type].made_from >> src->type & 1))
        return ERR_RETYPE_TYPE;
    if (src->flags != 0) return src->flags & CAP_UNCLEAN ? ERR_UNCLEAN : ERR_CAP_TYPE;
    const struct cap_type_info *info = &cap_types[request->type];
    err_t err = size_check(info, bytes);
    if (err == ERR_OK) err = retype_count_check(request->count);
    if (err != ERR_OK) return err;
    if (__builtin_mul_overflow(*bytes, request->count, total) || __builtin_add_overflow(request->offset, *total, &end))
        return ERR_OVERFLOW;
    if (end > src->bytes) return ERR_ARGUMENT;
    if (info->space == CAP_SPACE_MEM && (request->offset & PAGE_MASK)) return ERR_ALIGNMENT;
    /* It would be a copy of its source, and neither would be the other's descendant. */
    if (request->type == src->type && *total == src->bytes && request->count == 1) return ERR_RETYPE_TYPE;
    return ERR_OK;
}

/* Does memory that becomes one have to be clear? */
static bool needs_clearing(unsigned type)
{
    return cap_types[type].space == CAP_SPACE_MEM && type != CAP_RAM && type != CAP_DEVFRAME && type != CAP_ENDPOINT;
}

static void clear(const struct cap *cap, uint64_t offset, uint64_t bytes)
{
    char *start = phys_to_virt(cap->base + offset);
    memory_zero(start, bytes);
    if (cap->type == CAP_DMAFRAME) cache_flush(start, bytes);
}

static void objects_init(struct slot *slots, unsigned count)
{
    unsigned type = slots->cap.type;
    if (type != CAP_DISPATCHER && (type < CAP_VNODE0 || type > CAP_VNODE3)) return;
    for (unsigned i = 0; i < count; i++) {
        vnode_init(&slots[i].cap);
        if (!(slots[i].cap.flags & CAP_UNCLEAN)) object_create(&slots[i].cap);
    }
}

err_t cap_retype(struct slot *dst, struct slot *src, const struct retype *request)
{
    uint64_t bytes = request->bytes, total;
    err_t err = request_check(&src->cap, request, &bytes, &total);
    if (err != ERR_OK) return err;
    if (shared_forbids_changes(&src->cap)) return ERR_RETRY_THROUGH_MONITOR;
    struct slot *hint;
    paddr_t base = src->cap.base + request->offset;
    if (mdb_overlaps(mdb_node(src), base, base + total, &hint)) return ERR_REVOKE_FIRST;

    const struct cap_type_info *info = &cap_types[request->type];
    struct cap *cap = &dst->cap;
    bool clearing = needs_clearing(request->type), unclean = clearing && total > CLEAR_BYTES;
    cap_assign(cap, &src->cap); /* its block; the rest is its own */
    cap->kind = request->type | (unclean ? CAP_UNCLEAN << 8 : 0);
    cap->rights = cap_types[src->cap.type].rights != 0 ? src->cap.rights & info->rights : info->rights;
    cap->base = base;
    cap->bytes = bytes;
    cap->detail = 0;
    cap->creation = cap->va = 0;
    if (clearing && !unclean) clear(cap, 0, total);
    for (uint64_t i = 1; i < request->count; i++) {
        cap_assign(&dst[i].cap, &dst[i - 1].cap);
        dst[i].cap.base += bytes;
    }
    mdb_insert_run(dst, request->count, &src->cap, hint);
    objects_init(dst, request->count);
    return ERR_OK;
}

err_t cap_clear(struct slot *slot)
{
    struct cap *cap = &slot->cap;
    if (!(cap->flags & CAP_UNCLEAN)) return ERR_OK;
    /* Only what is larger than one step needs to remember how far it is (and has no other use for the word). */
    uint64_t from = cap->bytes > CLEAR_BYTES ? cap->cleared : 0;
    uint64_t bytes = cap->bytes - from;
    if (bytes > CLEAR_BYTES) bytes = CLEAR_BYTES;
    clear(cap, from, bytes);
    if (from + bytes < cap->bytes) {
        cap->cleared = from + bytes;
        return ERR_AGAIN;
    }
    if (cap->bytes > CLEAR_BYTES) cap->cleared = 0;
    cap->flags &= ~CAP_UNCLEAN;
    object_create(cap);
    return ERR_OK;
}
