/* SPDX-License-Identifier: BSD-2-Clause */
/* Who holds a range of memory; see kernel/holders.h. */
#include <arch/memory.h>
#include <kernel/cnode.h>
#include <kernel/compiler.h>
#include <kernel/holders.h>
#include <kernel/mdb.h>
#include <kernel/shared.h>

/* The node, which does not stand before the range, or the first behind it, of something in a block of the range; NULL: none. */
static struct slot *range_from(struct slot *node, paddr_t end)
{
    while (node != NULL && node->cap.block_bytes == 0)
        node = mdb_next(node);
    return node != NULL && node->cap.base < end ? node : NULL;
}

static OUT_OF_LINE struct slot *range_first(paddr_t base, paddr_t end)
{
    struct slot *before = mdb_before(CAP_SPACE_MEM, base);
    return range_from(before != NULL ? mdb_next(before) : mdb_first(CAP_SPACE_MEM), end);
}

/* The slot at an address, if there is one that holds something of the range; else NULL. */
static struct slot *slot_at(paddr_t address, paddr_t base, paddr_t end)
{
    struct slot *object = mdb_before(CAP_SPACE_MEM, address + 1);
    uint32_t count;
    struct slot *slots = object != NULL ? cap_slots(&object->cap, &count) : NULL;
    if (slots == NULL) return NULL;
    uint64_t offset = address - virt_to_phys(slots);
    if (offset % SLOT_BYTES != 0 || offset / SLOT_BYTES >= count) return NULL;
    struct slot *slot = phys_to_virt(address);
    bool inside = slot->cap.block_bytes != 0 && slot->cap.base >= base && slot->cap.base < end;
    return !slot_is_empty(slot) && inside ? slot : NULL;
}

err_t holders_list(paddr_t base, paddr_t end, paddr_t after, uint64_t found[HOLDERS_EACH])
{
    unsigned count = 0;
    struct slot *slot = after == 0 ? range_first(base, end) : slot_at(after, base, end);
    if (slot == NULL && after != 0) return ERR_AGAIN;
    found[0] = found[1] = found[2] = found[3] = found[4] = 0;
    while (slot != NULL && count < HOLDERS_EACH) {
        if (after == 0) {
            if (shared_forbids_changes(&slot->cap)) return ERR_RETRY_THROUGH_MONITOR;
            if (slot->cap.flags & CAP_FREED) return ERR_AGAIN;
            found[count++] = virt_to_phys(slot);
        }
        after = 0;
        slot = slot->next;
        if (slot->level != 0) slot = range_from(mdb_next(slot), end); /* once round the ring */
    }
    return ERR_OK;
}

err_t holders_end(paddr_t base, paddr_t end, uint64_t *rest)
{
    unsigned budget = STEP_UNITS;
    struct slot *node;
    while ((node = range_first(base, end)) != NULL) {
        *rest = base = node->cap.base;
        if (budget == 0) return ERR_AGAIN;
        budget_spend(&budget, cap_delete_units(node));
        if (node->cap.flags & CAP_FREED)
            base = cap_end(&node->cap);
        else if (node->cap.flags & CAP_ZOMBIE)
            zombie_step(node, &budget);
        else if (cap_delete(node) == ERR_AGAIN)
            return ERR_AGAIN;
    }
    return ERR_OK;
}
