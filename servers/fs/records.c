/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Records: nodes and names, which lie in blocks of their own, each block full of records of one size. Which of them are in use is not kept: a
 * node is if it has a name, a name if a node has it.
 */
#include "files.h"
#include <string.h>

static const uint32_t sizes[BLOCK_KINDS] = {[BLOCK_NODES] = 128, [BLOCK_NAMES] = 32, 64, FILE_NAME_MAX + 1};

_Static_assert(sizeof(struct node) <= 128, "a node fits its record");

static struct record_block *available[BLOCK_KINDS]; /* blocks with free records */

static void *block_of(const void *record)
{
    return (void *)((uintptr_t)record & ~(uintptr_t)(FILE_BLOCK - 1));
}

static uint32_t kind_of(const void *record)
{
    return (uint32_t)*files_block_word(record);
}

uint32_t record_kind_of_name(size_t length)
{
    uint32_t kind = BLOCK_NAMES;
    while (length + 1 > sizes[kind])
        kind++;
    return kind;
}

size_t record_bytes(const void *record)
{
    return sizes[kind_of(record)];
}

static void available_add(struct record_block *records, uint32_t kind)
{
    records->previous = NULL;
    records->next = available[kind];
    if (available[kind] != NULL) available[kind]->previous = records;
    available[kind] = records;
}

static void available_remove(struct record_block *records, uint32_t kind)
{
    if (records->previous != NULL) {
        records->previous->next = records->next;
    } else {
        available[kind] = records->next;
    }
    if (records->next != NULL) records->next->previous = records->previous;
}

static void all_free(struct record_block *records, uint32_t kind)
{
    uint32_t count = FILE_BLOCK / sizes[kind];
    records->free[0] = count >= 64 ? UINT64_MAX : (1ull << count) - 1;
    records->free[1] = count > 64 ? UINT64_MAX : 0;
}

static bool is_all_free(const struct record_block *records, uint32_t kind)
{
    struct record_block all;
    all_free(&all, kind);
    return records->free[0] == all.free[0] && records->free[1] == all.free[1];
}

static bool is_full(const struct record_block *records)
{
    return (records->free[0] | records->free[1]) == 0;
}

static struct record_block *block_new(uint32_t kind)
{
    void *block = blocks_take();
    if (block == NULL) return NULL;
    memset(block, 0, FILE_BLOCK); /* no node in it has a name */
    struct record_block *records = blocks_records(block);
    all_free(records, kind);
    KEPT_STEP();
    __atomic_store_n(files_block_word(block), kind, __ATOMIC_RELEASE);
    KEPT_STEP();
    available_add(records, kind);
    return records;
}

void *record_alloc(uint32_t kind)
{
    if (!files_reserve(sizes[kind])) return NULL;
    struct record_block *records = available[kind] != NULL ? available[kind] : block_new(kind);
    if (records == NULL) {
        files_release(sizes[kind]);
        return NULL;
    }
    uint64_t *word = records->free[0] != 0 ? &records->free[0] : &records->free[1];
    unsigned bit = (unsigned)__builtin_ctzll(*word) + (word == &records->free[1] ? 64 : 0);
    *word &= *word - 1;
    if (is_full(records)) available_remove(records, kind);
    return (uint8_t *)blocks_of_records(records) + bit * sizes[kind];
}

static unsigned bit_of(const void *record)
{
    return (unsigned)((uintptr_t)record % FILE_BLOCK / sizes[kind_of(record)]);
}

void record_free(void *record)
{
    uint32_t kind = kind_of(record);
    struct record_block *records = blocks_records(record);
    if (is_full(records)) available_add(records, kind);
    records->free[bit_of(record) / 64] |= 1ull << bit_of(record) % 64;
    files_release(sizes[kind]);
    if (!is_all_free(records, kind)) return;
    available_remove(records, kind);
    blocks_give(block_of(record));
}

void records_begin(void)
{
    memset(available, 0, sizeof available);
}

void records_look(void *block)
{
    all_free(blocks_records(block), kind_of(block));
}

void records_keep(void *record)
{
    blocks_records(record)->free[bit_of(record) / 64] &= ~(1ull << bit_of(record) % 64);
    blocks_keep(block_of(record));
}

bool record_claim(void *record)
{
    uint64_t *word = &blocks_records(record)->free[bit_of(record) / 64], bit = 1ull << bit_of(record) % 64;
    bool was = *word & bit;
    *word &= ~bit;
    return was;
}

void record_release(void *record)
{
    blocks_records(record)->free[bit_of(record) / 64] |= 1ull << bit_of(record) % 64;
}

void records_finish(void *block)
{
    struct record_block *records = blocks_records(block);
    if (!is_full(records) && !is_all_free(records, kind_of(block))) available_add(records, kind_of(block));
}

bool record_is(const void *record, uint32_t least_kind, uint32_t most_kind)
{
    if (!blocks_is_block(record)) return false;
    uint64_t kind = *files_block_word(record);
    return kind >= least_kind && kind <= most_kind && (uintptr_t)record % sizes[kind] == 0;
}

void *record_at(void *block, uint32_t n)
{
    uint32_t size = sizes[kind_of(block)];
    return n < FILE_BLOCK / size ? (uint8_t *)block + n * size : NULL;
}
