/* SPDX-License-Identifier: BSD-2-Clause */
/* Best fit on the tree: the smallest region that will do, of equal ones the lowest. */
#include "sized.h"

static struct region *choose(struct region_map *map, const struct region_want *want, uint64_t *base)
{
    struct tree_node *at = sized_smallest(map, want->bytes);
    for (int i = 0; at && i < TREE_PATIENCE; i++, at = balanced_neighbour(at, 1)) {
        if (region_fits(sized_region(at), want, base)) return sized_region(at);
    }
    return at ? tree_first(map, want, base) : 0;
}

const struct region_index region_index_tree_best = SIZED_INDEX("best fit", choose);
