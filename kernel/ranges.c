/* SPDX-License-Identifier: BSD-2-Clause */
/* Sets of physical pages as short sorted lists of ranges; only the boot code uses them. */
#include <kernel/machine.h>

/* [*base, *end) rounded outward to pages; false if it wraps or is empty. */
static bool round_out(paddr_t *base, uint64_t bytes, paddr_t *end)
{
    if (bytes == 0 || __builtin_add_overflow(*base, bytes, end) || __builtin_add_overflow(*end, PAGE_MASK, end)) {
        return false;
    }
    *base &= ~(paddr_t)PAGE_MASK;
    *end &= ~(paddr_t)PAGE_MASK;
    return true;
}

static void range_delete(struct ranges *ranges, unsigned at)
{
    ranges->count--;
    for (unsigned i = at; i < ranges->count; i++) {
        ranges->range[i] = ranges->range[i + 1];
    }
}

static bool range_insert(struct ranges *ranges, unsigned at, paddr_t base, paddr_t end)
{
    if (ranges->count == MACHINE_RANGES) {
        return false;
    }
    for (unsigned i = ranges->count++; i > at; i--) {
        ranges->range[i] = ranges->range[i - 1];
    }
    ranges->range[at] = (struct range){base, end - base};
    return true;
}

bool ranges_add(struct ranges *ranges, paddr_t base, uint64_t bytes)
{
    paddr_t end;
    if (!round_out(&base, bytes, &end)) {
        return false;
    }
    unsigned i = 0;
    while (i < ranges->count && ranges->range[i].base + ranges->range[i].bytes < base) {
        i++;
    }
    while (i < ranges->count && ranges->range[i].base <= end) {
        struct range *old = &ranges->range[i];
        paddr_t old_end = old->base + old->bytes;
        base = old->base < base ? old->base : base;
        end = old_end > end ? old_end : end;
        range_delete(ranges, i);
    }
    return range_insert(ranges, i, base, end);
}

bool ranges_remove(struct ranges *ranges, paddr_t base, uint64_t bytes)
{
    paddr_t end;
    if (!round_out(&base, bytes, &end)) {
        return bytes == 0;
    }
    for (unsigned i = 0; i < ranges->count;) {
        struct range old = ranges->range[i];
        paddr_t old_end = old.base + old.bytes;
        if (old_end <= base || old.base >= end) {
            i++;
            continue;
        }
        range_delete(ranges, i);
        if (old.base < base && !range_insert(ranges, i++, old.base, base)) {
            return false;
        }
        if (old_end > end && !range_insert(ranges, i++, end, old_end)) {
            return false;
        }
    }
    return true;
}

uint64_t ranges_bytes(const struct ranges *ranges)
{
    uint64_t bytes = 0;
    for (unsigned i = 0; i < ranges->count; i++) {
        bytes += ranges->range[i].bytes;
    }
    return bytes;
}
