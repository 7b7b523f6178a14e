/* SPDX-License-Identifier: BSD-2-Clause */
/* Sums for checksums by the processor's own instructions (arch/sum.h) against the same in C. */
#include "support.h"
#include <arch/sum.h>
#include <string.h>

#define WORDS 256

static uint64_t data[WORDS];

static uint64_t plain_sum(const uint64_t *words, size_t count)
{
    uint64_t sum = 0;
    for (size_t i = 0; i < count; i++) {
        sum += words[i];
        sum += sum < words[i];
    }
    return sum;
}

/* Zero has two names: all zeros, all ones. */
static bool same(uint64_t a, uint64_t b)
{
    return a == b || (a + 1 <= 1 && b + 1 <= 1);
}

static bool all_lengths_agree(void)
{
    for (size_t blocks = 1; blocks <= WORDS / 8; blocks++) {
        if (!same(sum_blocks(data, blocks), plain_sum(data, 8 * blocks))) return false;
    }
    return true;
}

static void sums_of_anything(void)
{
    uint64_t value = 1;
    for (unsigned i = 0; i < WORDS; i++) {
        value = value * 6364136223846793005u + 1442695040888963407u;
        data[i] = value ^ value >> 29;
    }
    EXPECT(all_lengths_agree());
}

/* Each addition carries, the last one too. */
static void sums_of_all_ones(void)
{
    memset(data, 0xff, sizeof data);
    EXPECT(all_lengths_agree());
    for (unsigned i = 0; i < WORDS; i += 8)
        data[i] = 1;
    EXPECT(all_lengths_agree());
    memset(data, 0, sizeof data);
    EXPECT(all_lengths_agree());
}

static const struct test tests[] = {
    TEST(sums_of_anything),
    TEST(sums_of_all_ones),
};

int main(int argc, char **argv)
{
    return test_main(tests, sizeof tests / sizeof tests[0], argc, argv);
}
