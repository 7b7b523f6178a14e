/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The balanced tree as the index: by address, each node knowing the largest free region in its subtree. So "the first region
 * behind this address that is large enough" is one way down. A region's record is a struct region_node.
 */
#include "internal.h"

static struct region_node *of_region(struct region *region)
{
    return (struct region_node *)region;
}

static struct region_node *of_tree(const struct tree_node *node)
{
    return node ? (struct region_node *)((char *)node - offsetof(struct region_node, by_address)) : 0;
}

static uint64_t own_free(const struct region_node *node)
{
    return node->region.kind == REGION_FREE ? node->region.bytes : 0;
}

static uint64_t largest_below(const struct tree_node *node)
{
    return node ? of_tree(node)->largest : 0;
}

static bool renew_largest(struct tree_node *at)
{
    struct region_node *node = of_tree(at);
    uint64_t largest = own_free(node);
    uint64_t low = largest_below(at->child[0]);
    uint64_t high = largest_below(at->child[1]);
    if (low > largest) largest = low;
    if (high > largest) largest = high;
    if (node->largest == largest) return false;
    node->largest = largest;
    return true;
}

struct region *tree_find_from(struct region_map *map, uint64_t address)
{
    struct tree_node *at = map->by_address.root;
    struct region *found = 0;
    while (at) {
        struct region *region = &of_tree(at)->region;
        bool behind = region->base + region->bytes > address;
        if (behind) found = region;
        at = at->child[!behind];
    }
    return found;
}

/* The first region at or below `at`, which has one, that is free and has `bytes`. */
static struct region_node *lowest_large(struct tree_node *at, uint64_t bytes)
{
    for (;;) {
        if (largest_below(at->child[0]) >= bytes) {
            at = at->child[0];
        } else if (own_free(of_tree(at)) >= bytes) {
            return of_tree(at);
        } else {
            at = at->child[1];
        }
    }
}

/* The first one behind `node` that is free and has `bytes`. */
static struct region_node *next_large(struct region_node *node, uint64_t bytes)
{
    struct tree_node *at = &node->by_address;
    if (largest_below(at->child[1]) >= bytes) return lowest_large(at->child[1], bytes);
    for (struct tree_node *above = at->parent; above; at = above, above = at->parent) {
        if (above->child[1] == at) continue;
        if (own_free(of_tree(above)) >= bytes) return of_tree(above);
        if (largest_below(above->child[1]) >= bytes) return lowest_large(above->child[1], bytes);
    }
    return 0;
}

static struct region_node *first_large(struct region_map *map, uint64_t address, uint64_t bytes)
{
    if (largest_below(map->by_address.root) < bytes) return 0;
    if (address == 0) return lowest_large(map->by_address.root, bytes);
    struct region *region = tree_find_from(map, address);
    if (!region) return 0;
    return own_free(of_region(region)) >= bytes ? of_region(region) : next_large(of_region(region), bytes);
}

/* Look at `patience` regions of `bytes` from *at on; leaves *at where it stopped looking, 0: at the end. */
static struct region *look(struct region_node **at, uint64_t bytes, uint64_t patience, const struct region_want *want,
                           uint64_t *base)
{
    for (; *at && (*at)->region.base <= want->last; *at = next_large(*at, bytes)) {
        if (patience-- == 0) return 0;
        if (region_fits(&(*at)->region, want, base)) return &(*at)->region;
    }
    *at = 0;
    return 0;
}

struct region *tree_first(struct region_map *map, const struct region_want *want, uint64_t *base)
{
    struct region_node *at = first_large(map, want->first, want->bytes);
    struct region *region = look(&at, want->bytes, TREE_PATIENCE, want, base);
    uint64_t certain;
    if (region || !at) return region;
    if (!__builtin_add_overflow(want->bytes, want->align - 1, &certain)) {
        struct region_node *large = first_large(map, want->first, certain);
        region = look(&large, certain, UINT64_MAX, want, base); /* only those that the range cuts do not fit */
    }
    return region ? region : look(&at, want->bytes, UINT64_MAX, want, base);
}

uint64_t tree_largest(const struct region_map *map)
{
    return largest_below(map->by_address.root);
}

/* In the list it has its place already: in the tree it hangs below one of its neighbours there. */
void tree_inserted(struct region_map *map, struct region *region)
{
    struct tree_node *node = &of_region(region)->by_address;
    struct tree_node *below = region->previous ? &of_region(region->previous)->by_address : 0;
    int side = below && !below->child[1];
    if (!side && region->next) below = &of_region(region->next)->by_address;
    map->by_address.renew = renew_largest;
    balanced_insert(&map->by_address, below, side, node);
}

void tree_removing(struct region_map *map, struct region *region)
{
    balanced_remove(&map->by_address, &of_region(region)->by_address);
}

void tree_changed(struct region_map *map, struct region *region)
{
    balanced_renew(&map->by_address, &of_region(region)->by_address);
}

void tree_moved(struct region_map *map, const struct region *old, struct region *now)
{
    balanced_moved(&map->by_address, &((const struct region_node *)old)->by_address, &of_region(now)->by_address);
}

bool tree_check(const struct region_map *map)
{
    const struct region *region = map->head;
    if (!balanced_check(&map->by_address)) return false;
    for (struct tree_node *at = balanced_end(&map->by_address, 0); at; at = balanced_neighbour(at, 1)) {
        if (&of_tree(at)->region != region || renew_largest(at)) return false;
        region = region->next;
    }
    return !region;
}
