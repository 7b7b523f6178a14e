/* SPDX-License-Identifier: BSD-2-Clause */
/* The naive model of a region map, for tests: a sorted array, searched from end to end. */
#ifndef REGIONS_MODEL_H
#define REGIONS_MODEL_H

#include <regions/regions.h>

#define MODEL_ITEMS 4096

enum strategy { STRATEGY_FIRST, STRATEGY_NEXT, STRATEGY_BEST, STRATEGY_WORST, STRATEGY_COUNT };

struct item {
    uint64_t base, bytes, tag;
    uint32_t kind;
};

struct model {
    struct item item[MODEL_ITEMS];
    uint32_t count;
    uint32_t used;
    uint64_t free_bytes;
};

/* The two indices with each strategy. */
extern const struct region_index *const model_indices[2][STRATEGY_COUNT];

void model_clear(struct model *model);
/* As the operations of the same names; false: refused. */
bool model_add(struct model *model, uint64_t base, uint64_t bytes);
bool model_remove(struct model *model, uint64_t base, uint64_t bytes);
bool model_take(struct model *model, uint64_t base, uint64_t bytes, uint32_t kind, uint64_t tag);
bool model_free(struct model *model, uint64_t base, uint64_t bytes);
bool model_split(struct model *model, uint64_t at);
/* Where the strategy puts it, next fit going on from `hint`; false: nowhere. */
bool model_choose(const struct model *model, enum strategy strategy, uint64_t hint, const struct region_want *want,
                  uint64_t *base);
/* Is the map what the model is? */
bool model_same(const struct model *model, const struct region_map *map);

#endif
