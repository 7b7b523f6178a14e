/* SPDX-License-Identifier: BSD-2-Clause */
/* Best fit on the list: the smallest region that will do, of equal ones the lowest. */
#include "internal.h"

static struct region *choose(struct region_map *map, const struct region_want *want, uint64_t *base)
{
    struct region *best = 0;
    for (struct region *region = list_lowest(map, want->first); region && region->base <= want->last;
         region = region->next) {
        if (best && region->bytes >= best->bytes) continue;
        if (region_fits(region, want, base)) best = region;
    }
    if (best) region_fits(best, want, base);
    return best;
}

const struct region_index region_index_list_best = LIST_INDEX("best fit", choose);
