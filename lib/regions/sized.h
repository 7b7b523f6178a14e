/* SPDX-License-Identifier: BSD-2-Clause */
/* Free regions by size, for the strategies that go by it. */
#ifndef REGIONS_SIZED_H
#define REGIONS_SIZED_H

#include "internal.h"

static inline struct region *sized_region(struct tree_node *node)
{
    return (struct region *)((char *)node - offsetof(struct region_sized, by_size));
}

/* The smallest free region that has `bytes`; 0: none. */
struct tree_node *sized_smallest(const struct region_map *map, uint64_t bytes);

#endif
