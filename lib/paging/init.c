/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * How an address space starts: from struct spawn_info, or, in init, from nothing. paging_init only takes note, the
 * records are built on first use: a program that never faults and maps nothing does not pay for them.
 */
#include "vspace.h"
#include <caps/slots.h>

/* The metadata range: the lower half of the first GiB of what is ours, so that it shares its L2 table. */
#define METADATA_BASE VADDR_DYNAMIC
#define METADATA_BYTES (512ull * MIB)

#define CHUNK_PAGES (CONFIG_PAGING_CHUNK_KIB * 1024u / PAGE_SIZE)

struct vspace vspace;

void paging_init(const struct spawn_info *info)
{
    vspace.info = info;
    vspace.fully_backed = info->flags & SPAWN_FULLY_BACKED;
}

void paging_init_boot(void)
{
    vspace.fully_backed = true;
}

void paging_set_runtime(const struct paging_runtime *runtime)
{
    vspace.runtime = runtime;
    slots_set_refill(cspace_refill, runtime->yield);
}

bool paging_is_fully_backed(void)
{
    return vspace.fully_backed;
}

static void take_region(const struct spawn_region *from)
{
    static const struct {
        uint32_t kind;
        const char *name;
    } kinds[] = {
        [SPAWN_REGION_TEXT] = {KIND_FIXED, "program text"},
        [SPAWN_REGION_CONST] = {KIND_FIXED, "read-only data"},
        [SPAWN_REGION_DATA] = {KIND_FIXED, "data"},
        [SPAWN_REGION_LAZY] = {KIND_LAZY, "data"},
        [SPAWN_REGION_STACK] = {KIND_LAZY, "stack"},
        [SPAWN_REGION_FRAME] = {KIND_FIXED, "dispatcher frame"},
        [SPAWN_REGION_INFO] = {KIND_FIXED, "spawn description"},
    };
    if (from->kind == 0 || from->kind >= sizeof kinds / sizeof kinds[0]) return;
    struct region *region;
    if (region_alloc_at(&vspace.map, from->base, from->bytes, kinds[from->kind].kind, &region)) return;
    region->name = kinds[from->kind].name;
    region->attributes = from->attributes;
    if (from->kind != SPAWN_REGION_STACK) return;
    if (region_alloc_at(&vspace.map, from->base - PAGE_SIZE, PAGE_SIZE, KIND_GUARD, &region) == ERR_OK) {
        region->name = "stack guard";
    }
}

/* Is all of it the program's, and so mapped for ever? */
static bool is_fixed(vaddr_t va, uint64_t bytes)
{
    struct region *region = region_find(&vspace.map, va);
    while (region && region->kind == KIND_FIXED && region->base + region->bytes < va + bytes)
        region = region_next(region);
    return region && region->kind == KIND_FIXED;
}

/* Nothing will ever be mapped or unmapped in tables of nothing but program. */
static void take_tables(const struct spawn_info *info)
{
    for (uint32_t i = 0; i < info->vnode_count && i < SPAWN_VNODES_MAX; i++) {
        const struct spawn_vnode *from = &info->vnode[i];
        if (from->level == 3 && is_fixed(from->va, entry_bytes(2))) continue;
        struct table *table = table_pop();
        if (!table) return;
        table->va = from->va;
        table->level = from->level;
        table->vnode = from->vnode;
        table->mapping = from->mapping;
        index_insert(table);
        vspace.figures.tables++;
    }
}

static void take_mappings(const struct spawn_info *info)
{
    for (uint32_t i = 0; i < info->mapping_count && i < SPAWN_MAPPINGS_MAX; i++) {
        const struct spawn_mapping *from = &info->mapping[i];
        struct table *table = index_find(3, table_base(from->va, 3));
        struct run *run = table ? run_pop() : 0;
        if (!run) continue;
        *run = (struct run){table->runs, 0, 0, entry_of(from->va, 3), from->pages, from->mapping, true};
        table->runs = run;
        table_use(table, run->entry, run->pages);
        vspace.figures.pages += from->pages;
    }
}

static void take_info(const struct spawn_info *info)
{
    region_add(&vspace.map, VADDR_PROGRAM, VADDR_END - VADDR_PROGRAM);
    for (uint32_t i = 0; i < info->region_count && i < SPAWN_REGIONS_MAX; i++)
        take_region(&info->region[i]);
    take_tables(info);
    take_mappings(info);
    uint32_t used = (info->ram_used + PAGE_MASK) / PAGE_SIZE;
    uint32_t pages = info->ram_bytes / PAGE_SIZE;
    for (uint32_t part; used < pages; used += part) {
        part = pages - used < CHUNK_PAGES_MAX ? pages - used : CHUNK_PAGES_MAX;
        reserve_add_chunk(SLOT_RAM, used, part, true);
    }
}

void vspace_prepare(void)
{
    struct region *region;
    vspace.ready = true;
    vspace.chunk_pages = CHUNK_PAGES;
    region_map_init(&vspace.map, &REGIONS_INDEX);
    records_prepare();
    if (vspace.info) {
        take_info(vspace.info);
    } else {
        region_add(&vspace.map, VADDR_DYNAMIC, VADDR_END - VADDR_DYNAMIC);
    }
    if (region_alloc_at(&vspace.map, METADATA_BASE, METADATA_BYTES, KIND_METADATA, &region) == ERR_OK) {
        region->name = "paging's own records";
        region->attributes = MAP_READ | MAP_WRITE;
    }
    vspace.metadata = METADATA_BASE;
}
