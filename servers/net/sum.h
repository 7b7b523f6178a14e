/* SPDX-License-Identifier: BSD-2-Clause */
/* Where sums of 64-bit words come from: the processor (arch/sum.h) or, where the tests run, C. */
#ifndef NET_SUM_H
#define NET_SUM_H

#ifdef HOST_TEST
#include <stddef.h>
#include <stdint.h>
#include <string.h>

static inline uint64_t sum_blocks(const void *data, size_t blocks)
{
    uint64_t sum = 0, word;
    for (size_t i = 0; i < 8 * blocks; i++) {
        memcpy(&word, (const char *)data + 8 * i, 8);
        sum += word;
        sum += sum < word;
    }
    return sum;
}
#else
#include <arch/sum.h>
#endif

#endif
