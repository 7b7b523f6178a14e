/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Regions: who has which part of a range of addresses, physical (mem's RAM) or virtual (a process's address space).
 *
 * A region map is an ordered set of regions that do not overlap. A region is free (kind REGION_FREE) or in use,
 * with a kind and attributes that belong to the user. What no region covers does not exist for the map. Free neighbours
 * are one region; regions in use never merge.
 *
 * Metadata: a region's record comes from memory that the user gave by region_refill. The library never asks for
 * memory itself: an operation that finds no spare record answers ERR_NO_MEMORY and has changed nothing;
 * refill and repeat it. No operation takes more than REGION_SPARES records.
 *
 * How regions are indexed (ordered list, balanced tree) and which free one an allocation gets (first, next, best, worst
 * fit) is behind struct region_index, by instance: mem and paging choose each their own. With the tree every operation takes
 * O(log n) steps; the only exception is said at region_alloc. Not thread-safe: the user serialises.
 */
#ifndef REGIONS_REGIONS_H
#define REGIONS_REGIONS_H

#include <stdbool.h>
#include <abi/errors.h>
#include <abi/types.h>
#include <regions/balanced.h>

#define REGION_FREE 0   /* the only kind that the library knows */
#define REGION_SPARES 2 /* records that one operation may need */

/* `tag` and `name` are the user's; a part that is cut off keeps them. Only the library writes the rest. */
struct region {
    struct region *previous; /* by address; a spare record (its bytes are 0) is in a list of such */
    struct region *next;
    uint64_t base;
    uint64_t bytes;
    uint32_t kind;
    uint32_t attributes;
    uint64_t tag;
    const char *name;
};

/* What a record is with a tree, and with one whose strategy goes by size. */
struct region_node {
    struct region region;
    struct tree_node by_address;
    uint64_t largest; /* free region here or below */
};

struct region_sized {
    struct region_node node;
    struct tree_node by_size; /* free regions only */
};

struct region_map;

/* What an allocation asks for: `align` a power of two, `first` and `last` inclusive. */
struct region_want {
    uint64_t bytes;
    uint64_t align;
    uint64_t first;
    uint64_t last;
};

/*
 * An index with its strategy: how a region is found by address and which free one an allocation gets. The library
 * itself keeps the ordered list (previous, next), which every index may use.
 */
struct region_index {
    const char *name;      /* "tree, best fit": for the banner */
    uint32_t record_bytes; /* what a region takes: struct region and what follows it */
    /* The first region whose end is above `address`, or 0. */
    struct region *(*find_from)(struct region_map *map, uint64_t address);
    /* A free region that can hold what is wanted; *base gets where. 0: there is none. Changes nothing. */
    struct region *(*choose)(struct region_map *map, const struct region_want *want, uint64_t *base);
    uint64_t (*largest)(const struct region_map *map);
    /* A region has come into the list, is about to leave it, has got another size or kind in place. */
    void (*inserted)(struct region_map *map, struct region *region);
    void (*removing)(struct region_map *map, struct region *region);
    void (*changed)(struct region_map *map, struct region *region);
    /* What `old` was is in another record; the list knows already. */
    void (*moved)(struct region_map *map, const struct region *old, struct region *now);
    bool (*check)(const struct region_map *map);
};

struct region_map {
    const struct region_index *index;
    struct region *head; /* lowest; neighbours are linked whatever the index is */
    struct region *tail;
    struct region *hint;  /* what was allocated last, or what has followed it since: where next fit goes on */
    struct region *found; /* the lists' own: what the last search by address found */
    struct region *low;   /* and below which none is free that ends above low_from; 0: not known */
    uint64_t low_from;    /* where allocations were last to begin */
    struct balanced by_address, by_size; /* the trees' own */
    struct region *spare;
    uint32_t spares;
    uint32_t count;
    uint64_t free_bytes;
};

extern const struct region_index region_index_list_first, region_index_list_next, region_index_list_best,
    region_index_list_worst;
extern const struct region_index region_index_tree_first, region_index_tree_next, region_index_tree_best,
    region_index_tree_worst;

void region_map_init(struct region_map *map, const struct region_index *index);

/* Give records: `memory` (8-byte aligned, zeroed or not) of `bytes` is the library's until it is reclaimed. */
void region_refill(struct region_map *map, void *memory, size_t bytes);
/*
 * Take back what one refill gave: regions whose records are there get others, so pointers to regions are not valid any more.
 * ERR_NO_MEMORY: there are not enough spare ones elsewhere, and nothing is done. Takes time in proportion to `bytes`.
 */
err_t region_reclaim(struct region_map *map, void *memory, size_t bytes);
static inline uint32_t region_spares(const struct region_map *map)
{
    return map->spares;
}

/*
 * Let [base, base + bytes) exist, free. ERR_ARGUMENT (nothing, or it wraps), ERR_REGION_BUSY (exists in part already),
 * ERR_NO_MEMORY (no spare record).
 */
err_t region_add(struct region_map *map, uint64_t base, uint64_t bytes);

/* Let a range that is all free stop existing. ERR_NO_REGION, ERR_REGION_BUSY, ERR_NO_MEMORY, ERR_ARGUMENT. */
err_t region_remove(struct region_map *map, uint64_t base, uint64_t bytes);

/*
 * Take `bytes` (> 0) at a multiple of `align` (power of two, 0: any), all within [first, last] (last inclusive;
 * 0 and UINT64_MAX for anywhere), out of a free region; it becomes a region of `kind` (not REGION_FREE).
 * *out: that region. ERR_NO_REGION: nothing fits; ERR_NO_MEMORY; ERR_ARGUMENT.
 *
 * First fit takes the lowest region, next fit the lowest behind the last allocation, best fit the smallest (of equal
 * ones the lowest), worst fit the largest (of equal ones the highest). A tree looks at 32 regions that are large enough; if
 * alignment or range exclude them all it takes the lowest region of which size alone says that it fits, and only if there is
 * none either, one after the other of those that may just fit: the one case that is not O(log n).
 */
err_t region_alloc(struct region_map *map, uint64_t bytes, uint64_t align, uint64_t first, uint64_t last, uint32_t kind,
                   struct region **out);

/* Take exactly [base, base + bytes), which must be free. ERR_REGION_BUSY, ERR_NO_REGION, ERR_NO_MEMORY, ERR_ARGUMENT.
 */
err_t region_alloc_at(struct region_map *map, uint64_t base, uint64_t bytes, uint32_t kind, struct region **out);

/*
 * Free a range that lies wholly within regions in use (any number of them, in part or in full, without a gap);
 * coalesces. ERR_NO_REGION: some of it is free or does not exist; ERR_NO_MEMORY; ERR_ARGUMENT.
 */
err_t region_free(struct region_map *map, uint64_t base, uint64_t bytes);

/* Cut the region in use that holds `at` in two, so that one starts at `at` (nothing to do if one does). */
err_t region_split(struct region_map *map, uint64_t at, struct region **out);

/* The region, free or in use, that holds `address`; 0: none. */
struct region *region_find(struct region_map *map, uint64_t address);

/* The first region whose end lies above `address`; 0: none. With region_next it walks a range in order. */
struct region *region_find_from(struct region_map *map, uint64_t address);
static inline struct region *region_next(const struct region *region)
{
    return region->next;
}

/* Size of the largest free region; 0: none. */
uint64_t region_largest(const struct region_map *map);

/* How much of what is free does not lie in the largest free region, in percent. */
uint32_t region_fragmentation(const struct region_map *map);

/* Is every invariant true (order, no overlap, no free neighbours, counts)? For tests. */
bool region_check(const struct region_map *map);

#endif
