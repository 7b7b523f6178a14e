/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What init keeps for each restartable service, so that its successor can go on (kept/kept.h is the other side): a frame and
 * an L1CNode full of L2CNodes, made of one block of RAM on init's account. init never looks inside.
 */
#include "init.h"
#include <caps/caps.h>
#include <paging/ram.h>

static uint64_t pages(uint64_t bytes)
{
    return (bytes + PAGE_MASK) & ~(uint64_t)PAGE_MASK;
}

static uint32_t l1_slots(uint32_t nodes)
{
    uint32_t slots = 1u << CNODE_L1_MIN_BITS;
    while (slots < nodes)
        slots *= 2;
    return slots;
}

static uint32_t nodes_for(uint32_t slots)
{
    return (slots + CNODE_L2_SLOTS - 1) / CNODE_L2_SLOTS;
}

static uint64_t l1_bytes(const struct keep *keep)
{
    return (uint64_t)l1_slots(nodes_for(keep->slots) + nodes_for(keep->more)) * SLOT_BYTES;
}

static err_t slots_make(struct keep *keep, uint32_t nodes)
{
    uint64_t offset = l1_bytes(keep);
    err_t err = cap_retype_new(&keep->cnode, keep->block, 0, CAP_L1CNODE, offset);
    for (uint32_t n = 0; n < nodes && err == ERR_OK; n++) {
        err = cap_retype(CAPREF(keep->cnode, CPTR_L1 | n), keep->block, offset + (uint64_t)n * CNODE_L2_BYTES,
                         CAP_L2CNODE, 0, 1);
    }
    return err;
}

err_t keep_make(struct keep *keep)
{
    uint32_t nodes = nodes_for(keep->slots);
    uint64_t cnodes = nodes == 0 ? 0 : l1_bytes(keep) + (uint64_t)nodes * CNODE_L2_BYTES;
    if (keep->bytes == 0) return ERR_OK;
    err_t err = ram_alloc(cnodes + pages(keep->bytes), &keep->block);
    if (err != ERR_OK) return err;
    err = cap_retype_new(&keep->frame, keep->block, cnodes, CAP_FRAME, pages(keep->bytes));
    if (err == ERR_OK && nodes > 0) err = slots_make(keep, nodes);
    if (err != ERR_OK) keep_drop(keep);
    return err;
}

void keep_drop(struct keep *keep)
{
    if (keep->block == 0) return;
    cap_revoke(keep->block);
    cap_free(keep->cnode);
    cap_free(keep->frame);
    cap_free(keep->block);
    keep->block = keep->cnode = keep->frame = 0;
}

err_t keep_renew(struct keep *keep)
{
    keep_drop(keep);
    return keep_make(keep);
}
