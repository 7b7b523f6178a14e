/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Page tables: walk to the table for an address and make what is missing on the way. Disabled; each level that is made
 * is whole before the next is begun, so giving up in between leaves nothing broken.
 *
 * A table without entries goes into a list, oldest first. Some are kept there, since a large block or a stack that comes and
 * goes would make and delete one each time (five system calls); what is beyond that, or all of them when memory is short, is
 * given back, and may leave the table above it empty in turn.
 */
#include "vspace.h"
#include <caps/caps.h>
#include <caps/slots.h>

static const uint32_t types[4] = {CAP_VNODE0, CAP_VNODE1, CAP_VNODE2, CAP_VNODE3};

static struct table *parent_of(const struct table *table)
{
    return table->level == 1 ? 0 : index_find(table->level - 1, table_base(table->va, table->level - 1));
}

static cptr_t parent_vnode(const struct table *table)
{
    struct table *parent = parent_of(table);
    return parent ? parent->vnode : SLOT_VSPACE;
}

static void empty_add(struct table *table)
{
    if (!table->chunk) return;
    table->newer = 0;
    table->older = vspace.empty_newest;
    if (table->older) {
        table->older->newer = table;
    } else {
        vspace.empty_oldest = table;
    }
    vspace.empty_newest = table;
    vspace.empty_tables++;
}

static void empty_remove(struct table *table)
{
    if (!table->chunk) return;
    if (table->older) {
        table->older->newer = table->newer;
    } else {
        vspace.empty_oldest = table->newer;
    }
    if (table->newer) {
        table->newer->older = table->older;
    } else {
        vspace.empty_newest = table->older;
    }
    vspace.empty_tables--;
}

static void entries_add(struct table *table, unsigned count)
{
    if (table->entries == 0) empty_remove(table);
    table->entries += count;
}

static void entries_remove(struct table *table, unsigned count)
{
    table->entries -= count;
    if (table->entries == 0) empty_add(table);
}

void table_use(struct table *table, unsigned entry, unsigned count)
{
    entries_add(table, count);
    for (unsigned end = entry + count; entry < end; entry++)
        table->used[entry / 64] |= 1ull << (entry % 64);
}

void table_unuse(struct table *table, unsigned entry, unsigned count)
{
    for (unsigned i = entry; i < entry + count; i++)
        table->used[i / 64] &= ~(1ull << (i % 64));
    entries_remove(table, count);
}

struct table *table_walk(vaddr_t va, vaddr_t *end)
{
    for (unsigned level = 1;; level++) {
        struct table *table = index_find(level, table_base(va, level));
        *end = table_base(va, level) + (1ull << (level_shift(level) + 9));
        if (!table || level == 3) return table;
        if (table_is_used(table, entry_of(va, level))) {
            *end = table_base(va, level + 1) + (1ull << level_shift(level));
            return table;
        }
    }
}

bool table_maps(vaddr_t va)
{
    vaddr_t end;
    struct table *table = table_walk(va, &end);
    return table && table_is_used(table, entry_of(va, table->level));
}

/* A record with a VNode that hangs nowhere. */
static err_t table_alloc(unsigned level, vaddr_t base, struct table **out)
{
    struct ram_run ram;
    if (!reserve_has_slots(2)) return ERR_AGAIN;
    struct table *table = table_pop();
    if (!table) return ERR_AGAIN;
    bool lasting = level < 3 || vspace.making_records;
    if (!(lasting ? reserve_pop_lasting : reserve_pop_ram)(1, true, &ram)) {
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
    err_t err = cap_retype(table->vnode, ram.chunk->ram, chunk_offset(ram.chunk, ram.page), types[level], 0, 1);
    if (!err) {
        *out = table;
        return ERR_OK;
    }
    slot_free(table->vnode);
    slot_free(table->mapping);
    reserve_push_ram(&ram);
    table_push(table);
    return err;
}

static void table_free(struct table *table)
{
    cap_free(table->vnode);
    slot_free(table->mapping);
    reserve_push_ram(&(struct ram_run){table->chunk, table->page, 1});
    table_push(table);
}

/* It hangs where it belongs. */
static void table_enter(struct table *table)
{
    struct table *parent = parent_of(table);
    index_insert(table);
    empty_add(table);
    if (parent) entries_add(parent, 1);
    vspace.figures.tables++;
}

static err_t table_make(unsigned level, vaddr_t base, struct table **out)
{
    struct table *table;
    err_t err = table_alloc(level, base, &table);
    if (err) return err;
    err = vnode_map_table(parent_vnode(table), table->vnode, entry_of(base, level - 1), table->mapping);
    if (err) {
        table_free(table);
        return err;
    }
    table_enter(table);
    *out = table;
    return ERR_OK;
}

err_t table_ensure(vaddr_t va, unsigned level, struct table **out)
{
    struct table *table = level == 3 ? table_find(va) : index_find(level, table_base(va, level));
    for (unsigned at = table ? level + 1 : 1; at <= level; at++) {
        vaddr_t base = table_base(va, at);
        table = index_find(at, base);
        if (table) continue;
        err_t err = table_make(at, base, &table);
        if (err) return err;
    }
    if (level == 3) vspace.last = table;
    *out = table;
    return ERR_OK;
}

err_t table_break(struct table *table, struct run *run)
{
    struct table *below;
    err_t err = table_alloc(table->level + 1, table->va + ((vaddr_t)run->entry << level_shift(table->level)), &below);
    if (err) return err;
    err = vnode_break(table->vnode, run->mapping, below->vnode, below->mapping);
    if (err) {
        table_free(below);
        return err;
    }
    table_enter(below);
    for (struct run **link = &table->runs; *link; link = &(*link)->next) {
        if (*link == run) {
            *link = run->next;
            break;
        }
    }
    table_unuse(table, run->entry, 1);
    *run = (struct run){.pages = VNODE_ENTRIES, .mapping = run->mapping, .lazy = run->lazy};
    below->runs = run;
    table_use(below, 0, VNODE_ENTRIES);
    return ERR_OK;
}

/* An empty table goes. */
static void table_give(struct table *table)
{
    struct table *parent = parent_of(table);
    empty_remove(table);
    index_remove(table);
    if (vspace.last == table) vspace.last = 0;
    if (vnode_unmap(parent ? parent->vnode : SLOT_VSPACE, table->mapping)) cap_delete(table->mapping);
    table_free(table);
    if (parent) entries_remove(parent, 1);
    vspace.figures.tables--;
}

void tables_trim(unsigned kept)
{
    while (vspace.empty_tables > kept)
        table_give(vspace.empty_oldest);
}
