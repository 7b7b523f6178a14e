/* SPDX-License-Identifier: BSD-2-Clause */
/* What is at addresses, and figures. Nothing is changed. */
#include "vspace.h"

static const char *const kinds[] = {
    [KIND_FIXED] = "program", [KIND_LAZY] = "lazy",         [KIND_FRAME] = "frame",
    [KIND_GUARD] = "guard",   [KIND_RESERVED] = "reserved", [KIND_METADATA] = "records",
};

static err_t describe(const struct region *region, struct paging_region *out)
{
    if (!region || region->kind == REGION_FREE) return ERR_NO_REGION;
    *out = (struct paging_region){region->base, region->bytes, region->attributes, region->name, kinds[region->kind]};
    return ERR_OK;
}

err_t paging_query(vaddr_t va, struct paging_region *out)
{
    vspace_enter();
    err_t err = describe(region_find(&vspace.map, va), out);
    vspace_leave();
    return err;
}

err_t paging_next(vaddr_t va, struct paging_region *out)
{
    vspace_enter();
    struct region *region = region_find_from(&vspace.map, va);
    while (region && region->kind == REGION_FREE)
        region = region_next(region);
    err_t err = describe(region, out);
    vspace_leave();
    return err;
}

/* Bytes mapped from `va` to *next, where what one table says ends, or the program. */
static uint64_t backed_step(vaddr_t va, vaddr_t end, vaddr_t *next)
{
    struct region *region = region_find(&vspace.map, va);
    if (region && region->kind == KIND_FIXED) {
        *next = region->base + region->bytes < end ? region->base + region->bytes : end;
        return *next - va;
    }
    struct table *table = table_walk(va, next);
    if (region && *next > region->base + region->bytes) *next = region->base + region->bytes;
    if (*next > end) *next = end;
    if (table && table->level < 3) return *next - va;
    uint64_t bytes = 0;
    for (; table && va < *next; va += PAGE_SIZE)
        bytes += table_is_used(table, entry_of(va, 3)) ? PAGE_SIZE : 0;
    return bytes;
}

uint64_t paging_backed(vaddr_t va, uint64_t bytes)
{
    uint64_t backed = 0;
    vaddr_t end;
    if (__builtin_add_overflow(va, bytes, &end) || end > VADDR_END) return 0;
    for (vaddr_t next; va < end; va = next) {
        vspace_enter();
        backed += backed_step(va, end, &next);
        vspace_leave();
    }
    return backed;
}

void paging_figures(struct paging_figures *figures)
{
    vspace_enter();
    *figures = vspace.figures;
    figures->reserve_pages = vspace.reserve_pages;
    figures->regions = vspace.map.count;
    vspace_leave();
}

void paging_index_looks(uint32_t *tables_at, unsigned count)
{
    for (unsigned i = 0; i < count; i++)
        tables_at[i] = 0;
    vspace_enter();
    index_looks(tables_at, count);
    vspace_leave();
}
