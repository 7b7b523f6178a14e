/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Backing pages of lazily backed regions: one VNODE_MAP_RAM for the run of pages around an address that are not backed
 * yet. Used by the fault handler and by paging_back. Disabled.
 */
#include "vspace.h"
#include <caps/caps.h>
#include <caps/slots.h>

/* The entries around `entry`, within [low, high], that are not used. */
static void widen(const struct table *table, unsigned entry, unsigned *low, unsigned *high)
{
    unsigned first = entry;
    unsigned last = entry;
    while (first > *low && !table_is_used(table, first - 1))
        first--;
    while (last < *high && !table_is_used(table, last + 1))
        last++;
    *low = first;
    *high = last;
}

static err_t map_run(struct table *table, unsigned first, unsigned last, unsigned must, uint32_t attributes)
{
    struct ram_run ram;
    if (!reserve_has_slots(1)) return ERR_AGAIN;
    struct run *run = run_pop();
    if (!run) return ERR_AGAIN;
    if (!(vspace.making_records ? reserve_pop_lasting : reserve_pop_ram)(last - first + 1, false, &ram)) {
        run_push(run);
        return ERR_AGAIN;
    }
    /* Fewer pages than asked for: so that they cover the one that must be. */
    if (first + ram.pages <= must) first = must - ram.pages + 1;
    cptr_t slot = reserve_pop_slot();
    err_t err = vnode_map_ram(table->vnode, ram.chunk->ram, chunk_offset(ram.chunk, ram.page), first, ram.pages,
                              attributes, slot);
    if (err) {
        slot_free(slot);
        reserve_push_ram(&ram);
        run_push(run);
        return err;
    }
    *run = (struct run){table->runs, ram.chunk, ram.page, first, ram.pages, slot, true};
    table->runs = run;
    table_use(table, first, ram.pages);
    vspace.figures.pages += ram.pages;
    return ERR_OK;
}

err_t back_step(vaddr_t va, vaddr_t low, vaddr_t high, uint32_t attributes)
{
    struct table *table = table_find(va);
    if (!table) {
        if (table_maps(va)) return ERR_OK; /* a block */
        err_t err = table_ensure(va, 3, &table);
        if (err) return err;
    }
    vspace.last = table;
    unsigned entry = entry_of(va, 3);
    if (table_is_used(table, entry)) return ERR_OK;
    unsigned first = low > table->va ? entry_of(low, 3) : 0;
    unsigned last = high - table->va < VNODE_ENTRIES * PAGE_SIZE ? entry_of(high - 1, 3) : VNODE_ENTRIES - 1;
    widen(table, entry, &first, &last);
    return map_run(table, first, last, entry, attributes);
}

void run_release(struct table *table, struct run *run)
{
    for (struct run **link = &table->runs; *link; link = &(*link)->next) {
        if (*link == run) {
            *link = run->next;
            break;
        }
    }
    /* The Mapping may be gone already (its frame was revoked): then there is nothing to unmap. */
    if (vnode_unmap(table->vnode, run->mapping)) cap_delete(run->mapping);
    slot_free(run->mapping);
    table_unuse(table, run->entry, run->pages);
    if (run->lazy) vspace.figures.pages -= run_pages(table, run);
    struct ram_run ram = {run->chunk, run->page, run->pages};
    run_push(run);
    if (ram.chunk) reserve_push_ram(&ram);
}
