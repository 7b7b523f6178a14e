/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The ordered list as the index of regions. With next fit an allocation starts looking where the last one ended (long
 * lists), with first fit at the start (stays low, few page tables). A search by address starts where the last one
 * found something. Nothing but the list itself is kept.
 */
#include <regions/regions.h>

static struct region *find_from(struct region_map *map, uint64_t address)
{
    struct region *region = map->found ? map->found : map->head;
    if (!region) return 0;
    while (region->previous && region->previous->base + region->previous->bytes > address)
        region = region->previous;
    while (region && region->base + region->bytes <= address)
        region = region->next;
    if (region) map->found = region;
    return region;
}

/* Where in a free region would an allocation go? */
static bool fits(const struct region *region, uint64_t bytes, uint64_t align, uint64_t first, uint64_t last, uint64_t *base)
{
    if (region->kind != REGION_FREE) return false;
    uint64_t low = region->base > first ? region->base : first;
    uint64_t region_last = region->base + region->bytes - 1;
    uint64_t high = region_last < last ? region_last : last;
    if (__builtin_add_overflow(low, align - 1, &low)) return false;
    low &= ~(align - 1);
    if (low > high || high - low < bytes - 1) return false;
    *base = low;
    return true;
}

static struct region *choose_from(struct region_map *map, struct region *start, uint64_t bytes, uint64_t align,
                                  uint64_t first, uint64_t last, uint64_t *base)
{
    for (struct region *region = start; region; region = region->next) {
        if (fits(region, bytes, align, first, last, base)) return region;
    }
    for (struct region *region = map->head; region != start; region = region->next) {
        if (fits(region, bytes, align, first, last, base)) return region;
    }
    return 0;
}

static struct region *choose_next_fit(struct region_map *map, uint64_t bytes, uint64_t align, uint64_t first,
                                      uint64_t last, uint64_t *base)
{
    struct region *start = map->hint ? map->hint : map->head;
    struct region *region = choose_from(map, start, bytes, align, first, last, base);
    if (region) map->hint = region;
    return region;
}

static struct region *choose_first_fit(struct region_map *map, uint64_t bytes, uint64_t align, uint64_t first,
                                       uint64_t last, uint64_t *base)
{
    return choose_from(map, map->head, bytes, align, first, last, base);
}

static void nothing(struct region_map *map, struct region *region)
{
    (void)map;
    (void)region;
}

/* The search goes on behind what was just taken, unless it is where everything starts. */
static void removing(struct region_map *map, struct region *region)
{
    struct region *other = region->next ? region->next : region->previous;
    if (map->hint == region) map->hint = other;
    if (map->found == region) map->found = other;
}

const struct region_index region_index_list_next_fit = {
    .name = "ordered list, next fit",
    .find_from = find_from,
    .choose = choose_next_fit,
    .inserted = nothing,
    .removing = removing,
    .changed = nothing,
};

const struct region_index region_index_list_first_fit = {
    .name = "ordered list, first fit",
    .find_from = find_from,
    .choose = choose_first_fit,
    .inserted = nothing,
    .removing = removing,
    .changed = nothing,
};
