/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Sums of 64-bit words in one's complement, for checksums (RFC 1071): what is carried out is added again. 15 instructions for 64 bytes,
 * which C has no words for.
 */
#ifndef ARCH_SUM_H
#define ARCH_SUM_H

#include <stddef.h>
#include <stdint.h>

/* Of at least one block of 64 bytes. A word of all ones may carry into another one: hence the last two additions. */
static inline uint64_t sum_blocks(const void *data, size_t blocks)
{
    uint64_t sum = 0, a, b, c, d, e, f, g, h;
    __asm__("cmn xzr, xzr\n" /* no carry yet */
            "1: ldp %[a], %[b], [%[at]]\n"
            "ldp %[c], %[d], [%[at], #16]\n"
            "ldp %[e], %[f], [%[at], #32]\n"
            "ldp %[g], %[h], [%[at], #48]\n"
            "add %[at], %[at], #64\n"
            "sub %[left], %[left], #1\n"
            "adcs %[sum], %[sum], %[a]\n"
            "adcs %[sum], %[sum], %[b]\n"
            "adcs %[sum], %[sum], %[c]\n"
            "adcs %[sum], %[sum], %[d]\n"
            "adcs %[sum], %[sum], %[e]\n"
            "adcs %[sum], %[sum], %[f]\n"
            "adcs %[sum], %[sum], %[g]\n"
            "adcs %[sum], %[sum], %[h]\n"
            "cbnz %[left], 1b\n"
            "adcs %[sum], %[sum], xzr\n"
            "adc %[sum], %[sum], xzr\n"
            : [sum] "+r"(sum), [at] "+r"(data), [left] "+r"(blocks), [a] "=&r"(a), [b] "=&r"(b), [c] "=&r"(c),
              [d] "=&r"(d), [e] "=&r"(e), [f] "=&r"(f), [g] "=&r"(g), [h] "=&r"(h)
            :
            : "cc", "memory");
    return sum;
}

#endif
