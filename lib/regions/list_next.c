/* SPDX-License-Identifier: BSD-2-Clause */
/* Next fit on the list: goes on behind the last allocation, and from the start when it comes to the end. */
#include "internal.h"

static struct region *choose(struct region_map *map, const struct region_want *want, uint64_t *base)
{
    for (struct region *region = map->hint; region; region = region->next) {
        if (region_fits(region, want, base)) return region;
    }
    for (struct region *region = map->head; region != map->hint; region = region->next) {
        if (region_fits(region, want, base)) return region;
    }
    return 0;
}

const struct region_index region_index_list_next = LIST_INDEX("next fit", choose);
