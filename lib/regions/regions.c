/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Regions: the operations, free of how regions are found and chosen (the index). Owns the ordered list and the spare
 * records. Every operation checks first, sees that there are spare records enough, and only then changes anything.
 */
#include <regions/regions.h>
#include <string.h>

void region_map_init(struct region_map *map, const struct region_index *index)
{
    *map = (struct region_map){.index = index};
}

/* A spare record is one of no bytes, in a list of its own. */
static void spare_put(struct region_map *map, struct region *region)
{
    region->bytes = 0;
    region->previous = map->spare;
    region->next = NULL;
    if (map->spare) map->spare->next = region;
    map->spare = region;
    map->spares++;
}

static struct region *spare_take(struct region_map *map)
{
    struct region *region = map->spare;
    map->spare = region->previous;
    if (map->spare) map->spare->next = NULL;
    map->spares--;
    return region;
}

static void spare_drop(struct region_map *map, struct region *region)
{
    *(region->next ? &region->next->previous : &map->spare) = region->previous;
    if (region->previous) region->previous->next = region->next;
    map->spares--;
}

void region_refill(struct region_map *map, void *memory, size_t bytes)
{
    char *record = memory;
    for (; bytes >= map->index->record_bytes; bytes -= map->index->record_bytes) {
        spare_put(map, (struct region *)record);
        record += map->index->record_bytes;
    }
}

static uint64_t last_of(const struct region *region)
{
    return region->base + region->bytes - 1;
}

/* Put a new region, a copy of `like` but for its place, behind `previous` (0: in front of all). */
static struct region *link_new(struct region_map *map, struct region *previous, const struct region *like,
                               uint64_t base, uint64_t bytes)
{
    struct region *region = spare_take(map);
    *region = *like;
    region->base = base;
    region->bytes = bytes;
    region->previous = previous;
    region->next = previous ? previous->next : map->head;
    *(previous ? &previous->next : &map->head) = region;
    *(region->next ? &region->next->previous : &map->tail) = region;
    map->count++;
    map->index->inserted(map, region);
    return region;
}

static void unlink_old(struct region_map *map, struct region *region)
{
    if (map->hint == region) map->hint = region->next ? region->next : region->previous;
    map->index->removing(map, region);
    *(region->previous ? &region->previous->next : &map->head) = region->next;
    *(region->next ? &region->next->previous : &map->tail) = region->previous;
    map->count--;
    spare_put(map, region);
}

/* Another record says what `old` said. */
static void move_record(struct region_map *map, struct region *old)
{
    struct region *now = spare_take(map);
    memcpy(now, old, map->index->record_bytes);
    *(now->previous ? &now->previous->next : &map->head) = now;
    *(now->next ? &now->next->previous : &map->tail) = now;
    if (map->hint == old) map->hint = now;
    map->index->moved(map, old, now);
}

err_t region_reclaim(struct region_map *map, void *memory, size_t bytes)
{
    size_t each = map->index->record_bytes;
    char *end = (char *)memory + bytes / each * each;
    uint32_t used = 0, spare = 0;
    for (char *record = memory; record < end; record += each) {
        used += ((struct region *)record)->bytes != 0;
        spare += ((struct region *)record)->bytes == 0;
    }
    if (map->spares - spare < used) return ERR_NO_MEMORY;
    for (char *record = memory; record < end; record += each) {
        if (((struct region *)record)->bytes == 0) spare_drop(map, (struct region *)record);
    }
    for (char *record = memory; record < end; record += each) {
        if (((struct region *)record)->bytes != 0) move_record(map, (struct region *)record);
    }
    return ERR_OK;
}

static bool range_valid(uint64_t base, uint64_t bytes, uint64_t *last)
{
    if (bytes == 0 || __builtin_add_overflow(base, bytes - 1, last)) return false;
    return *last != UINT64_MAX; /* so that an end can always be said */
}

/* Cut `region` so that a new one like it starts at `at`, which lies inside. Needs one record. */
static struct region *cut(struct region_map *map, struct region *region, uint64_t at)
{
    uint64_t rest = last_of(region) - at + 1;
    region->bytes = at - region->base;
    map->index->changed(map, region);
    return link_new(map, region, region, at, rest);
}

/* `region` has become free: merge it with its free neighbours. */
static void coalesce(struct region_map *map, struct region *region)
{
    struct region *next = region->next;
    struct region *previous = region->previous;
    if (next && next->kind == REGION_FREE && last_of(region) + 1 == next->base) {
        uint64_t bytes = next->bytes;
        unlink_old(map, next);
        region->bytes += bytes;
    }
    if (previous && previous->kind == REGION_FREE && last_of(previous) + 1 == region->base) {
        uint64_t bytes = region->bytes;
        unlink_old(map, region);
        previous->bytes += bytes;
        region = previous;
    }
    map->index->changed(map, region);
}

err_t region_add(struct region_map *map, uint64_t base, uint64_t bytes)
{
    uint64_t last;
    if (!range_valid(base, bytes, &last)) return ERR_ARGUMENT;
    struct region *above = map->index->find_from(map, base);
    if (above && above->base <= last) return ERR_REGION_BUSY;
    if (map->spares < 1) return ERR_NO_MEMORY;
    const struct region fresh = {.kind = REGION_FREE};
    coalesce(map, link_new(map, above ? above->previous : map->tail, &fresh, base, bytes));
    map->free_bytes += bytes;
    return ERR_OK;
}

/* Records that it takes to make [base, last], inside one region, one of its own. */
static uint32_t isolate_needs(const struct region *region, uint64_t base, uint64_t last)
{
    return (base != region->base) + (last != last_of(region));
}

err_t region_remove(struct region_map *map, uint64_t base, uint64_t bytes)
{
    uint64_t last;
    if (!range_valid(base, bytes, &last)) return ERR_ARGUMENT;
    struct region *region = region_find(map, base);
    if (!region) return ERR_NO_REGION;
    if (region->kind != REGION_FREE) return ERR_REGION_BUSY;
    if (last > last_of(region)) {
        return region->next && region->next->base == last_of(region) + 1 ? ERR_REGION_BUSY : ERR_NO_REGION;
    }
    if (map->spares < isolate_needs(region, base, last)) return ERR_NO_MEMORY;
    if (base != region->base) region = cut(map, region, base);
    if (last != last_of(region)) cut(map, region, last + 1);
    unlink_old(map, region);
    map->free_bytes -= bytes;
    return ERR_OK;
}

/* Part of a free region gets into use: what is left of it on either side stays free. */
static err_t take(struct region_map *map, struct region *region, uint64_t base, uint64_t bytes, uint32_t kind,
                  struct region **out)
{
    uint64_t last = base + bytes - 1;
    uint64_t region_last = last_of(region);
    if (map->spares < isolate_needs(region, base, last)) return ERR_NO_MEMORY;
    const struct region fresh = {.kind = REGION_FREE};
    const struct region used = {.kind = kind};
    if (base == region->base) {
        region->kind = kind;
        region->bytes = bytes;
        map->index->changed(map, region);
    } else {
        region->bytes = base - region->base;
        map->index->changed(map, region);
        region = link_new(map, region, &used, base, bytes);
    }
    if (last != region_last) link_new(map, region, &fresh, last + 1, region_last - last);
    map->free_bytes -= bytes;
    if (out) *out = region;
    return ERR_OK;
}

err_t region_alloc(struct region_map *map, uint64_t bytes, uint64_t align, uint64_t first, uint64_t last, uint32_t kind,
                   struct region **out)
{
    if (align == 0) align = 1;
    if (bytes == 0 || kind == REGION_FREE || (align & (align - 1)) != 0 || first > last) return ERR_ARGUMENT;
    const struct region_want want = {bytes, align, first, last};
    uint64_t base;
    struct region *region = map->index->choose(map, &want, &base);
    if (!region) return ERR_NO_REGION;
    err_t err = take(map, region, base, bytes, kind, &region);
    if (err) return err;
    map->hint = region;
    if (out) *out = region;
    return ERR_OK;
}

err_t region_alloc_at(struct region_map *map, uint64_t base, uint64_t bytes, uint32_t kind, struct region **out)
{
    uint64_t last;
    if (kind == REGION_FREE || !range_valid(base, bytes, &last)) return ERR_ARGUMENT;
    struct region *region = map->index->find_from(map, base);
    if (!region || region->base > last) return ERR_NO_REGION;
    if (region->base > base) return ERR_NO_REGION;
    if (region->kind != REGION_FREE) return ERR_REGION_BUSY;
    if (last_of(region) < last) {
        return region->next && region->next->base <= last ? ERR_REGION_BUSY : ERR_NO_REGION;
    }
    return take(map, region, base, bytes, kind, out);
}

/* Do regions in use cover [base, last] without a gap? *first: the one with base. */
static bool all_in_use(struct region_map *map, uint64_t base, uint64_t last, struct region **first, struct region **final)
{
    struct region *region = *first = region_find(map, base);
    while (region && region->kind != REGION_FREE) {
        if (last_of(region) >= last) {
            *final = region;
            return true;
        }
        struct region *next = region->next;
        if (next && next->base != last_of(region) + 1) return false;
        region = next;
    }
    return false;
}

err_t region_free(struct region_map *map, uint64_t base, uint64_t bytes)
{
    uint64_t last;
    struct region *first;
    struct region *final;
    if (!range_valid(base, bytes, &last)) return ERR_ARGUMENT;
    if (!all_in_use(map, base, last, &first, &final)) return ERR_NO_REGION;
    uint32_t needs = (base != first->base) + (last != last_of(final));
    if (map->spares < needs) return ERR_NO_MEMORY;

    bool one = first == final;
    if (base != first->base) first = cut(map, first, base);
    if (one) final = first;
    if (last != last_of(final)) cut(map, final, last + 1);
    for (bool end = first == final; !end;) {
        end = first->next == final;
        unlink_old(map, first->next);
    }
    first->bytes = bytes;
    first->kind = REGION_FREE;
    first->attributes = 0;
    first->tag = 0;
    first->name = 0;
    map->free_bytes += bytes;
    coalesce(map, first);
    return ERR_OK;
}

err_t region_split(struct region_map *map, uint64_t at, struct region **out)
{
    struct region *region = region_find(map, at);
    if (!region || region->kind == REGION_FREE) return ERR_NO_REGION;
    if (region->base != at) {
        if (map->spares < 1) return ERR_NO_MEMORY;
        region = cut(map, region, at);
    }
    if (out) *out = region;
    return ERR_OK;
}

struct region *region_find(struct region_map *map, uint64_t address)
{
    struct region *region = map->index->find_from(map, address);
    return region && region->base <= address ? region : 0;
}

struct region *region_find_from(struct region_map *map, uint64_t address)
{
    return map->index->find_from(map, address);
}

uint64_t region_largest(const struct region_map *map)
{
    return map->index->largest(map);
}

uint32_t region_fragmentation(const struct region_map *map)
{
    return map->free_bytes ? 100 - (uint32_t)(region_largest(map) * 100 / map->free_bytes) : 0;
}

bool region_check(const struct region_map *map)
{
    uint32_t count = 0;
    uint64_t free_bytes = 0;
    const struct region *previous = 0;
    for (const struct region *region = map->head; region; previous = region, region = region->next) {
        count++;
        if (region->previous != previous || region->bytes == 0) return false;
        if (region->kind == REGION_FREE) free_bytes += region->bytes;
        if (!previous) continue;
        if (last_of(previous) >= region->base) return false;
        bool touch = last_of(previous) + 1 == region->base;
        if (touch && previous->kind == REGION_FREE && region->kind == REGION_FREE) return false;
    }
    return count == map->count && free_bytes == map->free_bytes && previous == map->tail && map->index->check(map);
}
