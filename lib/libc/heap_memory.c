/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Where the heap's memory comes from: lazily backed regions; in a process that never faults, backed as it is handed out.
 * Lazily backed memory that cannot be had when it is touched ends the process, so no more is promised than the process's quota at
 * mem allows: malloc can then say no.
 */
#include "heap.h"
#include <idl/mem.h>
#include <paging/paging.h>
#include <threads/sync.h>

_Static_assert(sizeof(struct segment) <= SEGMENT_HEADER, "segment header");

/* What the process takes besides its heap: page tables, slots and records for a 64th of it, and the rest. */
#define OVERHEAD(bytes) ((bytes) / 64 + 2 * MIB)

static struct mutex mutex;
static uint64_t promised; /* bytes; under the mutex */

void heap_lock(void)
{
    mutex_lock(&mutex);
}

void heap_unlock(void)
{
    mutex_unlock(&mutex);
}

static bool quota_allows(uint64_t bytes)
{
    struct mem_account account;
    uint64_t all;
    if (__builtin_add_overflow(promised, bytes, &all)) return false;
    if (mem_info(mem_default(), 0, &account) != ERR_OK) return true; /* mem will see when it is touched */
    return account.quota == UINT64_MAX || (all <= account.quota && OVERHEAD(all) <= account.quota - all);
}

void *heap_memory_alloc(size_t bytes)
{
    vaddr_t va;
    if (!paging_is_fully_backed() && !quota_allows(bytes)) return 0;
    if (paging_lazy(bytes, SEGMENT_BYTES, "heap", &va)) return 0;
    promised += bytes;
    return (void *)va;
}

void heap_memory_free(void *memory, size_t bytes)
{
    if (paging_unmap((vaddr_t)memory, bytes) == ERR_OK) promised -= bytes;
}

bool heap_memory_back(void *memory, size_t bytes)
{
    if (!paging_is_fully_backed()) return true;
    return paging_back((vaddr_t)memory, (bytes + PAGE_MASK) & ~(size_t)PAGE_MASK) == ERR_OK;
}
