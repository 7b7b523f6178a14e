/* SPDX-License-Identifier: BSD-2-Clause */
/* Changing and ending what is at addresses: discard, unmap, protect. */
#include "work.h"
#include <caps/caps.h>
#include <caps/slots.h>

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

/* If a run of pages lies on both sides of `va` it becomes two. Nobody sees a difference. */
static err_t run_split(vaddr_t va)
{
    struct table *table = entry_of(va, 3) ? table_find(va) : 0;
    struct run *run = table ? run_at(table, va) : 0;
    if (!run || run->entry == entry_of(va, 3)) return ERR_OK;
    unsigned first = entry_of(va, 3) - run->entry;
    if (!reserve_has_slots(1)) return ERR_AGAIN;
    struct run *high = run_pop();
    if (!high) return ERR_AGAIN;
    cptr_t slot = reserve_pop_slot();
    err_t err = vnode_split(table->vnode, run->mapping, first, slot);
    if (err) {
        slot_free(slot);
        run_push(high);
        return err;
    }
    *high = (struct run){run->next, run->chunk, run->page + first, run->entry + first, run->pages - first, slot};
    run->pages = first;
    run->next = high;
    return ERR_OK;
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
    while (region && region->kind == KIND_LAZY && region->base + region->bytes < va + bytes)
        region = region_next(region);
    bool lazily = region && region->kind == KIND_LAZY;
    vspace_leave();
    if (!lazily) return ERR_NO_REGION;
    struct work work = {.va = va, .end = va + bytes};
    err = work_all(release_step, &work);
    reserve_return_idle();
    return err;
}

/* Is all of [va, end) in use, and may it be changed? */
static err_t range_in_use(const struct work *work, vaddr_t *past)
{
    vaddr_t at = work->va;
    struct region *region = region_find(&vspace.map, at);
    for (; region && region->base <= at; region = region_next(region)) {
        if (region->kind == REGION_FREE || region->kind == KIND_FIXED || region->kind == KIND_METADATA) break;
        at = region->base + region->bytes;
        if (at >= work->end) break;
    }
    *past = at;
    return at < work->end ? ERR_NO_REGION : ERR_OK;
}

/* Let [va, end) be regions of their own. */
static err_t isolate_step(struct work *work)
{
    vaddr_t past;
    err_t err = range_in_use(work, &past);
    if (err) return err;
    if (region_spares(&vspace.map) < 2 * REGION_SPARES) return ERR_AGAIN;
    region_split(&vspace.map, work->va, &work->region);
    return past > work->end ? region_split(&vspace.map, work->end, 0) : ERR_OK;
}

/* What is being unmapped is not to be backed again meanwhile. */
static err_t retire_step(struct work *work)
{
    vaddr_t past;
    err_t err = range_in_use(work, &past);
    if (!err) err = run_split(work->va);
    if (!err) err = run_split(work->end);
    if (!err) err = isolate_step(work);
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

/*
 * Protect: first what frames are mapped to, which may be refused and is then undone as the regions say; then the regions,
 * so that nothing is backed any more as it was; then what is backed.
 */

/* One run of work->kind, or a page that is not of one. */
static err_t protect_step(struct work *work)
{
    struct table *table = table_find(work->va);
    struct run *run = table ? run_at(table, work->va) : 0;
    if (!run || (run->chunk ? KIND_LAZY : KIND_FRAME) != work->kind) {
        work->va += PAGE_SIZE;
        return ERR_OK;
    }
    unsigned first = entry_of(work->va, 3) - run->entry;
    unsigned count = run->pages - first;
    if (count > (work->end - work->va) / PAGE_SIZE) count = (work->end - work->va) / PAGE_SIZE;
    if ((work->attributes & MAP_EXECUTE) && count > VNODE_MAP_EXECUTE_MAX) count = VNODE_MAP_EXECUTE_MAX;
    err_t err = vnode_protect(table->vnode, run->mapping, first, count, work->attributes);
    if (!err) work->va += (vaddr_t)count * PAGE_SIZE;
    return err;
}

/* Once more as the region says: work->attributes are its, up to its end. */
static err_t restore_step(struct work *work)
{
    vaddr_t end = work->end;
    struct region *region = region_find(&vspace.map, work->va);
    if (region && region->base + region->bytes < end) work->end = region->base + region->bytes;
    if (region) work->attributes = region->attributes;
    vaddr_t before = work->va;
    if (protect_step(work) || work->va == before) work->va = before + PAGE_SIZE; /* gone meanwhile */
    work->end = end;
    return ERR_OK;
}

/* They are isolated already. */
static err_t protect_regions(struct work *work)
{
    struct region *region = region_find(&vspace.map, work->va);
    for (; region && region->base < work->end; region = region_next(region)) {
        if (region->kind == KIND_LAZY || region->kind == KIND_FRAME) region->attributes = work->attributes;
    }
    return ERR_OK;
}

err_t paging_protect(vaddr_t va, uint64_t bytes, uint32_t attributes)
{
    err_t err = attributes_check(attributes);
    if (!err) err = range_check(va, bytes);
    if (err) return err;
    struct work work = {.va = va, .end = va + bytes, .attributes = attributes, .kind = KIND_FRAME};
    err = work_step(isolate_step, &work);
    if (err) return err;
    err = work_all(protect_step, &work);
    if (!err) {
        work.va = va;
        work.kind = KIND_LAZY;
        work_step(protect_regions, &work);
        return work_all(protect_step, &work);
    }
    struct work back = {.va = va, .end = work.va, .kind = KIND_FRAME};
    work_all(restore_step, &back);
    return err;
}
