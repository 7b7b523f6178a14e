/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Operations on single slots: create, copy, mint, move, delete, identify. Each checks everything first and then
 * cannot fail. Rights only ever shrink.
 */
#include <kernel/assert.h>
#include <kernel/block.h>
#include <kernel/mdb.h>
#include <kernel/object.h>
#include <kernel/shared.h>
#include <kernel/vnode.h>

const struct cap_type_info cap_types[CAP_TYPE_COUNT] = CAP_TYPE_INFO_INIT;

void cap_create(struct slot *slot, const struct cap *cap)
{
    assert(slot_is_empty(slot));
    cap_assign(&slot->cap, cap);
    vnode_init(&slot->cap);
    mdb_insert(slot, NULL);
}

err_t cap_may_copy(const struct cap *cap)
{
    if (cap->flags & CAP_UNCLEAN) return ERR_UNCLEAN;
    if (shared_forbids_copies(cap)) return ERR_RETRY_THROUGH_MONITOR;
    return cap_types[cap->type].copyable ? ERR_OK : ERR_COPY;
}

err_t cap_copy(struct slot *dst, struct slot *src, uint64_t rights)
{
    err_t err = cap_may_copy(&src->cap);
    if (err != ERR_OK) return err;
    cap_assign(&dst->cap, &src->cap);
    dst->cap.rights &= rights;
    mdb_copy(dst, src);
    return ERR_OK;
}

static err_t mint_endpoint(struct slot *dst, struct slot *src, uint64_t rights, uint64_t badge, uint64_t flags)
{
    if (flags & ~(uint64_t)(MINT_RING_MASK | MINT_HANGUP)) return ERR_ARGUMENT;
    cap_assign(&dst->cap, &src->cap);
    dst->cap.rights &= rights;
    dst->cap.minor = ENDPOINT_BADGED | flags;
    dst->cap.badge = badge;
    dst->cap.sent = 0;
    mdb_insert(dst, src->level != 0 ? src : NULL);
    return ERR_OK;
}

err_t cap_mint(struct slot *dst, struct slot *src, uint64_t rights, uint64_t badge, uint64_t flags)
{
    err_t err = cap_may_copy(&src->cap);
    if (err != ERR_OK) return err;
    if (src->cap.type == CAP_ENDPOINT && src->cap.minor == 0) return mint_endpoint(dst, src, rights, badge, flags);
    if (flags != 0) return ERR_ARGUMENT;
    if (src->cap.type == CAP_DISPATCHER) {
        if (badge > 7) return ERR_ARGUMENT;
        if (badge < src->cap.detail) return ERR_PRIORITY;
    } else if (badge != 0) {
        return ERR_ARGUMENT;
    }
    cap_copy(dst, src, rights);
    if (src->cap.type == CAP_DISPATCHER) dst->cap.detail = badge;
    return ERR_OK;
}

err_t cap_move(struct slot *dst, struct slot *src)
{
    mdb_move(dst, src);
    return ERR_OK;
}

err_t cap_delete(struct slot *slot)
{
    if (!mdb_is_last(slot)) {
        mdb_remove(slot);
    } else {
        enum object_fate (*last)(struct slot *) = object_last[slot->cap.type];
        enum object_fate fate = last == NULL ? OBJECT_REMOVE : last(slot);
        if (fate == OBJECT_AGAIN) return ERR_AGAIN;
        if (fate == OBJECT_REMOVE) block_remove(slot);
    }
    if (slot->holder != NULL) object_slot_lost(slot);
    return ERR_OK;
}

unsigned cap_delete_units(const struct slot *slot)
{
    if (slot_is_empty(slot)) return 1;
    if (slot->holder != NULL) return 48;
    if (!mdb_is_last(slot)) return 5;
    switch (slot->cap.type) {
    case CAP_L1CNODE:
    case CAP_L2CNODE:
        return 128; /* becomes a zombie; and four steps of limbo */
    case CAP_DISPATCHER:
        return 80;
    case CAP_MAPPING:
        /* Of more entries than are mapped at once the TLB forgets all with one call. */
        return MAPPING_COUNT(slot->cap.detail) <= VNODE_MAP_MAX ? 28 + MAPPING_COUNT(slot->cap.detail) : 156;
    case CAP_VNODE0:
    case CAP_VNODE1:
    case CAP_VNODE2:
    case CAP_VNODE3:
        return 40;
    case CAP_ENDPOINT:
    case CAP_IRQ:
    case CAP_DOORBELL:
        return 32;
    default:
        return 16;
    }
}

void cap_identify(const struct cap *cap, bool all, uint64_t *regs)
{
    static const uint32_t telling =
        1u << CAP_DMAFRAME | 1u << CAP_DEVFRAME | 1u << CAP_IRQ | 1u << CAP_ID | 1u << CAP_DOORBELL;
    bool tells_base = all || (telling >> cap->type & 1);
    regs[1] = cap->type | cap->rights << 8 | (cap->flags & CAP_UNCLEAN ? IDENTIFY_UNCLEAN : 0);
    regs[2] = tells_base ? cap->base : 0;
    regs[3] = cap->bytes;
    regs[4] = all ? cap->badge : 0;
}
