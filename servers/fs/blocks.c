/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Blocks of files, cut out of chunks that are aligned to their size: a chunk's first block is its header, so that a block's chunk is found from
 * its address. A chunk without blocks in use is given back at once, except for one.
 */
#include "files.h"

#define BLOCKS (FILE_CHUNK / FILE_BLOCK) /* the header's included */

_Static_assert(BLOCKS == 64, "a chunk's blocks are one word of bits");

struct chunk {
    uint64_t free;                 /* bit n: block n is free */
    struct chunk *next, *previous; /* of those with free blocks */
};

#define ALL_FREE (~1ull)

static struct chunk *available;
static struct chunk *spare; /* without blocks in use: the last one that became so */

static void available_add(struct chunk *chunk)
{
    chunk->previous = NULL;
    chunk->next = available;
    if (available != NULL) available->previous = chunk;
    available = chunk;
}

static void available_remove(struct chunk *chunk)
{
    if (chunk->previous != NULL) {
        chunk->previous->next = chunk->next;
    } else {
        available = chunk->next;
    }
    if (chunk->next != NULL) chunk->next->previous = chunk->previous;
}

/* One with a free block. */
static struct chunk *chunk_get(void)
{
    while (available == NULL) {
        struct chunk *chunk = spare != NULL ? spare : files_chunk_map();
        spare = NULL;
        if (chunk != NULL) {
            chunk->free = ALL_FREE;
            available_add(chunk);
        } else if (files_memory.reap == NULL || (!files_memory.reap() && available == NULL && spare == NULL)) {
            return NULL;
        }
    }
    return available;
}

void *files_block_alloc(void)
{
    if (!files_reserve(FILE_BLOCK)) return NULL;
    struct chunk *chunk = chunk_get();
    if (chunk == NULL) {
        files_release(FILE_BLOCK);
        return NULL;
    }
    unsigned index = (unsigned)__builtin_ctzll(chunk->free);
    chunk->free &= chunk->free - 1;
    if (chunk->free == 0) available_remove(chunk);
    return (char *)chunk + index * FILE_BLOCK;
}

void files_block_free(void *block)
{
    struct chunk *chunk = (struct chunk *)((uintptr_t)block & ~(uintptr_t)(FILE_CHUNK - 1));
    if (chunk->free == 0) available_add(chunk);
    chunk->free |= 1ull << ((uintptr_t)block % FILE_CHUNK / FILE_BLOCK);
    files_release(FILE_BLOCK);
    if (chunk->free != ALL_FREE) return;
    available_remove(chunk);
    if (spare != NULL) files_chunk_unmap(spare);
    spare = chunk;
}
