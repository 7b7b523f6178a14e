/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * mem's decisions. Every function checks everything before it changes anything.
 */
#include "memory.h"
#include <idl/mem.h>

void memory_init(struct memory *memory, const struct region_index *index, struct account *accounts, uint32_t capacity,
                 uint64_t kept)
{
    region_map_init(&memory->map, index);
    accounts_init(&memory->accounts, accounts, capacity);
    memory->ram = 0;
    memory->used = 0;
    memory->blocks = 0;
    memory->kept = kept;
    memory->own = NULL;
}

err_t memory_add(struct memory *memory, paddr_t base, uint64_t bytes)
{
    err_t err = region_add(&memory->map, base, bytes);
    if (err == ERR_OK) memory->ram += bytes;
    return err == ERR_NO_MEMORY ? ERR_AGAIN : err;
}

err_t memory_give(struct memory *memory, paddr_t base, uint64_t bytes)
{
    err_t err = region_remove(&memory->map, base, bytes);
    if (err == ERR_OK) memory->ram -= bytes;
    return err == ERR_NO_MEMORY ? ERR_AGAIN : err;
}

static err_t memory_charge(struct memory *memory, struct account *account, struct region *region)
{
    region->tag = account_number(&memory->accounts, account);
    region->attributes = 0;
    memory->used += region->bytes;
    memory->blocks++;
    return ERR_OK;
}

err_t memory_alloc(struct memory *memory, struct account *account, uint64_t bytes, uint64_t align, paddr_t first,
                   paddr_t last, paddr_t *base)
{
    if (bytes == 0 || (align & (align - 1)) != 0 || last < first) return ERR_ARGUMENT;
    if ((bytes & PAGE_MASK) != 0) return ERR_ALIGNMENT;
    if (align < PAGE_SIZE) align = PAGE_SIZE;
    uint32_t records = account == memory->own ? 0 : MEMORY_RECORDS_KEPT;
    if (region_spares(&memory->map) < records + REGION_SPARES) return ERR_AGAIN;
    uint64_t kept = account->service ? 0 : memory->kept;
    if (bytes > memory->map.free_bytes || memory->map.free_bytes - bytes < kept) return ERR_NO_MEMORY;
    err_t err = account_charge(account, bytes);
    if (err != ERR_OK) return err;
    struct region *region;
    err = region_alloc(&memory->map, bytes, align, first, last, MEMORY_USED, &region);
    if (err != ERR_OK) {
        account_credit(&memory->accounts, account, bytes, 1);
        return err == ERR_NO_REGION ? ERR_NO_MEMORY : err;
    }
    *base = region->base;
    return memory_charge(memory, account, region);
}

err_t memory_alloc_at(struct memory *memory, struct account *account, paddr_t base, uint64_t bytes)
{
    if (region_spares(&memory->map) < REGION_SPARES) return ERR_AGAIN;
    err_t err = account_charge(account, bytes);
    if (err != ERR_OK) return err;
    struct region *region;
    err = region_alloc_at(&memory->map, base, bytes, MEMORY_USED, &region);
    if (err != ERR_OK) {
        account_credit(&memory->accounts, account, bytes, 1);
        return err;
    }
    return memory_charge(memory, account, region);
}

/* Is all of the range handed out? */
static bool range_is_used(struct memory *memory, paddr_t base, paddr_t end)
{
    struct region *region = region_find(&memory->map, base);
    while (region != NULL && region->kind == MEMORY_USED) {
        paddr_t region_end = region->base + region->bytes;
        if (region_end >= end) return true;
        region = region_next(region);
        if (region != NULL && region->base != region_end) return false;
    }
    return false;
}

static void part_free(struct memory *memory, const struct region *region, paddr_t base, uint64_t bytes)
{
    /* Blocks less: one if all of it came back, none if a part, and a hole leaves two where there was one. */
    bool head = base == region->base;
    bool tail = base + bytes == region->base + region->bytes;
    int less = head && tail ? 1 : (head || tail ? 0 : -1);
    struct account *account = account_of_number(&memory->accounts, region->tag);
    if (region_free(&memory->map, base, bytes) != ERR_OK) return; /* cannot be: it is in use, and there are records */
    memory->used -= bytes;
    memory->blocks -= (uint64_t)(int64_t)less;
    account_credit(&memory->accounts, account, bytes, less);
}

/*
 * Some of a region, or all, came back. Without records for what is left of it, only how much came back is written down, from then on
 * for all of the region: it is free when all of it has come back.
 */
static void part_return(struct memory *memory, struct region *region, paddr_t base, uint64_t bytes)
{
    bool scarce = bytes < region->bytes && region_spares(&memory->map) < 2 * REGION_SPARES;
    if (region->attributes == 0 && !scarce) {
        part_free(memory, region, base, bytes);
        return;
    }
    region->attributes += (uint32_t)(bytes / PAGE_SIZE);
    if (region->attributes == region->bytes / PAGE_SIZE) part_free(memory, region, region->base, region->bytes);
}

err_t memory_free(struct memory *memory, paddr_t base, uint64_t bytes)
{
    paddr_t end;
    if (bytes == 0 || ((base | bytes) & PAGE_MASK) != 0 || __builtin_add_overflow(base, bytes, &end)) {
        return ERR_ARGUMENT;
    }
    if (!range_is_used(memory, base, end)) return ERR_NO_REGION;
    while (base < end) {
        /* One owner's part of the range after the other. */
        struct region *region = region_find(&memory->map, base);
        paddr_t region_end = region->base + region->bytes;
        paddr_t part_end = region_end < end ? region_end : end;
        part_return(memory, region, base, part_end - base);
        base = part_end;
    }
    return ERR_OK;
}

uint32_t memory_leftovers(struct memory *memory, paddr_t *from, struct mem_range *ranges, uint32_t most)
{
    uint32_t count = 0, looked = 0;
    struct region *region = region_find_from(&memory->map, *from);
    for (; region != NULL && looked < LEFTOVERS_LOOK && count < most; region = region_next(region), looked++) {
        if (region->kind != MEMORY_USED || !account_of_number(&memory->accounts, region->tag)->ended) continue;
        ranges[count++] = (struct mem_range){region->base, region->bytes};
    }
    *from = region == NULL ? 0 : region->base;
    return count;
}
