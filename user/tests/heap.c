/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * malloc, calloc, realloc, aligned_alloc: alignment, no overlap, contents kept, freed memory used again; from several
 * threads at once.
 */
#include "support.h"
#include <errno.h>
#include <stdint.h>
#include <stdlib.h>
#include <threads/thread.h>

#define LIVE 256

static size_t random_size(uint64_t *seed)
{
    unsigned shift = (unsigned)(random_next(seed) % 14);

    return (size_t)(random_next(seed) % (16ull << shift));
}

static void fill(unsigned char *at, size_t bytes, unsigned char value)
{
    memset(at, value, bytes);
}

static bool is_filled(const unsigned char *at, size_t bytes, unsigned char value)
{
    for (size_t i = 0; i < bytes; i++) {
        if (at[i] != value) {
            return false;
        }
    }
    return true;
}

static unsigned churn(uint64_t seed, unsigned rounds)
{
    static _Thread_local unsigned char *block[LIVE];
    static _Thread_local size_t bytes[LIVE];
    unsigned wrong = 0;

    for (unsigned i = 0; i < rounds; i++) {
        unsigned n = (unsigned)(random_next(&seed) % LIVE);
        if (block[n]) {
            wrong += !is_filled(block[n], bytes[n], (unsigned char)n);
        }
        if (block[n] && random_next(&seed) % 4 == 0) {
            size_t more = random_size(&seed);
            unsigned char *moved = realloc(block[n], more ? more : 1);
            wrong += !moved || !is_filled(moved, more < bytes[n] ? more : bytes[n], (unsigned char)n);
            block[n] = moved;
            bytes[n] = more;
        } else {
            free(block[n]);
            bytes[n] = random_size(&seed);
            block[n] = malloc(bytes[n]);
            wrong += !block[n] || (uintptr_t)block[n] % 16 != 0;
        }
        fill(block[n], bytes[n], (unsigned char)n);
    }
    for (unsigned n = 0; n < LIVE; n++) {
        wrong += block[n] && !is_filled(block[n], bytes[n], (unsigned char)n);
        free(block[n]);
        block[n] = NULL;
    }
    return wrong;
}

static void blocks_do_not_overlap(void)
{
    test_note("seed %llu", (unsigned long long)test_seed());
    EXPECT_EQ(churn(test_seed(), test_quick() ? 2000 : 30000), 0);
}

static int churn_thread(void *argument)
{
    return (int)churn((uint64_t)(uintptr_t)argument, test_quick() ? 500 : 5000);
}

static void from_many_threads(void)
{
    struct thread *threads[4];
    int wrong;

    for (uintptr_t i = 0; i < 4; i++) {
        CHECK_OK(thread_create(&threads[i], churn_thread, (void *)(test_seed() + i + 1), NULL));
    }
    for (unsigned i = 0; i < 4; i++) {
        CHECK_OK(thread_join(threads[i], &wrong));
        EXPECT_EQ(wrong, 0);
    }
}

static void calloc_is_zero_and_checked(void)
{
    volatile size_t huge = SIZE_MAX / 2;
    unsigned char *block = calloc(100, 41);

    CHECK(block);
    EXPECT(is_filled(block, 4100, 0));
    fill(block, 4100, 9);
    free(block);
    block = calloc(100, 41);
    CHECK(block);
    EXPECT(is_filled(block, 4100, 0));
    free(block);
    EXPECT(!calloc(huge, 4));
    EXPECT(!malloc(huge));
    EXPECT(!malloc(huge * 2 - 64));
}

static void aligned_blocks(void)
{
    for (size_t align = 16; align <= 65536; align *= 2) {
        unsigned char *block = aligned_alloc(align, align * 3);
        CHECK(block);
        EXPECT_EQ((uintptr_t)block % align, 0);
        fill(block, align * 3, 7);
        free(block);
    }
}

static void freed_memory_is_used_again(void)
{
    uint64_t first = 0;

    for (unsigned round = 0; round < 8; round++) {
        void *blocks[64];
        for (unsigned i = 0; i < 64; i++) {
            blocks[i] = malloc(20000);
            CHECK(blocks[i]);
            fill(blocks[i], 20000, 1);
        }
        for (unsigned i = 0; i < 64; i++) {
            free(blocks[(i * 37) % 64]);
        }
        if (round == 2) {
            first = ram_used();
        }
    }
    EXPECT(ram_used() <= first + (256 << 10));
}

static void large_block(void)
{
    const size_t bytes = 8 << 20;
    unsigned char *block = malloc(bytes);

    CHECK(block);
    block[0] = 1;
    block[bytes / 2] = 2;
    block[bytes - 1] = 3;
    free(block);
}

static const struct test tests[] = {
    TEST(blocks_do_not_overlap), TEST(from_many_threads),          TEST(calloc_is_zero_and_checked),
    TEST(aligned_blocks),        TEST(freed_memory_is_used_again), TEST(large_block),
};
TEST_MAIN(tests)
