/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The reserve: chunks of RAM that pages, tables and L2CNodes are popped from while disabled. Chunks that have
 * pages to give are in a list; one of which all pages are free again becomes fresh as a whole, and goes back to
 * where it came from if there is enough without it.
 *
 * Pages that were never used are popped first, since finding them is nothing.
 */
#include "vspace.h"
#include <caps/slots.h>

/* Those with pages in use that stay for ever come last: the others can become idle and go back. */
static void available_add(struct chunk *chunk)
{
    if (chunk->available) return;
    bool last = chunk->lasting && vspace.available;
    chunk->available = true;
    chunk->previous = last ? vspace.available_last : 0;
    chunk->next = last ? 0 : vspace.available;
    *(chunk->previous ? &chunk->previous->next : &vspace.available) = chunk;
    *(chunk->next ? &chunk->next->previous : &vspace.available_last) = chunk;
}

static void available_remove(struct chunk *chunk)
{
    if (!chunk->available) return;
    chunk->available = false;
    *(chunk->previous ? &chunk->previous->next : &vspace.available) = chunk->next;
    *(chunk->next ? &chunk->next->previous : &vspace.available_last) = chunk->previous;
}

bool reserve_add_chunk(cptr_t ram, uint32_t first, uint32_t pages, bool kept)
{
    struct chunk *chunk = chunk_pop();
    if (!chunk) return false;
    chunk->ram = ram;
    chunk->first = first;
    chunk->pages = chunk->ready = pages;
    chunk->kept = chunk->lasting = kept;
    vspace.reserve_pages += pages;
    available_add(chunk);
    return true;
}

static void took(struct chunk *chunk, uint32_t pages)
{
    chunk->live += pages;
    chunk->ready -= pages;
    vspace.reserve_pages -= pages;
    if (chunk->ready == 0) available_remove(chunk);
}

/* From the freed pages: the first run of `pages`, if it need not be exact of less. */
static bool pop_freed(struct chunk *chunk, uint32_t pages, bool exact, struct ram_run *out)
{
    for (uint32_t word = 0; word * 64 < chunk->fresh; word++) {
        for (uint64_t left = chunk->free[word]; left;) {
            unsigned start = __builtin_ctzll(left);
            uint64_t taken = ~(left >> start);
            unsigned length = taken ? __builtin_ctzll(taken) : 64;
            if (length >= pages || !exact) {
                if (length > pages) length = pages;
                chunk->free[word] &= ~((~0ull >> (64 - length)) << start);
                *out = (struct ram_run){chunk, word * 64 + start, length};
                return true;
            }
            left &= ~((~0ull >> (64 - length)) << start);
        }
    }
    return false;
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

static bool pop(struct chunk *chunk, uint32_t pages, bool exact, struct ram_run *out)
{
    return pop_fresh(chunk, pages, exact, out) || pop_freed(chunk, pages, exact, out);
}

bool reserve_pop_ram(uint32_t pages, bool exact, struct ram_run *out)
{
    for (struct chunk *chunk = vspace.available; chunk; chunk = chunk->next) {
        if (pop(chunk, pages, exact, out)) {
            took(chunk, out->pages);
            return true;
        }
    }
    return false;
}

bool reserve_pop_lasting(uint32_t pages, bool exact, struct ram_run *out)
{
    for (struct chunk *chunk = vspace.available_last; chunk; chunk = chunk->previous) {
        if (!pop(chunk, pages, exact, out)) continue;
        took(chunk, out->pages);
        chunk->lasting = true;
        if (!chunk->available) return true;
        available_remove(chunk);
        available_add(chunk);
        return true;
    }
    return false;
}

static void chunk_retire(struct chunk *chunk)
{
    vspace.reserve_pages -= chunk->pages;
    available_remove(chunk);
    chunk->next = vspace.idle;
    vspace.idle = chunk;
}

/* Nothing of the chunk is in use: all of it is fresh again, or it goes. */
static void chunk_idle(struct chunk *chunk)
{
    for (uint32_t word = 0; word * 64 < chunk->fresh; word++)
        chunk->free[word] = 0;
    vspace.reserve_pages += chunk->pages - chunk->ready;
    chunk->ready = chunk->pages;
    chunk->fresh = 0;
    chunk->lasting = chunk->kept;
    if (!chunk->kept && vspace.reserve_pages - chunk->pages >= 2 * vspace.chunk_pages) {
        chunk_retire(chunk);
    } else {
        available_add(chunk);
    }
}

void reserve_trim(void)
{
    struct chunk *next;
    for (struct chunk *chunk = vspace.available; chunk; chunk = next) {
        next = chunk->next;
        if (chunk->live > 0 || chunk->kept || vspace.reserve_pages < CONFIG_PAGING_RESERVE_PAGES + chunk->pages)
            continue;
        chunk_retire(chunk);
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
    for (uint32_t page = ram->page; page < ram->page + ram->pages; page++)
        chunk->free[page / 64] |= 1ull << (page % 64);
    chunk->ready += ram->pages;
    vspace.reserve_pages += ram->pages;
    available_add(chunk);
}

cptr_t reserve_pop_slot(void)
{
    cptr_t slot;
    return slot_take(&slot) ? 0 : slot;
}
