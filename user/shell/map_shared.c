/* SPDX-License-Identifier: BSD-2-Clause */
/* Who shares memory with whom: mappings of different processes that overlap, in order of their addresses. */
#include <stdlib.h>

#include "map.h"

#define ROOM_LEAST 16

static int by_place(const void *a, const void *b)
{
    const struct chan_memory *left = a, *right = b;
    if (left->base != right->base) {
        return left->base < right->base ? -1 : 1;
    }
    if (left->bytes != right->bytes) {
        return left->bytes < right->bytes ? -1 : 1;
    }
    return (left->holder > right->holder) - (left->holder < right->holder);
}

/* Who has mapped the same twice shares it once. */
static void doubles_merge(struct chan *chan)
{
    uint32_t kept = 0;
    for (uint32_t i = 0; i < chan->memory_count; i++) {
        if (kept > 0 && by_place(&chan->memory[kept - 1], &chan->memory[i]) == 0) {
            chan->memory[kept - 1].writable |= chan->memory[i].writable;
        } else {
            chan->memory[kept++] = chan->memory[i];
        }
    }
    chan->memory_count = kept;
}

static struct map_shared *pair_find(const struct map *map, pid_abi_t one, pid_abi_t other)
{
    pid_abi_t a = one < other ? one : other, b = one < other ? other : one;
    for (uint32_t i = 0; i < map->shared_count; i++) {
        if (map->shared[i].a == a && map->shared[i].b == b) {
            return &map->shared[i];
        }
    }
    return NULL;
}

static bool pair_add(struct map *map, pid_abi_t one, pid_abi_t other, uint64_t bytes)
{
    struct map_shared *pair = pair_find(map, one, other);
    if (pair != NULL) {
        pair->bytes += bytes;
        return true;
    }
    if (map->shared_count == map->shared_room) {
        uint32_t room = map->shared_room != 0 ? 2 * map->shared_room : ROOM_LEAST;
        struct map_shared *longer = realloc(map->shared, room * sizeof *longer);
        if (longer == NULL) {
            return false;
        }
        map->shared = longer;
        map->shared_room = room;
    }
    map->shared[map->shared_count++] = (struct map_shared){one < other ? one : other, one < other ? other : one, bytes};
    return true;
}

static bool is_shared(const struct chan_memory *one, const struct chan_memory *other)
{
    return one->holder != other->holder && (one->writable || other->writable);
}

/* Of many that have the very same each is paired with the next one: all pairs would be too many to draw. */
static bool is_paired(const struct chan_memory *low, const struct chan_memory *high)
{
    const struct chan_memory *before = high - 1;
    bool same = before->base == high->base && before->bytes == high->bytes;
    return same && before > low && low->base == high->base && low->bytes == high->bytes && is_shared(before, high);
}

bool map_share(struct map *map)
{
    struct chan *chan = &map->chan;
    if (chan->memory_count > 0) {
        qsort(chan->memory, chan->memory_count, sizeof chan->memory[0], by_place);
    }
    doubles_merge(chan);
    for (uint32_t i = 0; i < chan->memory_count; i++) {
        const struct chan_memory *low = &chan->memory[i];
        uint64_t end = low->base + low->bytes;
        for (uint32_t j = i + 1; j < chan->memory_count && chan->memory[j].base < end; j++) {
            const struct chan_memory *high = &chan->memory[j];
            uint64_t high_end = high->base + high->bytes;
            bool add = is_shared(low, high) && !is_paired(low, high);
            if (add && !pair_add(map, low->holder, high->holder, (high_end < end ? high_end : end) - high->base)) {
                return false;
            }
        }
    }
    return true;
}

uint64_t map_shared_bytes(const struct map *map, pid_abi_t one, pid_abi_t other)
{
    const struct map_shared *pair = pair_find(map, one, other);
    return pair != NULL ? pair->bytes : 0;
}
