/* SPDX-License-Identifier: BSD-2-Clause */
/* See fake_kernel.h. Stands in for lib/caps and the source of RAM. */
#include "fake_kernel.h"
#include "vspace.h"
#include <caps/caps.h>
#include <caps/slots.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#define SLOTS 65536 * 4
#define PAGES (1 << 22)
#define BLOCKS (1 << 17)

struct fake_cap {
    uint32_t type;
    uint64_t page;  /* of RAM, frames, tables, RAM mappings */
    uint64_t pages; /* of a Mapping: entries */
    uint32_t vnode; /* of a Mapping: the table's slot; of a table: 0 or where it hangs */
    uint32_t entry;
    uint32_t block; /* that it keeps; 0: none */
};

struct fake_table {
    uint32_t entry[VNODE_ENTRIES]; /* slot of the Mapping */
    uint32_t below[VNODE_ENTRIES]; /* slot of the table */
    struct fake_page page[VNODE_ENTRIES];
};

static struct fake_cap caps[SLOTS];
static struct fake_table *tables[SLOTS]; /* by the slot of the VNode */
static bool used[PAGES];
static uint32_t holders[BLOCKS]; /* RAM, Frames and their Mappings in a block */
static uint32_t next_block;
static uint64_t next_page;
static uint64_t pages_used;
unsigned fake_ram_failures;
uint64_t fake_refuse;
uint64_t fake_blocks;
uint64_t fake_calls;

void fake_start(void)
{
    caps[SLOT_VSPACE].type = CAP_VNODE0;
    tables[SLOT_VSPACE] = calloc(1, sizeof(struct fake_table));
    for (unsigned i = 0; i < FAKE_FRAMES; i++) {
        bool aligned = i + 2 >= FAKE_FRAMES;
        uint64_t pages = FAKE_FRAME_SLOT + i == FAKE_LARGE_FRAME ? FAKE_LARGE_PAGES : FAKE_FRAME_PAGES;
        caps[FAKE_FRAME_SLOT + i] = (struct fake_cap){CAP_FRAME, aligned ? 0 : 1 + i, pages, 0, 0, 0};
    }
}

static bool refused(void)
{
    return fake_refuse && --fake_refuse == 0;
}

static void block_keep(struct fake_cap *cap, uint32_t block)
{
    cap->block = block;
    if (block) holders[block]++;
}

static void block_leave(struct fake_cap *cap)
{
    if (cap->block && --holders[cap->block] == 0) fake_blocks--;
    cap->block = 0;
}

static void page_take(uint64_t page, uint64_t count)
{
    for (uint64_t i = page; i < page + count; i++) {
        assert_false(used[i]);
        used[i] = true;
    }
    pages_used += count;
}

static void page_give(uint64_t page, uint64_t count)
{
    for (uint64_t i = page; i < page + count; i++) {
        assert_true(used[i]);
        used[i] = false;
    }
    pages_used -= count;
}

uint64_t fake_pages_used(void)
{
    return pages_used;
}

static struct fake_cap *fill(capref_t slot, uint32_t type)
{
    assert_true(slot < SLOTS && slot != 0);
    assert_int_equal(caps[slot].type, CAP_NULL);
    caps[slot].type = type;
    fake_calls++;
    return &caps[slot];
}

static err_t fake_alloc(uint64_t bytes, cptr_t *ram)
{
    if (fake_ram_failures) {
        fake_ram_failures--;
        return ERR_NO_MEMORY;
    }
    err_t err = slot_alloc_reserved(ram);
    if (err) return err;
    struct fake_cap *cap = fill(*ram, CAP_RAM);
    if (bytes >= 2 * MIB) next_page = (next_page + 511) & ~511ull;
    assert_true(++next_block < BLOCKS);
    block_keep(cap, next_block);
    cap->page = next_page;
    cap->pages = bytes / PAGE_SIZE;
    next_page += cap->pages;
    assert_true(next_page < PAGES);
    fake_blocks++;
    return ERR_OK;
}

const struct ram_source ram_source_mem = {fake_alloc};

err_t cap_retype(capref_t dst, capref_t src, uint64_t offset, uint32_t type, uint64_t bytes, uint64_t count)
{
    uint64_t pages = type == CAP_L2CNODE ? 2 : 1;
    if (refused()) return FAKE_REFUSAL;
    assert_int_equal(caps[src].type, CAP_RAM);
    assert_int_equal(count, 1);
    assert_true(offset % PAGE_SIZE == 0 && offset / PAGE_SIZE + pages <= caps[src].pages);
    if (dst & CPTR_L1) {
        page_take(caps[src].page + offset / PAGE_SIZE, pages);
        return ERR_OK;
    }
    struct fake_cap *cap = fill(dst, type);
    cap->page = caps[src].page + offset / PAGE_SIZE;
    cap->pages = pages;
    page_take(cap->page, pages);
    if (type >= CAP_VNODE1 && type <= CAP_VNODE3) tables[dst] = calloc(1, sizeof(struct fake_table));
    return ERR_OK;
}

/* Of a whole block only. */
err_t cap_retype_new(cptr_t *dst, capref_t src, uint64_t offset, uint32_t type, uint64_t bytes)
{
    if (refused()) return FAKE_REFUSAL;
    assert_int_equal(caps[src].type, CAP_RAM);
    assert_true(type == CAP_FRAME && offset == 0 && bytes == caps[src].pages * PAGE_SIZE);
    err_t err = slot_alloc(dst);
    if (err) return err;
    struct fake_cap *cap = fill(*dst, type);
    cap->page = caps[src].page;
    cap->pages = caps[src].pages;
    block_keep(cap, caps[src].block);
    return ERR_OK;
}

err_t cap_delete(capref_t slot)
{
    struct fake_cap *cap = &caps[slot];
    if (tables[slot]) {
        for (unsigned i = 0; i < VNODE_ENTRIES; i++)
            assert_int_equal(tables[slot]->entry[i], 0);
        assert_int_equal(cap->vnode, 0);
        free(tables[slot]);
        tables[slot] = 0;
        page_give(cap->page, 1);
    }
    if (cap->type == CAP_RAM) {
        for (uint64_t i = 0; i < cap->pages; i++)
            assert_false(used[cap->page + i]);
    }
    block_leave(cap);
    *cap = (struct fake_cap){0};
    return ERR_OK;
}

err_t cap_free(cptr_t slot)
{
    cap_delete(slot);
    slot_free(slot);
    return ERR_OK;
}

/* 4 KiB pages that an entry of the table stands for. */
static uint64_t pages_of_entry(unsigned level)
{
    return 1ull << 9 * (3 - level);
}

static unsigned level_of(cptr_t vnode)
{
    assert_true(caps[vnode].type >= CAP_VNODE0 && caps[vnode].type <= CAP_VNODE3);
    return caps[vnode].type - CAP_VNODE0;
}

static struct fake_cap *mapping_make(capref_t dst, cptr_t vnode, uint64_t entry, uint64_t page, uint64_t pages)
{
    struct fake_cap *cap = fill(dst, CAP_MAPPING);
    cap->vnode = vnode;
    cap->entry = entry;
    cap->page = page;
    cap->pages = pages;
    for (uint64_t i = 0; i < pages; i++) {
        assert_int_equal(tables[vnode]->entry[entry + i], 0);
        tables[vnode]->entry[entry + i] = dst;
    }
    return cap;
}

static void table_hang(cptr_t vnode, capref_t table, uint64_t entry, capref_t mapping)
{
    mapping_make(mapping, vnode, entry, 0, 1);
    tables[vnode]->below[entry] = table;
    caps[table].vnode = vnode;
}

err_t vnode_map_table(cptr_t vnode, capref_t table, uint64_t entry, capref_t mapping)
{
    if (refused()) return FAKE_REFUSAL;
    assert_true(entry < VNODE_ENTRIES);
    assert_int_equal(caps[vnode].type + 1, caps[table].type);
    table_hang(vnode, table, entry, mapping);
    return ERR_OK;
}

static void leaves(cptr_t vnode, uint64_t entry, uint64_t count, struct fake_page page)
{
    page.level = level_of(vnode);
    for (uint64_t i = 0; i < count; i++, page.page += pages_of_entry(page.level))
        tables[vnode]->page[entry + i] = page;
}

static void run_check(uint64_t entry, uint64_t count, uint64_t most, uint64_t attributes)
{
    assert_true(count > 0 && count <= most && entry + count <= VNODE_ENTRIES);
    assert_true(attributes & MAP_READ);
    assert_false((attributes & MAP_WRITE) && (attributes & MAP_EXECUTE));
    assert_false((attributes & MAP_EXECUTE) && count > 16);
}

err_t vnode_map_ram(cptr_t vnode, capref_t ram, uint64_t offset, uint64_t entry, uint64_t count, uint64_t attributes,
                    capref_t mapping)
{
    if (refused()) return FAKE_REFUSAL;
    assert_int_equal(level_of(vnode), 3);
    run_check(entry, count, 16, attributes);
    assert_int_equal(caps[ram].type, CAP_RAM);
    assert_true(offset % PAGE_SIZE == 0 && offset / PAGE_SIZE + count <= caps[ram].pages);
    uint64_t page = caps[ram].page + offset / PAGE_SIZE;
    page_take(page, count);
    mapping_make(mapping, vnode, entry, page, count);
    leaves(vnode, entry, count, (struct fake_page){true, true, 0, page, attributes, 3});
    return ERR_OK;
}

err_t vnode_map(cptr_t vnode, capref_t frame, uint64_t offset, uint64_t entry, uint64_t count, uint64_t attributes,
                capref_t mapping)
{
    if (refused()) return FAKE_REFUSAL;
    unsigned level = level_of(vnode);
    assert_true(level > 0 && (level == 3 || !(attributes & MAP_EXECUTE)));
    run_check(entry, count, 64, attributes);
    if (caps[frame].type != CAP_FRAME) return ERR_CAP_TYPE;
    if (offset / PAGE_SIZE + count * pages_of_entry(level) > caps[frame].pages) return ERR_ARGUMENT;
    if ((caps[frame].page + offset / PAGE_SIZE) % pages_of_entry(level)) return ERR_ALIGNMENT;
    block_keep(mapping_make(mapping, vnode, entry, 0, count), caps[frame].block);
    bool ram = caps[frame].block;
    leaves(vnode, entry, count, (struct fake_page){true, ram, frame, offset / PAGE_SIZE, attributes, level});
    return ERR_OK;
}

static struct fake_cap *mapping_of(cptr_t vnode, capref_t mapping)
{
    struct fake_cap *cap = &caps[mapping];
    assert_int_equal(cap->type, CAP_MAPPING);
    assert_int_equal(cap->vnode, vnode);
    return cap;
}

err_t vnode_unmap(cptr_t vnode, capref_t mapping)
{
    struct fake_cap *cap = mapping_of(vnode, mapping);
    fake_calls++;
    struct fake_table *table = tables[vnode];
    for (uint64_t i = 0; i < cap->pages; i++) {
        unsigned entry = cap->entry + i;
        assert_int_equal(table->entry[entry], mapping);
        bool page = table->page[entry].mapped && table->page[entry].ram && !cap->block;
        if (page) page_give(table->page[entry].page, 1);
        if (table->below[entry]) caps[table->below[entry]].vnode = 0;
        table->page[entry] = (struct fake_page){0};
        table->below[entry] = 0;
        table->entry[entry] = 0;
    }
    block_leave(cap);
    *cap = (struct fake_cap){0};
    return ERR_OK;
}

err_t vnode_split(cptr_t vnode, capref_t mapping, uint64_t first, capref_t dst)
{
    if (refused()) return FAKE_REFUSAL;
    struct fake_cap *cap = mapping_of(vnode, mapping);
    assert_true(first > 0 && first < cap->pages);
    struct fake_cap *high = fill(dst, CAP_MAPPING);
    *high = *cap;
    block_keep(high, cap->block);
    high->page += first;
    high->pages -= first;
    high->entry += first;
    cap->pages = first;
    for (uint64_t i = 0; i < high->pages; i++)
        tables[vnode]->entry[high->entry + i] = dst;
    return ERR_OK;
}

err_t vnode_break(cptr_t vnode, capref_t mapping, capref_t table, capref_t dst)
{
    if (refused()) return FAKE_REFUSAL;
    struct fake_cap *cap = mapping_of(vnode, mapping);
    struct fake_page part = tables[vnode]->page[cap->entry];
    unsigned entry = cap->entry;
    assert_true(cap->pages == 1 && part.mapped && caps[table].vnode == 0);
    assert_int_equal(level_of(table), part.level + 1);
    tables[vnode]->entry[entry] = 0;
    tables[vnode]->page[entry] = (struct fake_page){0};
    table_hang(vnode, table, entry, dst);
    cap->vnode = table;
    cap->entry = 0;
    cap->pages = VNODE_ENTRIES;
    leaves(table, 0, VNODE_ENTRIES, part);
    for (unsigned i = 0; i < VNODE_ENTRIES; i++)
        tables[table]->entry[i] = mapping;
    return ERR_OK;
}

err_t vnode_protect(cptr_t vnode, capref_t mapping, uint64_t first, uint64_t count, uint64_t attributes)
{
    struct fake_cap *cap = mapping_of(vnode, mapping);
    assert_true(first + count <= cap->pages);
    run_check(cap->entry + first, count, VNODE_ENTRIES, attributes);
    assert_true(level_of(vnode) == 3 || !(attributes & MAP_EXECUTE));
    /* All rights are kept to what backs lazily backed regions: nothing can be refused there. */
    if (!tables[vnode]->page[cap->entry].ram && refused()) return FAKE_REFUSAL;
    for (uint64_t i = first; i < first + count; i++)
        tables[vnode]->page[cap->entry + i].attributes = attributes;
    return ERR_OK;
}

struct fake_page fake_translate(vaddr_t va)
{
    cptr_t vnode = SLOT_VSPACE;
    for (unsigned level = 0;; level++) {
        struct fake_page page = tables[vnode]->page[entry_of(va, level)];
        if (page.mapped) {
            page.page += va % entry_bytes(level) / PAGE_SIZE;
            return page;
        }
        vnode = level < 3 ? tables[vnode]->below[entry_of(va, level)] : 0;
        if (!vnode) return (struct fake_page){0};
    }
}

/* Not in this test. */
err_t cap_copy(capref_t dst, capref_t src)
{
    return ERR_UNSUPPORTED;
}
err_t cap_move(capref_t dst, capref_t src)
{
    return ERR_UNSUPPORTED;
}
err_t disp_configure(cptr_t dispatcher, capref_t cspace, capref_t vspace_, capref_t frame, capref_t supervisor)
{
    return ERR_UNSUPPORTED;
}
void sys_yield(void) {}
