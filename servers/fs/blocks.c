/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Blocks of the store, in chunks that are aligned to their size: a chunk begins with a header, so that a block's chunk is found from its
 * address. A chunk without blocks in use is given back at once, except for one. Of the header only the words are kept.
 */
#include "files.h"
#include <string.h>

#define BLOCKS (FILE_CHUNK / FILE_BLOCK) /* the header's included */
#define WORD_BITS 64

_Static_assert(BLOCKS == WORD_BITS, "a chunk's blocks are one word of bits");

struct chunk {
    uint64_t word[BLOCKS];         /* kept: what each block is */
    uint64_t all;                  /* bit n: block n is not of the header, nor behind the end */
    uint64_t free;                 /* bit n: block n is free */
    struct chunk *next, *previous; /* of those with free blocks */
    struct record_block records[BLOCKS];
};

_Static_assert(offsetof(struct chunk, word) == 0, "files_block_word() finds them there");

struct files_state *files_state;
static struct store store;
static struct chunk *available;
static struct chunk *spare; /* without blocks in use: the last one that became so */

static struct chunk *chunk_at(uint32_t n)
{
    return (struct chunk *)(store.base + (uint64_t)n * FILE_CHUNK + CHUNK_HEADER);
}

static struct chunk *chunk_of(const void *block)
{
    return (struct chunk *)(((uintptr_t)block & ~(uintptr_t)(FILE_CHUNK - 1)) + CHUNK_HEADER);
}

static uint8_t *chunk_start(const struct chunk *chunk)
{
    return (uint8_t *)chunk - CHUNK_HEADER;
}

static uint32_t chunk_number(const struct chunk *chunk)
{
    return (uint32_t)((uint64_t)(chunk_start(chunk) - store.base) / FILE_CHUNK);
}

static unsigned index_of(const void *block)
{
    return (uintptr_t)block % FILE_CHUNK / FILE_BLOCK;
}

struct record_block *blocks_records(const void *block)
{
    return &chunk_of(block)->records[index_of(block)];
}

void *blocks_of_records(const struct record_block *records)
{
    struct chunk *chunk = chunk_of(records);
    return chunk_start(chunk) + (records - chunk->records) * FILE_BLOCK;
}

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

/* What of it are blocks: in chunk 0 the state comes before them. */
static uint64_t chunk_all(uint32_t n)
{
    uint64_t header = CHUNK_HEADER + sizeof(struct chunk) + (n == 0 ? sizeof(struct files_state) : 0);
    uint64_t first = (header + FILE_BLOCK - 1) / FILE_BLOCK, end = n == 0 ? store.bytes / FILE_BLOCK : BLOCKS;
    uint64_t below_end = end < BLOCKS ? (1ull << end) - 1 : UINT64_MAX;
    return below_end & ~((1ull << first) - 1);
}

static bool chunk_is_there(uint32_t n)
{
    return n < store.chunks && (n == 0 || files_state->chunk[n / WORD_BITS] >> n % WORD_BITS & 1);
}

static void chunk_set_there(uint32_t n, bool there)
{
    uint64_t bit = 1ull << n % WORD_BITS, *word = &files_state->chunk[n / WORD_BITS];
    KEPT_STEP();
    __atomic_store_n(word, there ? *word | bit : *word & ~bit, __ATOMIC_RELEASE);
    KEPT_STEP();
}

static void chunk_begin(uint32_t n)
{
    struct chunk *chunk = chunk_at(n);
    chunk->all = chunk->free = chunk_all(n);
    chunk->next = chunk->previous = NULL;
}

/* A new one. What may be there is marked so before it is, and until it is gone: no kept slot is forgotten. */
static struct chunk *chunk_new(void)
{
    uint32_t n = 1;
    while (n < store.chunks && chunk_is_there(n))
        n++;
    if (n == store.chunks) return NULL;
    chunk_set_there(n, true);
    if (!files_chunk_map(n)) {
        chunk_set_there(n, false);
        return NULL;
    }
    chunk_begin(n);
    return chunk_at(n);
}

static void chunk_end(struct chunk *chunk)
{
    uint32_t n = chunk_number(chunk);
    files_chunk_unmap(n);
    chunk_set_there(n, false);
}

/* One with a free block. */
static struct chunk *chunk_get(void)
{
    while (available == NULL) {
        struct chunk *chunk = spare != NULL ? spare : chunk_new();
        spare = NULL;
        if (chunk != NULL) {
            available_add(chunk);
        } else if (files_memory.reap == NULL || (!files_memory.reap() && available == NULL && spare == NULL)) {
            return NULL;
        }
    }
    return available;
}

void *blocks_take(void)
{
    struct chunk *chunk = chunk_get();
    if (chunk == NULL) return NULL;
    unsigned index = (unsigned)__builtin_ctzll(chunk->free);
    chunk->free &= chunk->free - 1;
    if (chunk->free == 0) available_remove(chunk);
    chunk->word[index] = BLOCK_LOOSE;
    KEPT_STEP();
    return chunk_start(chunk) + index * FILE_BLOCK;
}

void blocks_give(void *block)
{
    struct chunk *chunk = chunk_of(block);
    chunk->word[index_of(block)] = BLOCK_FREE;
    KEPT_STEP();
    if (chunk->free == 0) available_add(chunk);
    chunk->free |= 1ull << index_of(block);
    if (chunk->free != chunk->all || chunk == chunk_at(0)) return;
    available_remove(chunk);
    if (spare != NULL) chunk_end(spare);
    spare = chunk;
}

void *files_block_alloc(void)
{
    if (!files_reserve(FILE_BLOCK)) return NULL;
    void *block = blocks_take();
    if (block == NULL) files_release(FILE_BLOCK);
    return block;
}

void files_block_free(void *block)
{
    blocks_give(block);
    files_release(FILE_BLOCK);
}

static err_t chunks_inherit(void)
{
    for (uint32_t n = 1; n < store.chunks; n++) {
        err_t err = chunk_is_there(n) ? files_chunk_inherit(n) : ERR_NOT_FOUND;
        if (err == ERR_OK)
            chunk_begin(n);
        else if (err != ERR_NOT_FOUND)
            return ERR_NO_MEMORY;
        else if (chunk_is_there(n))
            chunk_set_there(n, false);
    }
    return ERR_OK;
}

err_t blocks_begin(const struct store *taken, bool inherited)
{
    store = *taken;
    available = spare = NULL;
    files_state = (struct files_state *)(chunk_at(0) + 1);
    journal = &files_state->journal;
    if (!inherited) memset(chunk_at(0), 0, sizeof(struct chunk) + sizeof(struct files_state));
    chunk_begin(0);
    if (inherited) return chunks_inherit();
    available_add(chunk_at(0));
    return ERR_OK;
}

void blocks_each(void (*visit)(void *block, uint64_t word))
{
    for (uint32_t n = 0; n < store.chunks; n++) {
        if (!chunk_is_there(n)) continue;
        struct chunk *chunk = chunk_at(n);
        for (uint64_t left = chunk->all; left != 0; left &= left - 1) {
            unsigned index = (unsigned)__builtin_ctzll(left);
            if (chunk->word[index] > BLOCK_LOOSE) visit(chunk_start(chunk) + index * FILE_BLOCK, chunk->word[index]);
        }
    }
}

void blocks_keep(void *block)
{
    chunk_of(block)->free &= ~(1ull << index_of(block));
}

void blocks_finish(void)
{
    for (uint32_t n = 0; n < store.chunks; n++) {
        if (!chunk_is_there(n)) continue;
        struct chunk *chunk = chunk_at(n);
        for (uint64_t left = chunk->free; left != 0; left &= left - 1)
            chunk->word[__builtin_ctzll(left)] = BLOCK_FREE;
        if (n > 0 && chunk->free == chunk->all) {
            chunk_end(chunk);
        } else if (chunk->free != 0) {
            available_add(chunk);
        }
    }
}

void blocks_end(void)
{
    for (uint32_t n = 1; n < store.chunks; n++) {
        if (chunk_is_there(n)) chunk_end(chunk_at(n));
    }
}

static bool is_there(const void *at, size_t bytes)
{
    uintptr_t offset = (uintptr_t)at - (uintptr_t)store.base;
    uint64_t n = offset / FILE_CHUNK, size = n == 0 ? store.bytes : FILE_CHUNK;
    if ((uintptr_t)at < (uintptr_t)store.base || n >= store.chunks || !chunk_is_there((uint32_t)n)) return false;
    return offset % FILE_CHUNK <= size && bytes <= size - offset % FILE_CHUNK && offset % FILE_CHUNK >= CHUNK_HEADER;
}

bool blocks_is_block(const void *at)
{
    return is_there(at, 1) && (chunk_of(at)->all >> index_of(at) & 1);
}

bool blocks_may_change(const void *at, size_t bytes)
{
    if (!is_there(at, bytes)) return false;
    const struct chunk *chunk = chunk_of(at);
    uintptr_t offset = (uintptr_t)at - (uintptr_t)chunk->word;
    if (offset < sizeof chunk->word) return bytes <= sizeof chunk->word - offset;
    return blocks_is_block(at) && bytes <= FILE_BLOCK - (uintptr_t)at % FILE_BLOCK;
}

bool blocks_ramdisk_has(const void *at, uint64_t bytes)
{
    uintptr_t offset = (uintptr_t)at - (uintptr_t)store.ramdisk;
    return (uintptr_t)at >= (uintptr_t)store.ramdisk && offset < store.ramdisk_bytes &&
           bytes <= store.ramdisk_bytes - offset;
}

bool blocks_ramdisk_has_string(const char *at, size_t most)
{
    if (!blocks_ramdisk_has(at, 1)) return false;
    uint64_t left = store.ramdisk_bytes - ((uintptr_t)at - (uintptr_t)store.ramdisk);
    return memchr(at, 0, left < most + 1 ? left : most + 1) != NULL;
}
