/* SPDX-License-Identifier: BSD-2-Clause */
/* Changing and ending what is at addresses: discard, unmap, protect. */
#include "work.h"
#include <caps/caps.h>
#include <caps/slots.h>

#define RUNS_PER_STEP 32

/*
 * Runs of pages and blocks, by address.
 */

/* The run that maps `va`, and its table; 0: none does. `end`: where to look for the next. */
static struct run *run_at(vaddr_t va, struct table **table, vaddr_t *end)
{
    *table = table_walk(va, end);
    if (!*table || !table_is_used(*table, entry_of(va, (*table)->level))) return 0;
    unsigned entry = entry_of(va, (*table)->level);
    struct run *run = (*table)->runs;
    while (run && entry - run->entry >= run->pages)
        run = run->next;
    return run;
}

static vaddr_t run_start(const struct table *table, const struct run *run)
{
    return table->va + run->entry * entry_bytes(table->level);
}

/* A run becomes two, of which the second begins with the entry. Nobody sees a difference. */
static err_t run_cut(struct table *table, struct run *run, unsigned entry)
{
    unsigned first = entry - run->entry;
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
    *high = *run;
    high->page += first;
    high->entry = entry;
    high->pages -= first;
    high->mapping = slot;
    run->pages = first;
    run->next = high;
    return ERR_OK;
}

/* The block at `va` becomes a table of smaller ones or pages, and a run of its own before that. */
static err_t block_break(struct table *table, struct run *run, vaddr_t va)
{
    unsigned entry = entry_of(va, table->level);
    if (run->entry < entry) return run_cut(table, run, entry);
    if (run->pages > 1) return run_cut(table, run, entry + 1);
    return table_break(table, run);
}

/* No block lies on both sides of `va`; with `runs`, no run does. */
static err_t cut_at(vaddr_t va, bool runs)
{
    err_t err = ERR_OK;
    while (!err) {
        struct table *table;
        vaddr_t end;
        struct run *run = run_at(va, &table, &end);
        if (!run) break;
        if (va % entry_bytes(table->level)) {
            err = block_break(table, run, va);
        } else if (runs && run_start(table, run) < va) {
            err = run_cut(table, run, entry_of(va, table->level));
        } else {
            break;
        }
    }
    return err;
}

/* Runs of an L3 that lie wholly in [va, end), at most RUNS_PER_STEP. Were these all? */
static bool release_pages(struct table *table, vaddr_t va, vaddr_t end)
{
    unsigned first = entry_of(va, 3);
    unsigned last = (end - 1 - table->va) / PAGE_SIZE;
    unsigned left = RUNS_PER_STEP;
    struct run *next;
    for (struct run *run = table->runs; run && left; run = next) {
        next = run->next;
        if (run->entry < first || run->entry + run->pages - 1u > last) continue;
        run_release(table, run);
        left--;
    }
    return left > 0;
}

/* Release runs that lie wholly in [va, end): of blocks one, of pages those of one table. */
static err_t release_step(struct work *work)
{
    struct table *table;
    vaddr_t end;
    struct run *run = run_at(work->va, &table, &end);
    if (table && table->level < 3) {
        end = run_start(table, run) + run->pages * entry_bytes(table->level);
        if (run_start(table, run) >= work->va && end <= work->end) run_release(table, run);
    } else if (table && !release_pages(table, work->va, end < work->end ? end : work->end)) {
        return ERR_OK; /* come again */
    }
    work->va = end < work->end ? end : work->end;
    tables_trim(TABLES_EMPTY_KEPT);
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

/* Let [va, end) be regions of their own. Does all or nothing. */
static err_t isolate(struct work *work)
{
    vaddr_t past;
    err_t err = range_in_use(work, &past);
    if (err) return err;
    struct region *region = region_find(&vspace.map, work->va);
    unsigned cuts = (region->base < work->va) + (past > work->end);
    if (region_spares(&vspace.map) < cuts * REGION_SPARES) return ERR_AGAIN;
    region_split(&vspace.map, work->va, &work->region);
    return past > work->end ? region_split(&vspace.map, work->end, 0) : ERR_OK;
}

/* What is being unmapped is not to be backed again meanwhile. */
static err_t retire_step(struct work *work)
{
    vaddr_t past;
    err_t err = range_in_use(work, &past);
    if (!err) err = cut_at(work->va, true);
    if (!err) err = cut_at(work->end, true);
    if (!err) err = isolate(work);
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
 * Protect: first what needs memory, of which nobody sees anything; then what frames are mapped to, which may be refused and is
 * undone as the regions say; then the regions, so that nothing is backed any more as it was; then what is backed.
 */

/* Blocks lie wholly within or outside, and within there are none if it is to be executable. */
static err_t break_step(struct work *work)
{
    struct table *table;
    vaddr_t end;
    err_t err = cut_at(work->va, false);
    if (!err) err = cut_at(work->end, false);
    if (err) return err;
    struct run *run = run_at(work->va, &table, &end);
    if (run && table->level < 3 && (work->attributes & MAP_EXECUTE)) return block_break(table, run, work->va);
    work->va = end < work->end && (work->attributes & MAP_EXECUTE) ? end : work->end;
    return ERR_OK;
}

/* One run of work->kind, or what is not one. */
static err_t protect_step(struct work *work)
{
    struct table *table;
    vaddr_t end;
    struct run *run = run_at(work->va, &table, &end);
    if (!table || (!run && table->level < 3)) {
        work->va = end < work->end ? end : work->end;
        return ERR_OK;
    }
    uint64_t bytes = entry_bytes(table->level);
    if (!run || (run->lazy ? KIND_LAZY : KIND_FRAME) != work->kind) {
        work->va += bytes;
        return ERR_OK;
    }
    unsigned first = entry_of(work->va, table->level) - run->entry;
    unsigned count = run->pages - first;
    if (count > (work->end - work->va) / bytes) count = (work->end - work->va) / bytes;
    if ((work->attributes & MAP_EXECUTE) && count > VNODE_MAP_EXECUTE_MAX) count = VNODE_MAP_EXECUTE_MAX;
    err_t err = vnode_protect(table->vnode, run->mapping, first, count, work->attributes);
    if (!err) work->va += count * bytes;
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

static err_t protect_regions(struct work *work)
{
    err_t err = isolate(work);
    if (err) return err;
    for (struct region *region = work->region; region && region->base < work->end; region = region_next(region)) {
        if (region->kind == KIND_LAZY || region->kind == KIND_FRAME) region->attributes = work->attributes;
    }
    return ERR_OK;
}

static err_t in_use_step(struct work *work)
{
    vaddr_t past;
    return range_in_use(work, &past);
}

err_t paging_protect(vaddr_t va, uint64_t bytes, uint32_t attributes)
{
    err_t err = attributes_check(attributes);
    if (!err) err = range_check(va, bytes);
    if (err) return err;
    struct work work = {.va = va, .end = va + bytes, .attributes = attributes, .kind = KIND_FRAME};
    err = work_step(in_use_step, &work);
    if (!err) err = work_all(break_step, &work);
    work.va = va;
    if (!err) err = work_all(protect_step, &work);
    vaddr_t reached = work.va;
    work.va = va;
    if (!err) err = work_step(protect_regions, &work);
    if (!err) {
        work.kind = KIND_LAZY;
        return work_all(protect_step, &work);
    }
    struct work back = {.va = va, .end = reached, .kind = KIND_FRAME};
    work_all(restore_step, &back);
    return err;
}
