/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Memory in chunks that are freed together.
 */
#include "pool.h"

#include <stdalign.h>
#include <stdlib.h>

#define CHUNK_BYTES 2000

struct pool_chunk {
    struct pool_chunk *next;
    size_t bytes;
    alignas(max_align_t) char data[];
};

void *pool_alloc(struct pool *pool, size_t bytes)
{
    const size_t unit = alignof(max_align_t);
    struct pool_chunk *chunk = pool->chunks;
    if (bytes > (size_t)-1 / 2) {
        return NULL;
    }
    bytes = (bytes + unit - 1) & ~(unit - 1);
    if (chunk == NULL || chunk->bytes - pool->used < bytes) {
        size_t room = bytes > CHUNK_BYTES ? bytes : CHUNK_BYTES;
        chunk = calloc(1, sizeof *chunk + room);
        if (chunk == NULL) {
            return NULL;
        }
        chunk->bytes = room;
        chunk->next = pool->chunks;
        pool->chunks = chunk;
        pool->used = 0;
    }
    void *piece = chunk->data + pool->used;
    pool->used += bytes;
    return piece;
}

void pool_free(struct pool *pool)
{
    while (pool->chunks != NULL) {
        struct pool_chunk *next = pool->chunks->next;
        free(pool->chunks);
        pool->chunks = next;
    }
    pool->used = 0;
}
