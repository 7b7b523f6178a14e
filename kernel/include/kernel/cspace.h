/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Lookups in a CSpace: an L1CNode (`root`, usually a dispatcher's own slot) whose slots hold
 * L2CNodes of 64 slots each. See abi/types.h for cptr and capref. An empty root finds nothing.
 */
#ifndef KERNEL_CSPACE_H
#define KERNEL_CSPACE_H

#include <arch/memory.h>
#include <kernel/cap.h>
#include <kernel/compiler.h>

/* The slots of a CNode, and how many. */
static inline struct slot *cnode_slots(const struct cap *cnode)
{
    return phys_to_virt(cnode->base);
}
static inline uint32_t cnode_count(const struct cap *cnode)
{
    return cnode->bytes / SLOT_BYTES;
}

/* The slot, empty or not, of a cptr without CPTR_L1; false: no L2CNode there. cptr 0 is found, and is always empty. */
static ALWAYS_INLINE bool cspace_slot(const struct cap *root, cptr_t cptr, struct slot **slot)
{
    uint32_t l1 = cptr >> CNODE_L2_BITS;
    if (__builtin_expect(l1 >= cnode_count(root), 0)) return false;
    struct slot *l2 = cnode_slots(root) + l1;
    if (__builtin_expect(l2->cap.kind != CAP_L2CNODE, 0)) return false;
    *slot = cnode_slots(&l2->cap) + (cptr & (CNODE_L2_SLOTS - 1));
    return true;
}

/* Any capref, to any slot, empty or not. ERR_ROOT_LOOKUP, ERR_L1_LOOKUP. */
err_t cspace_resolve(const struct cap *root, capref_t ref, struct slot **slot);

/* A slot that holds a capability: also ERR_L2_LOOKUP. */
err_t cspace_find(const struct cap *root, capref_t ref, struct slot **slot);

/* A slot for a new capability: empty (else ERR_SLOT_OCCUPIED) and not cptr 0 (ERR_L2_LOOKUP). */
err_t cspace_find_empty(const struct cap *root, capref_t ref, struct slot **slot);

/* `count` of them in one CNode, consecutive. Running past its end: ERR_ARGUMENT. */
err_t cspace_find_run(const struct cap *root, capref_t ref, unsigned count, struct slot **first);

/* The L1CNode that a capref's upper half names (0: root itself), for KERNEL_IDENTIFY and the like. */
err_t cspace_root(const struct cap *root, cptr_t cptr, const struct cap **other);

#endif
