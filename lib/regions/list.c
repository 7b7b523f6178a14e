/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The ordered list as the index. Nothing but the list itself is kept, so everything that searches is linear; a search by
 * address starts where the last one found something, one for free regions at the lowest.
 */
#include "internal.h"

struct region *list_find_from(struct region_map *map, uint64_t address)
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

uint64_t list_largest(const struct region_map *map)
{
    uint64_t largest = 0;
    for (const struct region *region = map->head; region; region = region->next) {
        if (region->kind == REGION_FREE && region->bytes > largest) largest = region->bytes;
    }
    return largest;
}

static bool is_free_above(const struct region *region, uint64_t from)
{
    return region->kind == REGION_FREE && region->base + region->bytes > from;
}

struct region *list_lowest(struct region_map *map, uint64_t from)
{
    struct region *region = map->low && map->low_from == from ? map->low : map->head;
    while (region && !is_free_above(region, from))
        region = region->next;
    map->low_from = from;
    map->low = region ? region : map->tail;
    return region;
}

void list_changed(struct region_map *map, struct region *region)
{
    if (map->low && region->base < map->low->base && is_free_above(region, map->low_from)) map->low = region;
}

void list_inserted(struct region_map *map, struct region *region)
{
    list_changed(map, region);
}

void list_removing(struct region_map *map, struct region *region)
{
    if (map->found == region) map->found = region->next ? region->next : region->previous;
    if (map->low == region) map->low = region->next;
}

void list_moved(struct region_map *map, const struct region *old, struct region *now)
{
    if (map->found == old) map->found = now;
    if (map->low == old) map->low = now;
}

bool list_check(const struct region_map *map)
{
    for (const struct region *region = map->head; map->low && region != map->low; region = region->next) {
        if (!region || is_free_above(region, map->low_from)) return false;
    }
    return true;
}
