/* SPDX-License-Identifier: BSD-2-Clause */
/* The naive model: nothing in it is clever. */
#include "regions_model.h"
#include <string.h>

const struct region_index *const model_indices[2][STRATEGY_COUNT] = {
    {&region_index_list_first, &region_index_list_next, &region_index_list_best, &region_index_list_worst},
    {&region_index_tree_first, &region_index_tree_next, &region_index_tree_best, &region_index_tree_worst},
};

void model_clear(struct model *model)
{
    model->count = model->used = 0;
    model->free_bytes = 0;
}

static uint64_t end_of(const struct item *item)
{
    return item->base + item->bytes;
}

/* The first item that ends above `at`. */
static uint32_t find(const struct model *model, uint64_t at)
{
    uint32_t i = 0;
    while (i < model->count && end_of(&model->item[i]) <= at)
        i++;
    return i;
}

static void insert(struct model *model, uint32_t i, struct item item)
{
    memmove(&model->item[i + 1], &model->item[i], (model->count - i) * sizeof(item));
    model->item[i] = item;
    model->count++;
}

static void drop(struct model *model, uint32_t i)
{
    model->count--;
    memmove(&model->item[i], &model->item[i + 1], (model->count - i) * sizeof(struct item));
}

static void cut(struct model *model, uint64_t at)
{
    uint32_t i = find(model, at);
    if (i == model->count || model->item[i].base >= at) return;
    struct item high = model->item[i];
    high.bytes = end_of(&high) - at;
    high.base = at;
    model->item[i].bytes -= high.bytes;
    model->used += high.kind != REGION_FREE;
    insert(model, i + 1, high);
}

/* Is all of it there, and all of it free, or all of it in use? */
static bool covered(const struct model *model, uint64_t base, uint64_t end, bool is_free)
{
    for (uint32_t i = find(model, base); i < model->count && model->item[i].base <= base; i++) {
        if ((model->item[i].kind == REGION_FREE) != is_free) return false;
        base = end_of(&model->item[i]);
        if (base >= end) return true;
    }
    return false;
}

/* Free neighbours of item i become one with it. */
static void join(struct model *model, uint32_t i)
{
    struct item *item = model->item;
    if (i + 1 < model->count && item[i + 1].kind == REGION_FREE && end_of(&item[i]) == item[i + 1].base) {
        item[i].bytes += item[i + 1].bytes;
        drop(model, i + 1);
    }
    if (i > 0 && item[i - 1].kind == REGION_FREE && end_of(&item[i - 1]) == item[i].base) {
        item[i - 1].bytes += item[i].bytes;
        drop(model, i);
    }
}

bool model_add(struct model *model, uint64_t base, uint64_t bytes)
{
    uint32_t i = find(model, base);
    if (i < model->count && model->item[i].base < base + bytes) return false;
    insert(model, i, (struct item){base, bytes, 0, REGION_FREE});
    join(model, i);
    model->free_bytes += bytes;
    return true;
}

bool model_remove(struct model *model, uint64_t base, uint64_t bytes)
{
    if (!covered(model, base, base + bytes, true)) return false;
    cut(model, base);
    cut(model, base + bytes);
    drop(model, find(model, base));
    model->free_bytes -= bytes;
    return true;
}

bool model_take(struct model *model, uint64_t base, uint64_t bytes, uint32_t kind, uint64_t tag)
{
    if (!covered(model, base, base + bytes, true)) return false;
    cut(model, base);
    cut(model, base + bytes);
    struct item *item = &model->item[find(model, base)];
    item->kind = kind;
    item->tag = tag;
    model->used++;
    model->free_bytes -= bytes;
    return true;
}

bool model_free(struct model *model, uint64_t base, uint64_t bytes)
{
    if (!covered(model, base, base + bytes, false)) return false;
    cut(model, base);
    cut(model, base + bytes);
    uint32_t i = find(model, base);
    while (end_of(&model->item[i]) < base + bytes) {
        model->item[i].bytes += model->item[i + 1].bytes;
        model->used--;
        drop(model, i + 1);
    }
    model->item[i].kind = REGION_FREE;
    model->item[i].tag = 0;
    model->used--;
    model->free_bytes += bytes;
    join(model, i);
    return true;
}

bool model_split(struct model *model, uint64_t at)
{
    if (!covered(model, at, at + 1, false)) return false;
    cut(model, at);
    return true;
}

static bool fits(const struct item *item, const struct region_want *want, uint64_t *base)
{
    if (item->kind != REGION_FREE) return false;
    __uint128_t low = item->base > want->first ? item->base : want->first;
    __uint128_t end = (__uint128_t)want->last + 1;
    if (end_of(item) < end) end = end_of(item);
    low = (low + want->align - 1) / want->align * want->align;
    *base = (uint64_t)low;
    return low + want->bytes <= end;
}

bool model_choose(const struct model *model, enum strategy strategy, uint64_t hint, const struct region_want *want,
                  uint64_t *base)
{
    const struct item *chosen = NULL;
    bool chosen_behind = false;
    for (uint32_t i = 0; i < model->count; i++) {
        const struct item *item = &model->item[i];
        bool behind = item->base >= hint;
        if (!fits(item, want, base)) continue;
        bool better = chosen == NULL;
        if (strategy == STRATEGY_NEXT) better |= behind && !chosen_behind;
        if (strategy == STRATEGY_BEST) better |= !better && item->bytes < chosen->bytes;
        if (strategy == STRATEGY_WORST) better |= !better && item->bytes >= chosen->bytes;
        if (!better) continue;
        chosen = item;
        chosen_behind = behind;
    }
    return chosen != NULL && fits(chosen, want, base);
}

bool model_same(const struct model *model, const struct region_map *map)
{
    const struct region *region = map->head;
    if (model->count != map->count || model->free_bytes != map->free_bytes || !region_check(map)) return false;
    for (uint32_t i = 0; i < model->count; i++, region = region->next) {
        const struct item *item = &model->item[i];
        if (item->base != region->base || item->bytes != region->bytes || item->kind != region->kind) return false;
        if (item->tag != region->tag) return false;
    }
    return true;
}
