/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The CSpace grows as the slot allocator needs it: L2CNodes out of the reserve, and when the L1CNode is full a larger
 * one, to which all L2CNodes are copied before the dispatcher is told to use it. Not disabled; one thread at a time, as the allocator
 * sees to. What comes from the reserve here is taken without being the one that refills it: that one may be waiting for us.
 */
#include "vspace.h"
#include <caps/caps.h>
#include <caps/slots.h>

#define GROWTH 4

/* The new root takes the old one's place. L2CNode 0, with SLOT_CSPACE in it, is the same in both. */
static err_t root_replace(cptr_t root, unsigned nodes)
{
    for (unsigned i = 0; i < nodes; i++) {
        err_t err = cap_copy(CAPREF(root, CPTR_L1 | i), CPTR_L1 | i);
        if (err) return err;
    }
    err_t err = disp_configure(SLOT_DISPATCHER, root, 0, 0, 0);
    if (err) return err;
    cap_delete(SLOT_CSPACE);
    return cap_move(SLOT_CSPACE, root);
}

static err_t root_grow(unsigned nodes, unsigned *l1_slots)
{
    unsigned larger = *l1_slots * GROWTH;
    uint64_t bytes = larger * (uint64_t)SLOT_BYTES;
    cptr_t ram;
    cptr_t root;
    /* init's root is the kernel's making and holds more than the allocator knows of. */
    if (!vspace.info || larger > 1u << CNODE_L1_MAX_BITS) return ERR_NO_SLOTS;
    err_t err = ram_alloc(bytes, &ram);
    if (err) return err;
    err = slot_alloc_reserved(&root);
    if (!err) {
        err = cap_retype(root, ram, 0, CAP_L1CNODE, bytes, 1);
        if (!err) err = root_replace(root, nodes);
        cap_free(root);
    }
    cap_free(ram); /* the L1CNode keeps its block */
    if (!err) *l1_slots = larger;
    return err;
}

static err_t node_make(cptr_t dst)
{
    struct ram_run ram;
    for (;;) {
        vspace_enter();
        bool popped = reserve_pop_lasting(CNODE_L2_BYTES / PAGE_SIZE, true, &ram);
        vspace_leave();
        if (popped) break;
        err_t err = reserve_add_ram();
        if (err) return err;
        records_refill(); /* a block takes one, and whoever only takes slots never comes to the pager */
    }
    err_t err = cap_retype(dst, ram.chunk->ram, chunk_offset(ram.chunk, ram.page), CAP_L2CNODE, 0, 1);
    if (err) {
        vspace_enter();
        reserve_push_ram(&ram);
        vspace_leave();
    }
    return err;
}

err_t cspace_refill(unsigned node, unsigned *l1_slots)
{
    err_t err = node + 1 < *l1_slots ? ERR_OK : root_grow(node, l1_slots);
    return err ? err : node_make(CPTR_L1 | node);
}
