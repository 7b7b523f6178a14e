/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * CNodes and dispatchers die slowly: what they hold is deleted in steps. Meanwhile the last capability of such an
 * object lives in a slot of the object itself, where nobody can name it.
 *
 * A dispatcher has a slot for that. In a CNode it takes an empty one of the first 64. If they are all full, the capability
 * in slot 0 makes room and goes to `limbo`, the kernel's only slot of its own, to be deleted at once; it may in turn
 * be the last one of a full CNode, and so on, as long a chain as somebody cares to build. So a call
 * follows it for LIMBO_STEPS only, and whoever needs limbo while it is occupied goes on with that first.
 */
#include <arch/memory.h>
#include <kernel/block.h>
#include <kernel/cnode.h>
#include <kernel/cspace.h>
#include <kernel/dispatcher.h>
#include <kernel/mdb.h>
#include <kernel/object.h>

#define LIMBO_STEPS 4

static struct slot limbo;
static struct slot *queue;

struct slot *cap_slots(const struct cap *cap, uint32_t *count)
{
    if (cap->flags & CAP_UNCLEAN) return NULL;
    if (cap->type == CAP_DISPATCHER || cap->type == CAP_ENDPOINT) {
        struct dcb *dcb = phys_to_virt(cap->base);
        *count = &dcb->zombie + 1 - &dcb->cspace;
        return &dcb->cspace;
    }
    if (cap->type != CAP_L1CNODE && cap->type != CAP_L2CNODE) return NULL;
    *count = cnode_count(cap);
    return cnode_slots(cap);
}

static void enqueue(struct slot *zombie)
{
    zombie->cap.flags |= CAP_ZOMBIE;
    zombie->cap.detail = 0;
    zombie->cap.zombie_prev = NULL;
    zombie->cap.zombie_next = queue;
    if (queue != NULL)
        queue->cap.zombie_prev = zombie;
    else if (monitor_notify != NULL)
        monitor_notify();
    queue = zombie;
}

static void dequeue(struct slot *zombie)
{
    struct slot *prev = zombie->cap.zombie_prev, *next = zombie->cap.zombie_next;
    if (prev != NULL)
        prev->cap.zombie_next = next;
    else
        queue = next;
    if (next != NULL) next->cap.zombie_prev = prev;
}

void zombie_make(struct slot *slot)
{
    uint32_t count, i = 0;
    struct slot *home = cap_slots(&slot->cap, &count);
    struct slot evicted = {0};
    if (slot->cap.type == CAP_DISPATCHER) {
        home += count - 1; /* dcb->zombie */
        mdb_move(home, slot);
    } else if (slot >= home && slot < home + count) {
        home = slot;
    } else {
        if (count > STEP_SCANNED) count = STEP_SCANNED;
        while (i < count && !slot_is_empty(&home[i]))
            i++;
        home += i == count ? 0 : i;
        if (i == count) mdb_move(&evicted, home);
        mdb_move(home, slot);
        if (i == count) mdb_move(&limbo, &evicted);
    }
    enqueue(home);
}

/* Delete what is in limbo; false: something still is. */
static bool limbo_settle(void)
{
    for (int i = 0; i < LIMBO_STEPS && !slot_is_empty(&limbo); i++)
        cap_delete(&limbo);
    return slot_is_empty(&limbo);
}

/* A CNode that holds nothing needs no reaping. */
static bool cnode_is_bare(const struct cap *cap)
{
    const struct slot *slots = cnode_slots(cap);
    uint32_t count = cnode_count(cap);
    if (count > STEP_SCANNED) return false;
    for (uint32_t i = 0; i < count; i++) {
        if (!slot_is_empty(&slots[i])) return false;
    }
    return true;
}

enum object_fate cnode_last(struct slot *slot)
{
    if ((slot->cap.flags & CAP_UNCLEAN) || cnode_is_bare(&slot->cap)) return OBJECT_REMOVE;
    if (slot == &limbo) {
        zombie_make(slot);
        return OBJECT_MOVED;
    }
    if (!limbo_settle()) return OBJECT_AGAIN;
    zombie_make(slot);
    limbo_settle();
    return OBJECT_MOVED;
}

void zombie_step(struct slot *zombie, unsigned *budget)
{
    uint32_t count;
    struct slot *slots = cap_slots(&zombie->cap, &count);
    for (uint32_t i = zombie->cap.detail; i < count; i++) {
        zombie->cap.detail = i;
        if (*budget == 0) return;
        struct slot *slot = &slots[i];
        budget_spend(budget, cap_delete_units(slot));
        if (slot != zombie && !slot_is_empty(slot) && cap_delete(slot) == ERR_AGAIN) {
            *budget = 0;
            return;
        }
    }
    dequeue(zombie);
    object_destroy(&zombie->cap);
    block_remove(zombie);
}

bool zombie_waiting(void)
{
    return queue != NULL || !slot_is_empty(&limbo);
}

err_t zombie_reap(unsigned slots)
{
    if (slots == 0 || slots > STEP_SLOTS) return ERR_ARGUMENT;
    unsigned budget = slots * (STEP_UNITS / STEP_SLOTS);
    limbo_settle();
    while (queue != NULL && budget != 0)
        zombie_step(queue, &budget);
    return zombie_waiting() ? ERR_AGAIN : ERR_OK;
}
