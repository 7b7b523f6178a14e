/* SPDX-License-Identifier: BSD-2-Clause */
/* Next fit on the tree: first fit from the last allocation on, then from the start. */
#include "internal.h"

static struct region *choose(struct region_map *map, const struct region_want *want, uint64_t *base)
{
    struct region_want behind = *want;
    if (map->hint && map->hint->base > want->first) {
        behind.first = map->hint->base;
        struct region *region = behind.first <= want->last ? tree_first(map, &behind, base) : 0;
        if (region) return region;
    }
    return tree_first(map, want, base);
}

const struct region_index region_index_tree_next = TREE_INDEX("next fit", choose);
