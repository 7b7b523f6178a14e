/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Memory that is handed out piece by piece and freed at once: what a parser builds lives in one. Pure. All zero is an
 * empty one.
 */
#ifndef SHELL_POOL_H
#define SHELL_POOL_H

#include <stddef.h>

struct pool_chunk;

struct pool {
    struct pool_chunk *chunks; /* the newest first */
    size_t used;               /* of the newest */
};

/* Zeroed and aligned for anything, or 0 without memory. */
void *pool_alloc(struct pool *pool, size_t bytes);

void pool_free(struct pool *pool);

#endif
