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
        err = region_alloc(&vspace.map, work->end, work->align, VADDR_DYNAMIC, UINT64_MAX, work->kind, &work->region);
    }
    if (err) return err;
    work->region->name = work->name;
    work->region->attributes = work->attributes;
    return ERR_OK;
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
    if (align < PAGE_SIZE) align = bytes >= WINDOW ? WINDOW : PAGE_SIZE;
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

static err_t map_step(struct work *work)
{
    struct table *table;
    if (!reserve_has_slots(1)) return ERR_AGAIN;
    err_t err = table_ensure(work->va, &table);
    if (err) return err;
    struct run *run = run_pop();
    if (!run) return ERR_AGAIN;
    vaddr_t end = work->end - table->va < L3_BYTES ? work->end : table->va + L3_BYTES;
    unsigned most = work->attributes & MAP_EXECUTE ? VNODE_MAP_EXECUTE_MAX : VNODE_MAP_MAX;
    if (end - work->va > most * (uint64_t)PAGE_SIZE) end = work->va + most * (uint64_t)PAGE_SIZE;
    unsigned count = (end - work->va) / PAGE_SIZE;
    unsigned entry = entry_of(work->va, 3);
    cptr_t slot = reserve_has_slots(1) ? reserve_pop_slot() : 0;
    err = slot ? vnode_map(table->vnode, work->frame, work->offset, entry, count, work->attributes, slot) : ERR_AGAIN;
    if (err) {
        if (slot) slot_free(slot);
        run_push(run);
        return err;
    }
    *run = (struct run){table->runs, 0, 0, entry, count, slot};
    table->runs = run;
    table_use(table, entry, count);
    work->offset += end - work->va;
    work->va = end;
    return ERR_OK;
}

static err_t map_reserved(vaddr_t va, cptr_t frame, uint64_t offset, uint64_t bytes, uint32_t attributes)
{
    struct work work = {.va = va, .end = va + bytes, .frame = frame, .offset = offset, .attributes = attributes};
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
    struct table *table = table_find(work->va);
    vaddr_t window = (work->va & ~(WINDOW - 1)) + WINDOW;
    vaddr_t region_end = region->base + region->bytes;
    if (window > work->end) window = work->end;
    if (window > region_end) window = region_end;
    while (table && work->va < window && table_is_used(table, entry_of(work->va, 3)))
        work->va += PAGE_SIZE;
    return work->va == window ? ERR_OK : back_step(work->va, work->va, window, region->attributes);
}

err_t paging_back(vaddr_t va, uint64_t bytes)
{
    err_t err = range_check(va, bytes);
    struct work work = {.va = va, .end = va + bytes};
    return err ? err : work_all(back_one, &work);
}
