/* SPDX-License-Identifier: BSD-2-Clause */
/* Words in memory that its owner may take away at any moment (threads/guarded.h): leaves without a stack. */
#include "net.h"
#include <threads/guarded.h>

#define THERE (UINT64_C(1) << 63)

static GUARDED uint64_t word_load(const _Atomic uint32_t *word)
{
    return atomic_load_explicit(word, memory_order_seq_cst) | THERE;
}

static GUARDED uint64_t word_store(_Atomic uint32_t *word, uint32_t value)
{
    atomic_store_explicit(word, value, memory_order_seq_cst);
    return THERE;
}

bool guarded_word_load(const _Atomic uint32_t *word, uint32_t *value)
{
    uint64_t loaded = word_load(word);
    *value = (uint32_t)loaded;
    return (loaded & THERE) != 0;
}

bool guarded_word_store(_Atomic uint32_t *word, uint32_t value)
{
    return (word_store(word, value) & THERE) != 0;
}
