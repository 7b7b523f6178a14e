/* SPDX-License-Identifier: BSD-2-Clause */
/* Worst fit on the tree: the largest region, of equal ones the highest. */
#include "sized.h"

static struct region *choose(struct region_map *map, const struct region_want *want, uint64_t *base)
{
    struct tree_node *at = balanced_end(&map->by_size, 1);
    for (int i = 0; at && i < TREE_PATIENCE; i++, at = balanced_neighbour(at, 0)) {
        if (region_fits(sized_region(at), want, base)) return sized_region(at);
        if (sized_region(at)->bytes < want->bytes) return 0;
    }
    return at ? tree_first(map, want, base) : 0;
}

const struct region_index region_index_tree_worst = SIZED_INDEX("worst fit", choose);
