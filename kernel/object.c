/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What each type does when an object of it is made and when its last capability goes: the one place that
 * knows both the capability code and the files that own the types.
 */
#include <arch/memory.h>
#include <kernel/cnode.h>
#include <kernel/coreboot.h>
#include <kernel/dispatcher.h>
#include <kernel/irq.h>
#include <kernel/object.h>

static void create(const struct cap *cap)
{
    if (cap->type == CAP_DISPATCHER) {
        dispatcher_create(phys_to_virt(cap->base));
    }
}

static void destroy(const struct cap *cap)
{
    if (cap->type == CAP_DISPATCHER) {
        dispatcher_destroy(phys_to_virt(cap->base));
    }
}

static enum object_fate last_dispatcher(struct slot *slot)
{
    if ((slot->cap.flags & CAP_UNCLEAN) != 0) {
        return OBJECT_REMOVE; /* nothing has been made of its memory yet: anything may be in there */
    }
    dispatcher_orphaned(phys_to_virt(slot->cap.base));
    zombie_make(slot);
    return OBJECT_MOVED;
}

/* The receiver learns that nobody can send with this badge any more. */
static enum object_fate last_endpoint(struct slot *slot)
{
    if ((slot->cap.minor & ENDPOINT_HANGUP) != 0) {
        endpoint_signal(&slot->cap);
    }
    return OBJECT_REMOVE;
}

static enum object_fate last_irq(struct slot *slot)
{
    if (slot->cap.bytes == 1) {
        irq_unbind(slot->cap.base);
    }
    return OBJECT_REMOVE;
}

static enum object_fate last_doorbell(struct slot *slot)
{
    if (slot->cap.bytes == 1 && slot->cap.base / DOORBELL_IDS == kernel_core) {
        irq_unbind(IRQ_BELL(slot->cap.base % DOORBELL_IDS));
    }
    return OBJECT_REMOVE;
}

static enum object_fate last_kcb(struct slot *slot)
{
    return coreboot_release(&slot->cap) ? OBJECT_REMOVE : OBJECT_AGAIN;
}

static void slot_lost(struct slot *slot)
{
    dispatcher_slot_lost(slot->holder, slot);
}

void (*const object_slot_lost)(struct slot *slot) = slot_lost;

void (*const object_create)(const struct cap *cap) = create;
void (*const object_destroy)(const struct cap *cap) = destroy;

enum object_fate (*const object_last[CAP_TYPE_COUNT])(struct slot *slot) = {
    [CAP_L1CNODE] = cnode_last,   [CAP_L2CNODE] = cnode_last,         [CAP_VNODE0] = vnode_last,
    [CAP_VNODE1] = vnode_last,    [CAP_VNODE2] = vnode_last,          [CAP_VNODE3] = vnode_last,
    [CAP_MAPPING] = mapping_last, [CAP_DISPATCHER] = last_dispatcher, [CAP_ENDPOINT] = last_endpoint,
    [CAP_IRQ] = last_irq,         [CAP_DOORBELL] = last_doorbell,     [CAP_KCB] = last_kcb,
};
