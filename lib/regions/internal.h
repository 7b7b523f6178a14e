/* SPDX-License-Identifier: BSD-2-Clause */
/* What the indices share: where in a region an allocation would go. */
#ifndef REGIONS_INTERNAL_H
#define REGIONS_INTERNAL_H

#include <regions/regions.h>

/* Would what is wanted go into this region, and where? */
static inline bool region_fits(const struct region *region, const struct region_want *want, uint64_t *base)
{
    if (region->kind != REGION_FREE || region->bytes < want->bytes) return false;
    uint64_t low = region->base > want->first ? region->base : want->first;
    uint64_t region_last = region->base + region->bytes - 1;
    uint64_t high = region_last < want->last ? region_last : want->last;
    if (__builtin_add_overflow(low, want->align - 1, &low)) return false;
    low &= ~(want->align - 1);
    if (low > high || high - low < want->bytes - 1) return false;
    *base = low;
    return true;
}

/* list.c */
struct region *list_find_from(struct region_map *map, uint64_t address);
uint64_t list_largest(const struct region_map *map);
/* The lowest free region that ends above `from`. */
struct region *list_lowest(struct region_map *map, uint64_t from);
void list_inserted(struct region_map *map, struct region *region);
void list_removing(struct region_map *map, struct region *region);
void list_changed(struct region_map *map, struct region *region);
void list_moved(struct region_map *map, const struct region *old, struct region *now);
bool list_check(const struct region_map *map);

#define LIST_INDEX(strategy, chooser)                                                                                  \
    {                                                                                                                  \
        .name = "list, " strategy, .record_bytes = sizeof(struct region), .find_from = list_find_from,                 \
        .choose = chooser, .largest = list_largest, .inserted = list_inserted, .removing = list_removing,              \
        .changed = list_changed, .moved = list_moved, .check = list_check,                                             \
    }

/* tree.c */
struct region *tree_find_from(struct region_map *map, uint64_t address);
/* As region_fits for all regions; looks from want->first on. */
struct region *tree_first(struct region_map *map, const struct region_want *want, uint64_t *base);
uint64_t tree_largest(const struct region_map *map);
void tree_inserted(struct region_map *map, struct region *region);
void tree_removing(struct region_map *map, struct region *region);
void tree_changed(struct region_map *map, struct region *region);
void tree_moved(struct region_map *map, const struct region *old, struct region *now);
bool tree_check(const struct region_map *map);

#define TREE_INDEX(strategy, chooser)                                                                                  \
    {                                                                                                                  \
        .name = "tree, " strategy, .record_bytes = sizeof(struct region_node), .find_from = tree_find_from,            \
        .choose = chooser, .largest = tree_largest, .inserted = tree_inserted, .removing = tree_removing,              \
        .changed = tree_changed, .moved = tree_moved, .check = tree_check,                                             \
    }

/* sized.c: the tree, and free regions by size. */
void sized_inserted(struct region_map *map, struct region *region);
void sized_removing(struct region_map *map, struct region *region);
void sized_changed(struct region_map *map, struct region *region);
void sized_moved(struct region_map *map, const struct region *old, struct region *now);
bool sized_check(const struct region_map *map);

#define SIZED_INDEX(strategy, chooser)                                                                                 \
    {                                                                                                                  \
        .name = "tree, " strategy, .record_bytes = sizeof(struct region_sized), .find_from = tree_find_from,           \
        .choose = chooser, .largest = tree_largest, .inserted = sized_inserted, .removing = sized_removing,            \
        .changed = sized_changed, .moved = sized_moved, .check = sized_check,                                          \
    }

#define TREE_PATIENCE 32 /* regions that are looked at before size alone decides */

#endif
