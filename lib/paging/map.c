/* SPDX-License-Identifier: BSD-2-Clause */
/* Making things be at addresses: reserve, lazily backed memory, stacks, frames, backing. */
#include "work.h"
#include <caps/caps.h>
#include <caps/slots.h>

/*
 * Regions.
 */

/* Find room for work->end bytes (va 0), or take [va, end). Four records do for all that follows. */
static err_t region_step(struct work *work)
{
    if (region_spares(&vspace.map) < REGION_SPARES + 2) return ERR_AGAIN;
    err_t err;
    if (work->va) {
        err = region_alloc_at(&vspace.map, work->va, work->end - work->va, work->kind, &work->region);
    } else {
        err = region_alloc(&vspace.map, work->end, work->align, VADDR_DYNAMIC, vspace.choice_end - 1, work->kind,
                           &work->region);
    }
    if (err) return err;
    work->region->name = work->name;
    work->region->attributes = work->attributes;
    return ERR_OK;
}

void paging_choose_below(vaddr_t end)
{
    vspace_enter();
    vspace.choice_end = end;
    vspace_leave();
}

static err_t reserve_region(uint64_t bytes, uint64_t align, const char *name, vaddr_t *va)
{
    err_t err = range_check(0, bytes);
    if (err) return err;
    if (align & (align - 1)) return ERR_ALIGNMENT;
    struct work work = {.end = bytes, .align = align > PAGE_SIZE ? align : PAGE_SIZE, .kind = KIND_RESERVED, .name = name};
    err = work_step(region_step, &work);
    if (!err) *va = work.region->base;
    return err;
}

err_t paging_reserve(uint64_t bytes, uint64_t align, const char *name, vaddr_t *va)
{
    return reserve_region(bytes, align, name, va);
}

/* Of a reserved region the part below `va` becomes a guard, the rest lazily backed. */
static err_t lazy_step(struct work *work)
{
    struct region *high;
    struct region *low = region_find(&vspace.map, work->va - PAGE_SIZE);
    err_t err = region_split(&vspace.map, work->va, &high);
    if (err) return err == ERR_NO_MEMORY ? ERR_AGAIN : err;
    low->kind = KIND_GUARD;
    low->name = work->name;
    high->kind = KIND_LAZY;
    high->attributes = MAP_READ | MAP_WRITE;
    return ERR_OK;
}

static err_t lazy(uint64_t bytes, uint64_t align, const char *name, const char *guard_name, vaddr_t *va)
{
    if (align < PAGE_SIZE) align = bytes >= BLOCK_BYTES ? BLOCK_BYTES : bytes >= WINDOW ? WINDOW : PAGE_SIZE;
    vaddr_t base;
    uint64_t all;
    if (__builtin_add_overflow(bytes, align, &all)) return ERR_OVERFLOW;
    err_t err = reserve_region(all, align, name, &base);
    if (err) return err;
    struct work work = {.va = base + align, .name = guard_name};
    err = work_step(lazy_step, &work);
    if (err) {
        paging_unmap(base, all);
        return err;
    }
    *va = base + align;
    return ERR_OK;
}

err_t paging_lazy(uint64_t bytes, uint64_t align, const char *name, vaddr_t *va)
{
    return lazy(bytes, align, name, "guard", va);
}

err_t paging_stack(uint64_t bytes, bool backed, vaddr_t *top)
{
    vaddr_t va;
    err_t err = lazy(bytes, 0, "stack", "stack guard", &va);
    if (err) return err;
    if (backed || vspace.fully_backed) err = paging_back(va, bytes);
    if (err) {
        paging_unmap(va, bytes);
        return err;
    }
    *top = va + bytes;
    return ERR_OK;
}

/*
 * Frames.
 */

/* The uppermost level at which an entry may map what comes next: of blocks only whole ones, and none executable, since the
 * kernel synchronises caches for 64 KiB at a time. */
static unsigned map_level(const struct work *work)
{
    unsigned level = work->attributes & MAP_EXECUTE ? 3 : work->level;
    while (level < 3 && (work->va % entry_bytes(level) || work->end - work->va < entry_bytes(level)))
        level++;
    return level;
}

/* The entries from work->va on that one call can map: to the next one that has a table instead of a block. */
static unsigned map_count(const struct work *work, const struct table *table)
{
    unsigned most = work->attributes & MAP_EXECUTE ? VNODE_MAP_EXECUTE_MAX : VNODE_MAP_MAX;
    unsigned left = VNODE_ENTRIES - entry_of(work->va, table->level);
    uint64_t wanted = (work->end - work->va) / entry_bytes(table->level);
    if (most > left) most = left;
    if (most > wanted) most = wanted;
    for (unsigned i = 1; table->level < 3 && i < most; i++) {
        if (index_find(table->level + 1, work->va + i * entry_bytes(table->level))) most = i;
    }
    return most;
}

static err_t map_run(struct work *work, struct table *table)
{
    unsigned entry = entry_of(work->va, table->level), count = map_count(work, table);
    if (!reserve_has_slots(1)) return ERR_AGAIN;
    struct run *run = run_pop();
    if (!run) return ERR_AGAIN;
    cptr_t slot = reserve_pop_slot();
    err_t err = vnode_map(table->vnode, work->frame, work->offset, entry, count, work->attributes, slot);
    if (err) {
        slot_free(slot);
        run_push(run);
        return err;
    }
    *run = (struct run){table->runs, 0, 0, entry, count, slot, work->kind == KIND_LAZY};
    table->runs = run;
    table_use(table, entry, count);
    if (run->lazy) vspace.figures.pages += run_pages(table, run);
    work->offset += count * entry_bytes(table->level);
    work->va += count * entry_bytes(table->level);
    return ERR_OK;
}

/* A table where a block is to be: if it is empty it can go. */
static bool is_in_the_way(vaddr_t va, unsigned level)
{
    if (!index_find(level + 1, va)) return false;
    tables_trim(0);
    return index_find(level + 1, va);
}

/* Nobody can ask where a frame lies in memory: blocks are tried, and if it does not lie as they need not again. */
static err_t map_step(struct work *work)
{
    struct table *table;
    unsigned level = map_level(work);
    if (level < 3 && is_in_the_way(work->va, level)) level = work->level = level + 1;
    err_t err = table_ensure(work->va, level, &table);
    if (!err) err = map_run(work, table);
    if (err != ERR_ALIGNMENT || level == 3) return err;
    work->level = level + 1;
    return ERR_OK;
}

static err_t map_reserved(vaddr_t va, cptr_t frame, uint64_t offset, uint64_t bytes, uint32_t attributes)
{
    struct work work = {
        .va = va, .end = va + bytes, .frame = frame, .offset = offset, .attributes = attributes, .level = 1};
    err_t err = work_all(map_step, &work);
    if (err) {
        paging_unmap(va, bytes);
        return err;
    }
    vspace_enter();
    struct region *region = region_find(&vspace.map, va);
    region->kind = KIND_FRAME;
    region->attributes = attributes;
    vspace_leave();
    return ERR_OK;
}

static err_t map_check(uint64_t offset, uint64_t bytes, uint32_t attributes)
{
    err_t err = attributes_check(attributes);
    return err ? err : range_check(offset, bytes);
}

err_t paging_map(cptr_t frame, uint64_t offset, uint64_t bytes, uint32_t attributes, uint64_t align, const char *name,
                 vaddr_t *va)
{
    vaddr_t base;
    err_t err = map_check(offset, bytes, attributes);
    for (unsigned level = 2; !err && level >= 1 && bytes >= entry_bytes(level); level--) {
        bool blocks = offset % entry_bytes(level) == 0 && !(attributes & MAP_EXECUTE);
        if (blocks && align < entry_bytes(level)) align = entry_bytes(level);
    }
    if (!err) err = reserve_region(bytes, align, name, &base);
    if (!err) err = map_reserved(base, frame, offset, bytes, attributes);
    if (!err) *va = base;
    return err;
}

err_t paging_map_at(vaddr_t va, cptr_t frame, uint64_t offset, uint64_t bytes, uint32_t attributes, const char *name)
{
    err_t err = map_check(offset, bytes, attributes);
    if (!err) err = range_check(va, bytes);
    if (err) return err;
    struct work work = {.va = va, .end = va + bytes, .kind = KIND_RESERVED, .name = name};
    if (va == 0) return ERR_NO_REGION;
    err = work_step(region_step, &work);
    return err ? err : map_reserved(va, frame, offset, bytes, attributes);
}

/*
 * Lazily backed pages.
 */

static err_t back_one(struct work *work)
{
    struct region *region = region_find(&vspace.map, work->va);
    if (!region || region->kind != KIND_LAZY) return ERR_NO_REGION;
    vaddr_t block_end;
    vaddr_t window = (work->va & ~(WINDOW - 1)) + WINDOW;
    vaddr_t region_end = region->base + region->bytes;
    if (window > work->end) window = work->end;
    if (window > region_end) window = region_end;
    struct table *table = table_walk(work->va, &block_end);
    if (table && table->level < 3) {
        work->va = block_end < work->end ? block_end : work->end;
        return ERR_OK;
    }
    while (table && work->va < window && table_is_used(table, entry_of(work->va, 3)))
        work->va += PAGE_SIZE;
    return work->va == window ? ERR_OK : back_step(work->va, work->va, window, region->attributes);
}

/* Could a block back all of the 2 MiB at work->va, of which nothing is backed yet? */
static bool wants_block(const struct work *work)
{
    struct region *region = region_find(&vspace.map, work->va);
    if (vspace.fully_backed || work->va % BLOCK_BYTES || work->end - work->va < BLOCK_BYTES) return false;
    if (!region || region->kind != KIND_LAZY || (region->attributes & MAP_EXECUTE)) return false;
    if (region->base + region->bytes - work->va < BLOCK_BYTES) return false;
    struct table *table = index_find(3, work->va);
    return table ? table->entries == 0 : !table_maps(work->va);
}

static err_t block_step(struct work *work)
{
    struct region *region = region_find(&vspace.map, work->va);
    if (!region || region->kind != KIND_LAZY) return ERR_NO_REGION;
    work->attributes = region->attributes;
    return map_step(work);
}

/* As far as there is memory for it, and nobody else is quicker; the rest is left to pages. Only the Mapping holds the block. */
static void back_block(vaddr_t va)
{
    struct work work = {.va = va, .end = va + BLOCK_BYTES, .kind = KIND_LAZY, .level = 2};
    cptr_t ram;
    if (ram_alloc(BLOCK_BYTES, &ram)) return;
    err_t err = cap_retype_new(&work.frame, ram, 0, CAP_FRAME, BLOCK_BYTES);
    cap_free(ram);
    if (err) return;
    work_all(block_step, &work);
    cap_free(work.frame);
}

err_t paging_back(vaddr_t va, uint64_t bytes)
{
    err_t err = range_check(va, bytes);
    struct work work = {.va = va, .end = va + bytes};
    while (!err && work.va < work.end) {
        vspace_enter();
        bool block = wants_block(&work);
        vspace_leave();
        if (block) back_block(work.va);
        err = work_step(back_one, &work);
    }
    return err;
}
