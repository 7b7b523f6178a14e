/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The heap against a model: blocks of all sizes come and go at random, each filled with a pattern of its own that must
 * still be there when it goes. heap_ stands before the names (module.mk), so that the host's own malloc stays.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <cmocka.h>
#include "heap.h"

void *heap_malloc(size_t bytes);
void *heap_calloc(size_t count, size_t size);
void *heap_realloc(void *block, size_t bytes);
void *heap_memalign(size_t align, size_t bytes);
size_t heap_malloc_usable_size(void *block);
void heap_free(void *block);

#define BLOCKS 3000

static struct {
    unsigned char *at;
    size_t bytes;
    unsigned char pattern;
} blocks[BLOCKS];
static uint64_t state = 88172645463325252;
static size_t memory_used;
static size_t memory_limit = SIZE_MAX;

void heap_lock(void) {}
void heap_unlock(void) {}
bool heap_memory_back(void *memory, size_t bytes)
{
    return true;
}

void *heap_memory_alloc(size_t bytes)
{
    if (bytes > memory_limit - memory_used) return 0;
    char *all =
        mmap(0, bytes + SEGMENT_BYTES, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    assert_true(all != MAP_FAILED);
    char *start = (char *)(((uintptr_t)all + SEGMENT_BYTES - 1) & ~(SEGMENT_BYTES - 1));
    if (start > all) munmap(all, start - all);
    if (all + SEGMENT_BYTES > start) munmap(start + bytes, all + SEGMENT_BYTES - start);
    memory_used += bytes;
    return start;
}

void heap_memory_free(void *memory, size_t bytes)
{
    assert_int_equal(munmap(memory, bytes), 0);
    memory_used -= bytes;
}

static uint64_t random_below(uint64_t n)
{
    state ^= state << 13;
    state ^= state >> 7;
    state ^= state << 17;
    return state % n;
}

static size_t random_size(void)
{
    switch (random_below(16)) {
    case 0:
        return random_below(16384);
    case 1:
        return random_below(300) == 0 ? random_below(4 << 20) : random_below(100000);
    case 2:
        return 1ul << random_below(15);
    default:
        return random_below(400);
    }
}

static void block_check(unsigned i)
{
    for (size_t b = 0; b < blocks[i].bytes; b += b < 64 ? 1 : 61)
        assert_int_equal(blocks[i].at[b], blocks[i].pattern);
    if (blocks[i].bytes) assert_int_equal(blocks[i].at[blocks[i].bytes - 1], blocks[i].pattern);
}

static void block_fill(unsigned i, void *at, size_t bytes)
{
    assert_non_null(at);
    assert_int_equal((uintptr_t)at % 16, 0);
    assert_true(heap_malloc_usable_size(at) >= bytes);
    blocks[i].at = at;
    blocks[i].bytes = bytes;
    blocks[i].pattern = 1 + random_below(255);
    memset(at, blocks[i].pattern, bytes);
}

static void block_make(unsigned i)
{
    size_t bytes = random_size();
    if (random_below(8) == 0) {
        unsigned char *zeroed = heap_calloc(1, bytes);
        for (size_t b = 0; b < bytes; b++)
            assert_int_equal(zeroed[b], 0);
        block_fill(i, zeroed, bytes);
    } else if (random_below(8) == 0) {
        size_t align = 1ul << random_below(19);
        void *at = heap_memalign(align, bytes);
        assert_int_equal((uintptr_t)at % align, 0);
        block_fill(i, at, bytes);
    } else {
        block_fill(i, heap_malloc(bytes), bytes);
    }
}

static void block_resize(unsigned i)
{
    size_t bytes = 1 + random_size();
    size_t kept = bytes < blocks[i].bytes ? bytes : blocks[i].bytes;
    unsigned char *at = heap_realloc(blocks[i].at, bytes);
    for (size_t b = 0; b < kept; b += 13)
        assert_int_equal(at[b], blocks[i].pattern);
    block_fill(i, at, bytes);
}

static void free_all(void)
{
    for (unsigned i = 0; i < BLOCKS; i++) {
        if (!blocks[i].at) continue;
        block_check(i);
        heap_free(blocks[i].at);
        blocks[i].at = 0;
    }
}

static void test_random_against_model(void **unused)
{
    for (unsigned n = 0; n < 150000; n++) {
        unsigned i = random_below(BLOCKS);
        if (!blocks[i].at) {
            block_make(i);
            continue;
        }
        block_check(i);
        if (random_below(4) == 0) {
            block_resize(i);
        } else {
            heap_free(blocks[i].at);
            blocks[i].at = 0;
        }
    }
    free_all();
}

/* What was freed is used again: the heap does not grow when the same is done over and over. */
static void test_memory_comes_back(void **unused)
{
    size_t most = 0;
    for (unsigned round = 0; round < 20; round++) {
        for (unsigned i = 0; i < BLOCKS; i++)
            block_fill(i, heap_malloc(i * 7), i * 7);
        void *large = heap_malloc(9 << 20);
        assert_non_null(large);
        heap_free(large);
        free_all();
        if (memory_used > most) most = memory_used;
    }
    assert_true(most <= 24 * SEGMENT_BYTES); /* of 31 MB: the last span of each class stays */
}

static void test_K17_out_of_memory(void **unused)
{
    memory_limit = memory_used + 8 * SEGMENT_BYTES;
    unsigned count = 0;
    while (count < BLOCKS && (blocks[count].at = heap_malloc(10000)) != 0)
        blocks[count++].bytes = 0;
    assert_true(count > 700 && count < BLOCKS);
    assert_int_equal(errno, ENOMEM);
    assert_null(heap_malloc(5 << 20));
    assert_null(heap_malloc(SIZE_MAX));
    assert_null(heap_malloc(SIZE_MAX - SEGMENT_BYTES));
    assert_null(heap_calloc(SIZE_MAX / 2, 3));
    assert_null(heap_realloc(blocks[0].at, SIZE_MAX - 10));
    assert_null(heap_memalign(48, 10));
    free_all();
    assert_non_null(blocks[0].at = heap_malloc(10000));
    free_all();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_random_against_model),
        cmocka_unit_test(test_memory_comes_back),
        cmocka_unit_test(test_K17_out_of_memory),
    };
    return cmocka_run_group_tests(tests, 0, 0);
}
