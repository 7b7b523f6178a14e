/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Page tables: walk to the L3 for an address and make what is missing on the way. Disabled; each level that is made
 * is whole before the next is begun, so giving up in between leaves nothing broken.
 */
#include "vspace.h"
#include <caps/caps.h>
#include <caps/slots.h>

/* An address space keeps this many L3s even if they are empty: making one again costs more than it takes. */
#define TABLES_KEPT 24

static const uint32_t types[4] = {CAP_VNODE0, CAP_VNODE1, CAP_VNODE2, CAP_VNODE3};

cptr_t table_parent_vnode(const struct table *table)
{
    if (table->level == 1) return SLOT_VSPACE;
    struct table *parent = index_find(table->level - 1, table_base(table->va, table->level - 1));
    return parent ? parent->vnode : 0;
}

static void parent_count(const struct table *table, int change)
{
    if (table->level == 1) return;
    struct table *parent = index_find(table->level - 1, table_base(table->va, table->level - 1));
    if (parent) parent->entries += change;
}

/* Make the VNode of `table` from its page and hang it into its parent. */
static err_t hang(struct table *table)
{
    err_t err = cap_retype(table->vnode, table->chunk->ram, (uint64_t)table->page * PAGE_SIZE, types[table->level], 0, 1);
    if (err) return err;
    cptr_t parent = table_parent_vnode(table);
    err = vnode_map_table(parent, table->vnode, entry_of(table->va, table->level - 1), table->mapping);
    if (err) cap_delete(table->vnode);
    return err;
}

static err_t table_make(unsigned level, vaddr_t base, struct table **out)
{
    struct ram_run ram;
    if (!reserve_has_slots(2)) return ERR_AGAIN;
    struct table *table = table_pop();
    if (!table) return ERR_AGAIN;
    if (!reserve_pop_ram(1, true, &ram)) {
        table_push(table);
        return ERR_AGAIN;
    }
    *table = (struct table){
        .va = base,
        .level = level,
        .vnode = reserve_pop_slot(),
        .mapping = reserve_pop_slot(),
        .page = ram.page,
        .chunk = ram.chunk,
    };
    err_t err = hang(table);
    if (err) {
        slot_free(table->vnode);
        slot_free(table->mapping);
        reserve_push_ram(&ram);
        table_push(table);
        return err;
    }
    index_insert(table);
    parent_count(table, 1);
    vspace.figures.tables++;
    *out = table;
    return ERR_OK;
}

err_t table_ensure(vaddr_t va, struct table **out)
{
    struct table *table = table_find(va);
    for (unsigned level = table ? 4 : 1; level <= 3; level++) {
        vaddr_t base = table_base(va, level);
        table = index_find(level, base);
        if (table) continue;
        err_t err = table_make(level, base, &table);
        if (err) return err;
    }
    vspace.last = table;
    *out = table;
    return ERR_OK;
}

void table_use(struct table *table, unsigned entry, unsigned count)
{
    table->entries += count;
    for (unsigned end = entry + count; entry < end; entry++)
        table->used[entry / 64] |= 1ull << (entry % 64);
}

void table_unuse(struct table *table, unsigned entry, unsigned count)
{
    table->entries -= count;
    for (unsigned end = entry + count; entry < end; entry++)
        table->used[entry / 64] &= ~(1ull << (entry % 64));
}

void table_trim(struct table *table)
{
    if (table->entries > 0 || !table->chunk || vspace.figures.tables <= TABLES_KEPT) return;
    if (vnode_unmap(table_parent_vnode(table), table->mapping)) return;
    cap_delete(table->vnode);
    slot_free(table->vnode);
    slot_free(table->mapping);
    parent_count(table, -1);
    index_remove(table);
    if (vspace.last == table) vspace.last = 0;
    reserve_push_ram(&(struct ram_run){table->chunk, table->page, 1});
    table_push(table);
    vspace.figures.tables--;
}
