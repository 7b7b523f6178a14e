/* SPDX-License-Identifier: BSD-2-Clause */
/* Worst fit on the list: the largest region, of equal ones the highest. */
#include "internal.h"

static struct region *choose(struct region_map *map, const struct region_want *want, uint64_t *base)
{
    struct region *worst = 0;
    for (struct region *region = list_lowest(map, want->first); region && region->base <= want->last;
         region = region->next) {
        if (worst && region->bytes < worst->bytes) continue;
        if (region_fits(region, want, base)) worst = region;
    }
    if (worst) region_fits(worst, want, base);
    return worst;
}

const struct region_index region_index_list_worst = LIST_INDEX("worst fit", choose);
