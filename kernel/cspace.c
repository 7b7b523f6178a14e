/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The general forms of a CSpace lookup: slots of other CSpaces, slots of the L1CNode itself, places for new
 * capabilities. It reads CNodes and changes nothing.
 */
#include <kernel/cspace.h>

err_t cspace_root(const struct cap *root, cptr_t cptr, const struct cap **other)
{
    *other = root;
    if (cptr == 0) return ERR_OK;
    struct slot *slot;
    if ((cptr & CPTR_L1) || !cspace_slot(root, cptr, &slot) || slot->cap.kind != CAP_L1CNODE) return ERR_ROOT_LOOKUP;
    *other = &slot->cap;
    return ERR_OK;
}

err_t cspace_resolve(const struct cap *root, capref_t ref, struct slot **slot)
{
    cptr_t cptr = (cptr_t)ref;
    err_t err = cspace_root(root, ref >> 32, &root);
    if (err != ERR_OK) return err;
    if (cptr & CPTR_L1) {
        uint32_t index = cptr & ~CPTR_L1;
        if (index >= cnode_count(root)) return ERR_L1_LOOKUP;
        *slot = cnode_slots(root) + index;
        return ERR_OK;
    }
    return cspace_slot(root, cptr, slot) ? ERR_OK : ERR_L1_LOOKUP;
}

/* What is not a slot in an L2CNode of the caller's own. */
static OUT_OF_LINE err_t find_other(const struct cap *root, capref_t ref, struct slot **slot, bool empty)
{
    err_t err = cspace_resolve(root, ref, slot);
    if (err != ERR_OK) return err;
    if (empty && (cptr_t)ref != 0) return slot_is_empty(*slot) ? ERR_OK : ERR_SLOT_OCCUPIED;
    return empty || slot_is_empty(*slot) ? ERR_L2_LOOKUP : ERR_OK;
}

err_t cspace_find(const struct cap *root, capref_t ref, struct slot **slot)
{
    struct slot *found;
    if (ref >> 31 != 0 || !cspace_slot(root, ref, &found)) return find_other(root, ref, slot, false);
    *slot = found;
    return slot_is_empty(found) ? ERR_L2_LOOKUP : ERR_OK;
}

err_t cspace_find_empty(const struct cap *root, capref_t ref, struct slot **slot)
{
    struct slot *found;
    if (ref >> 31 != 0 || ref == 0 || !cspace_slot(root, ref, &found)) return find_other(root, ref, slot, true);
    *slot = found;
    return slot_is_empty(found) ? ERR_OK : ERR_SLOT_OCCUPIED;
}

err_t cspace_find_run(const struct cap *root, capref_t ref, unsigned count, struct slot **first)
{
    err_t err = cspace_find_empty(root, ref, first);
    if (err != ERR_OK) return err;
    cptr_t cptr = (cptr_t)ref;
    uint32_t index = cptr & (CNODE_L2_SLOTS - 1), end = CNODE_L2_SLOTS;
    if (cptr & CPTR_L1) {
        index = cptr & ~CPTR_L1;
        /* cannot fail any more: the first slot was found in it */
        cspace_root(root, ref >> 32, &root);
        end = cnode_count(root);
    }
    if (count > end - index) return ERR_ARGUMENT;
    for (unsigned i = 1; i < count; i++) {
        if (!slot_is_empty(*first + i)) return ERR_SLOT_OCCUPIED;
    }
    return ERR_OK;
}
