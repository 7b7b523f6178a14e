/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The fault handler: decides what a fault means and backs lazily backed pages. On the upcall stack, disabled; it
 * takes nothing but what the reserve has.
 */
#include "vspace.h"
#include "esr.h"

#define AROUND CONFIG_PAGING_FAULT_AROUND
/* The largest power of two that is not above it. */
#define AROUND_PAGES (AROUND >= 16 ? 16 : AROUND >= 8 ? 8 : AROUND >= 4 ? 4 : AROUND >= 2 ? 2 : 1)
#define AROUND_BYTES ((vaddr_t)AROUND_PAGES * PAGE_SIZE)

/* Could backing the page make the access succeed? */
static bool is_translation_fault(uint64_t esr)
{
    return ESR_CLASS(esr) == ESR_CLASS_DATA_ABORT && (ESR_FAULT_STATUS(esr) & ~3u) == ESR_STATUS_TRANSLATION;
}

static bool is_allowed(const struct region *region, uint64_t esr)
{
    uint32_t need = esr & ESR_WRITE ? MAP_WRITE : MAP_READ;
    return region->kind == KIND_LAZY && (region->attributes & need) != 0;
}

static enum paging_verdict verdict_of(err_t err)
{
    if (err == ERR_OK) return PAGING_MAPPED;
    if (err != ERR_AGAIN || vspace.exhausted || vspace.fully_backed || !vspace.runtime) return PAGING_FATAL;
    vspace.figures.parked++;
    return PAGING_PARK;
}

enum paging_verdict paging_fault(vaddr_t address, uint64_t esr)
{
    if (!vspace.ready) vspace_prepare();
    vspace.figures.faults++;
    if (!is_translation_fault(esr)) return PAGING_FATAL;
    struct region *region = region_find(&vspace.map, address);
    if (!region || !is_allowed(region, esr)) return PAGING_FATAL;

    vaddr_t low = address & ~(AROUND_BYTES - 1);
    vaddr_t high = low + AROUND_BYTES;
    if (low < region->base) low = region->base;
    if (high > region->base + region->bytes) high = region->base + region->bytes;
    err_t err = back_step(page_down(address), low, high, region->attributes);
    pager_check();
    return verdict_of(err);
}
