/* SPDX-License-Identifier: BSD-2-Clause */
/* First fit on the list: stays low, so that an address space needs few page tables. */
#include "internal.h"

static struct region *choose(struct region_map *map, const struct region_want *want, uint64_t *base)
{
    for (struct region *region = list_lowest(map, want->first); region && region->base <= want->last;
         region = region->next) {
        if (region_fits(region, want, base)) return region;
    }
    return 0;
}

const struct region_index region_index_list_first = LIST_INDEX("first fit", choose);
