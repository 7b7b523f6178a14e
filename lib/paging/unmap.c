/* SPDX-License-Identifier: BSD-2-Clause */
/* Changing and ending what is at addresses: discard, unmap, protect. */
#include "work.h"
#include <caps/caps.h>

#define RUNS_PER_STEP 32

/*
 * Runs of pages, by address. `va` in the table's range.
 */

static struct run *run_at(const struct table *table, vaddr_t va)
{
    unsigned entry = entry_of(va, 3);
    struct run *run = table->runs;
    while (run && (entry < run->entry || entry >= run->entry + run->pages))
        run = run->next;
    return run;
}

/* Does a run of pages lie on both sides of `va`? */
static bool run_crosses(vaddr_t va)
{
    struct table *table = entry_of(va, 3) ? table_find(va) : 0;
    struct run *run = table ? run_at(table, va) : 0;
    return run && run->entry < entry_of(va, 3);
}

/* Release runs that lie wholly in [va, end); at most RUNS_PER_STEP of one table in one step. */
static err_t release_step(struct work *work)
{
    vaddr_t base = table_base(work->va, 3);
    vaddr_t end = work->end - base < L3_BYTES ? work->end : base + L3_BYTES;
    struct table *table = table_find(work->va);
    unsigned first = entry_of(work->va, 3);
    unsigned last = (end - 1 - base) / PAGE_SIZE;
    unsigned left = RUNS_PER_STEP;
    struct run *next;
    for (struct run *run = table ? table->runs : 0; run && left; run = next) {
        next = run->next;
        if (run->entry < first || run->entry + run->pages - 1u > last) continue;
        run_release(table, run);
        left--;
    }
    if (left == 0) return ERR_OK; /* come again */
    if (table) table_trim(table);
    work->va = end;
    return ERR_OK;
}

err_t paging_discard(vaddr_t va, uint64_t bytes)
{
    err_t err = range_check(va, bytes);
    if (err) return err;
    vspace_enter();
    struct region *region = region_find(&vspace.map, va);
    bool lazily = region && region->kind == KIND_LAZY && va + bytes <= region->base + region->bytes;
    vspace_leave();
    if (!lazily) return ERR_NO_REGION;
    struct work work = {.va = va, .end = va + bytes};
    err = work_all(release_step, &work);
    reserve_return_idle();
    return err;
}

/* Let [va, end) be regions of their own if all of it is in use and may be changed. */
static err_t isolate_step(struct work *work)
{
    vaddr_t at = work->va;
    struct region *region = region_find(&vspace.map, at);
    for (; region && region->base <= at; region = region_next(region)) {
        if (region->kind == REGION_FREE || region->kind == KIND_FIXED || region->kind == KIND_METADATA) break;
        at = region->base + region->bytes;
        if (at >= work->end) break;
    }
    if (at < work->end) return ERR_NO_REGION;
    if (region_spares(&vspace.map) < 2 * REGION_SPARES) return ERR_AGAIN;
    region_split(&vspace.map, work->va, &work->region);
    return at > work->end ? region_split(&vspace.map, work->end, 0) : ERR_OK;
}

/* What is being unmapped is not to be backed again meanwhile. */
static err_t retire_step(struct work *work)
{
    if (run_crosses(work->va) || run_crosses(work->end)) return ERR_NO_REGION;
    err_t err = isolate_step(work);
    if (err) return err;
    struct region *region = work->region;
    for (; region && region->base < work->end; region = region_next(region))
        region->kind = KIND_RESERVED;
    return ERR_OK;
}

static err_t free_step(struct work *work)
{
    struct region *region = region_find(&vspace.map, work->va);
    struct region *below = region->previous;
    vaddr_t base = work->va;
    if (below && below->kind == KIND_GUARD && below->base + below->bytes == base) base = below->base;
    err_t err = region_free(&vspace.map, base, work->end - base);
    return err == ERR_NO_MEMORY ? ERR_AGAIN : err;
}

err_t paging_unmap(vaddr_t va, uint64_t bytes)
{
    err_t err = range_check(va, bytes);
    if (err) return err;
    struct work work = {.va = va, .end = va + bytes};
    err = work_step(retire_step, &work);
    if (!err) err = work_all(release_step, &work);
    work.va = va;
    if (!err) err = work_step(free_step, &work);
    reserve_return_idle();
    return err;
}

/* One run, or a page that is not mapped. */
static err_t protect_step(struct work *work)
{
    struct table *table = table_find(work->va);
    struct run *run = table ? run_at(table, work->va) : 0;
    if (!run) {
        work->va += PAGE_SIZE;
        return ERR_OK;
    }
    unsigned first = entry_of(work->va, 3) - run->entry;
    unsigned count = run->pages - first;
    if (count > (work->end - work->va) / PAGE_SIZE) count = (work->end - work->va) / PAGE_SIZE;
    err_t err = vnode_protect(table->vnode, run->mapping, first, count, work->attributes);
    if (!err) work->va += (vaddr_t)count * PAGE_SIZE;
    return err;
}

static err_t protect_regions(struct work *work)
{
    err_t err = isolate_step(work);
    for (struct region *region = work->region; !err && region && region->base < work->end; region = region_next(region)) {
        if (region->kind == KIND_LAZY || region->kind == KIND_FRAME) region->attributes = work->attributes;
    }
    return err;
}

err_t paging_protect(vaddr_t va, uint64_t bytes, uint32_t attributes)
{
    err_t err = attributes_check(attributes);
    if (!err) err = range_check(va, bytes);
    if (err) return err;
    struct work work = {.va = va, .end = va + bytes, .attributes = attributes};
    err = work_step(protect_regions, &work);
    return err ? err : work_all(protect_step, &work);
}
