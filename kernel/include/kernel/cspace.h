/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Lookups in a CSpace: an L1CNode (`root`, usually a dispatcher's own slot) whose slots hold
 * L2CNodes of 64 slots each. See abi/types.h for cptr and capref. An empty root finds nothing.
 */
#ifndef KERNEL_CSPACE_H
#define KERNEL_CSPACE_H

#include <arch/memory.h>
#include <kernel/cap.h>

/* The slots of a CNode, and how many. */
static inline struct slot *cnode_slots(const struct cap *cnode)
{
    return phys_to_virt(cnode->base);
}
static inline uint32_t cnode_count(const struct cap *cnode)
{
    return cnode->bytes / SLOT_BYTES;
}

/* The slot, empty or not, of a cptr without CPTR_L1; NULL: no L2CNode there. cptr 0 is found, and is always empty. */
static inline struct slot *cspace_slot(const struct cap *root, cptr_t cptr)
{
    uint32_t l1 = cptr >> CNODE_L2_BITS;
    if (__builtin_expect(l1 >= cnode_count(root), 0)) return NULL;
    struct slot *l2 = cnode_slots(root) + l1;
    if (__builtin_expect(l2->cap.kind != CAP_L2CNODE, 0)) return NULL;
    return cnode_slots(&l2->cap) + (cptr & (CNODE_L2_SLOTS - 1));
}

/* Any capref, to any slot, empty or not. ERR_ROOT_LOOKUP, ERR_L1_LOOKUP. */
err_t cspace_resolve(const struct cap *root, capref_t ref, struct slot **slot);

/* A slot that holds a capability: also ERR_L2_LOOKUP. */
static inline err_t cspace_find(const struct cap *root, capref_t ref, struct slot **slot)
{
    struct slot *found = ref >> 31 ? NULL : cspace_slot(root, ref);
    if (__builtin_expect(found == NULL, 0)) {
        err_t err = cspace_resolve(root, ref, &found);
        if (err != ERR_OK) return err;
    }
    *slot = found;
    return slot_is_empty(found) ? ERR_L2_LOOKUP : ERR_OK;
}

/* A slot for a new capability: empty (else ERR_SLOT_OCCUPIED) and not cptr 0 (ERR_L2_LOOKUP). */
static inline err_t cspace_find_empty(const struct cap *root, capref_t ref, struct slot **slot)
{
    struct slot *found = ref >> 31 ? NULL : cspace_slot(root, ref);
    if (__builtin_expect(found == NULL || (cptr_t)ref == 0, 0)) {
        err_t err = cspace_resolve(root, ref, &found);
        if (err != ERR_OK) return err;
        if ((cptr_t)ref == 0) return ERR_L2_LOOKUP;
    }
    *slot = found;
    return slot_is_empty(found) ? ERR_OK : ERR_SLOT_OCCUPIED;
}

/* `count` of them in one CNode, consecutive. Running past its end: ERR_ARGUMENT. */
err_t cspace_find_run(const struct cap *root, capref_t ref, unsigned count, struct slot **first);

/* The L1CNode that a capref's upper half names (0: root itself), for KERNEL_IDENTIFY and the like. */
err_t cspace_root(const struct cap *root, cptr_t cptr, const struct cap **other);

#endif
