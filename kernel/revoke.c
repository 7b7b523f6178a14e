/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Revoke: all copies of a capability and all its descendants go, itself stays. In one call if that is a little and simple;
 * else the monitor drives it in steps, zombies in the range included.
 */
#include <kernel/cnode.h>
#include <kernel/mdb.h>
#include <kernel/object.h>
#include <kernel/retype.h>
#include <kernel/shared.h>

/* Descendants follow their ancestor in the MDB and begin inside it; these types have none, whatever follows. */
static bool has_descendants(const struct cap *cap)
{
    return cap->type != CAP_MAPPING && !(cap->type == CAP_ENDPOINT && cap->minor != 0);
}

/* The node after `node` if it is a descendant of `slot`, whose node stands before it. */
static struct slot *next_descendant(const struct slot *slot, const struct slot *node)
{
    struct slot *next = mdb_next(node);
    return next != NULL && next->cap.base < cap_end(&slot->cap) ? next : NULL;
}

/* Is it a CNode or a dispatcher, whose end takes steps? */
static bool dies_slowly(const struct cap *cap)
{
    return cap->type == CAP_L1CNODE || cap->type == CAP_L2CNODE || cap->type == CAP_DISPATCHER;
}

/* May all of it go in one call? */
static bool is_small(struct slot *slot)
{
    unsigned units = 0;
    for (struct slot *copy = slot->next; copy != slot; copy = copy->next) {
        units += cap_delete_units(copy);
        if (units > STEP_UNITS) return false;
    }
    if (!has_descendants(&slot->cap)) return true;
    for (struct slot *node = next_descendant(slot, mdb_node(slot)); node; node = next_descendant(slot, node)) {
        if (dies_slowly(&node->cap)) return false;
        struct slot *copy = node;
        do {
            units += cap_delete_units(copy);
            if (units > STEP_UNITS) return false;
            copy = copy->next;
        } while (copy != node);
    }
    return true;
}

/* cap_delete of a descendant, in less time for most types: while its ancestor lives it is never the last of its block. */
static err_t descendant_delete(struct slot *slot)
{
    if (slot->holder != NULL || object_last[slot->cap.type] != NULL) return cap_delete(slot);
    mdb_remove(slot);
    return ERR_OK;
}

static err_t revoke_check(const struct slot *slot)
{
    return slot->cap.flags != 0 || slot->cap.type == CAP_ARENA ? ERR_CAP_TYPE : ERR_OK;
}

err_t cap_revoke(struct slot *slot)
{
    err_t err = revoke_check(slot);
    if (err != ERR_OK) return err;
    if (shared_forbids_changes(&slot->cap) || !is_small(slot)) return ERR_RETRY_THROUGH_MONITOR;
    while (slot->next != slot)
        cap_delete(slot->next);
    if (has_descendants(&slot->cap)) {
        struct slot *node;
        while ((node = next_descendant(slot, slot)) != NULL)
            descendant_delete(node);
    }
    return ERR_OK;
}

err_t cap_revoke_step(struct slot *slot)
{
    unsigned budget = STEP_UNITS;
    uint16_t kind = slot->cap.kind;
    err_t err = revoke_check(slot);
    if (err != ERR_OK) return err;
    /* What is deleted may hold the slot itself: then there is nothing left to do on anybody's behalf. */
    while (slot->cap.kind == kind && slot->next != slot) {
        if (budget == 0) return ERR_AGAIN;
        budget_spend(&budget, cap_delete_units(slot->next));
        if (cap_delete(slot->next) == ERR_AGAIN) return ERR_AGAIN;
    }
    if (!has_descendants(&slot->cap)) return ERR_OK;
    struct slot *node;
    while (slot->cap.kind == kind && (node = next_descendant(slot, slot)) != NULL) {
        if (budget == 0) return ERR_AGAIN;
        if (node->cap.flags & CAP_ZOMBIE) {
            zombie_step(node, &budget);
            continue;
        }
        budget_spend(&budget, cap_delete_units(node));
        if (descendant_delete(node) == ERR_AGAIN) return ERR_AGAIN;
    }
    return ERR_OK;
}
