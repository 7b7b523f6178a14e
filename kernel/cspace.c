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
    struct slot *slot = cptr & CPTR_L1 ? NULL : cspace_slot(root, cptr);
    if (slot == NULL || slot->cap.kind != CAP_L1CNODE) return ERR_ROOT_LOOKUP;
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
    *slot = cspace_slot(root, cptr);
    return *slot == NULL ? ERR_L1_LOOKUP : ERR_OK;
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
