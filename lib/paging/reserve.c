/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The reserve: chunks of RAM that pages, tables and L2CNodes are popped from while disabled. Chunks that have
 * pages to give are in a list; one of which all pages are free again becomes fresh as a whole, and goes back to
 * where it came from if there is enough without it.
 */
#include "vspace.h"
#include <caps/slots.h>

static void available_add(struct chunk *chunk)
{
    if (chunk->available) return;
    chunk->available = true;
    chunk->previous = 0;
    chunk->next = vspace.available;
    if (chunk->next) chunk->next->previous = chunk;
    vspace.available = chunk;
}

static void available_remove(struct chunk *chunk)
{
    if (!chunk->available) return;
    chunk->available = false;
    if (chunk->previous) {
        chunk->previous->next = chunk->next;
    } else {
        vspace.available = chunk->next;
    }
    if (chunk->next) chunk->next->previous = chunk->previous;
}

bool reserve_add_chunk(cptr_t ram, uint32_t pages, uint32_t used, bool kept)
{
    struct chunk *chunk = chunk_pop();
    if (!chunk) return false;
    chunk->ram = ram;
    chunk->pages = pages;
    chunk->fresh = used;
    chunk->live = used;
    chunk->ready = pages - used;
    chunk->kept = kept;
    vspace.reserve_pages += chunk->ready;
    if (chunk->ready) available_add(chunk);
    return true;
}

static void took(struct chunk *chunk, uint32_t pages)
{
    chunk->live += pages;
    chunk->ready -= pages;
    vspace.reserve_pages -= pages;
    if (chunk->ready == 0) available_remove(chunk);
}

/* From the runs that were freed. */
static bool pop_freed(struct chunk *chunk, uint32_t pages, bool exact, struct ram_run *out)
{
    struct run *run = chunk->free;
    if (!run || (exact && run->pages < pages)) return false;
    if (pages > run->pages) pages = run->pages;
    *out = (struct ram_run){chunk, run->page, pages};
    run->page += pages;
    run->pages -= pages;
    if (run->pages == 0) {
        chunk->free = run->next;
        run_push(run);
    }
    return true;
}

static bool pop_fresh(struct chunk *chunk, uint32_t pages, bool exact, struct ram_run *out)
{
    uint32_t left = chunk->pages - chunk->fresh;
    if (left == 0 || (exact && left < pages)) return false;
    if (pages > left) pages = left;
    *out = (struct ram_run){chunk, chunk->fresh, pages};
    chunk->fresh += pages;
    return true;
}

bool reserve_pop_ram(uint32_t pages, bool exact, struct ram_run *out)
{
    for (struct chunk *chunk = vspace.available; chunk; chunk = chunk->next) {
        if (pop_freed(chunk, pages, exact, out) || pop_fresh(chunk, pages, exact, out)) {
            took(chunk, out->pages);
            return true;
        }
    }
    return false;
}

static void drop_freed(struct chunk *chunk)
{
    while (chunk->free) {
        struct run *run = chunk->free;
        chunk->free = run->next;
        run_push(run);
    }
}

/* Nothing of the chunk is in use: all of it is fresh again, or it goes. */
static void chunk_idle(struct chunk *chunk)
{
    drop_freed(chunk);
    vspace.reserve_pages += chunk->pages - chunk->ready;
    chunk->ready = chunk->pages;
    chunk->fresh = 0;
    if (!chunk->kept && vspace.reserve_pages - chunk->pages >= 2 * vspace.chunk_pages) {
        vspace.reserve_pages -= chunk->pages;
        available_remove(chunk);
        chunk->next = vspace.idle;
        vspace.idle = chunk;
    } else {
        available_add(chunk);
    }
}

void reserve_push_ram(const struct ram_run *ram)
{
    struct chunk *chunk = ram->chunk;
    chunk->live -= ram->pages;
    if (chunk->live == 0) {
        chunk_idle(chunk);
        return;
    }
    struct run *run = run_pop();
    if (!run) return; /* these pages rest until all of the chunk is free */
    *run = (struct run){.next = chunk->free, .chunk = chunk, .page = ram->page, .pages = ram->pages};
    chunk->free = run;
    chunk->ready += ram->pages;
    vspace.reserve_pages += ram->pages;
    available_add(chunk);
}

bool reserve_has_slots(unsigned count)
{
    unsigned slots;
    unsigned all;
    slots_count(&slots, &all);
    return slots >= (vspace.making_records ? 0 : SLOT_RESERVE) + count; /* records may be made while slots are */
}

cptr_t reserve_pop_slot(void)
{
    cptr_t slot;
    return slot_alloc_reserved(&slot) ? 0 : slot;
}

bool reserve_low(void)
{
    return vspace.reserve_pages < CONFIG_PAGING_RESERVE_PAGES || records_low() ||
           !reserve_has_slots(CONFIG_PAGING_RESERVE_SLOTS);
}
