/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The tree by address, and a second one in which free regions stand by size, equal ones by address. A region's record is a
 * struct region_sized.
 */
#include "sized.h"

static bool stands_before(const struct region *a, const struct region *b)
{
    return a->bytes != b->bytes ? a->bytes < b->bytes : a->base < b->base;
}

static void by_size_insert(struct region_map *map, struct region_sized *sized)
{
    struct tree_node *parent = 0;
    int side = 0;
    for (struct tree_node *at = map->by_size.root; at; at = at->child[side]) {
        parent = at;
        side = stands_before(sized_region(at), &sized->node.region);
    }
    balanced_insert(&map->by_size, parent, side, &sized->by_size);
}

static void by_size_remove(struct region_map *map, struct region_sized *sized)
{
    if (sized->by_size.level) balanced_remove(&map->by_size, &sized->by_size);
}

void sized_inserted(struct region_map *map, struct region *region)
{
    struct region_sized *sized = (struct region_sized *)region;
    sized->by_size.level = 0;
    tree_inserted(map, region);
    if (region->kind == REGION_FREE) by_size_insert(map, sized);
}

void sized_removing(struct region_map *map, struct region *region)
{
    by_size_remove(map, (struct region_sized *)region);
    tree_removing(map, region);
}

void sized_changed(struct region_map *map, struct region *region)
{
    struct region_sized *sized = (struct region_sized *)region;
    by_size_remove(map, sized);
    tree_changed(map, region);
    if (region->kind == REGION_FREE) by_size_insert(map, sized);
}

void sized_moved(struct region_map *map, const struct region *old, struct region *now)
{
    struct region_sized *sized = (struct region_sized *)now;
    tree_moved(map, old, now);
    if (sized->by_size.level)
        balanced_moved(&map->by_size, &((const struct region_sized *)old)->by_size, &sized->by_size);
}

struct tree_node *sized_smallest(const struct region_map *map, uint64_t bytes)
{
    struct tree_node *found = 0;
    for (struct tree_node *at = map->by_size.root; at;) {
        bool enough = sized_region(at)->bytes >= bytes;
        if (enough) found = at;
        at = at->child[!enough];
    }
    return found;
}

bool sized_check(const struct region_map *map)
{
    if (!tree_check(map) || !balanced_check(&map->by_size)) return false;
    uint64_t bytes = 0;
    const struct region *before = 0;
    for (struct tree_node *at = balanced_end(&map->by_size, 0); at; at = balanced_neighbour(at, 1)) {
        const struct region *region = sized_region(at);
        if (region->kind != REGION_FREE || (before && !stands_before(before, region))) return false;
        bytes += region->bytes;
        before = region;
    }
    return bytes == map->free_bytes;
}
