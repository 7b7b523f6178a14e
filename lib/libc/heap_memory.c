/* SPDX-License-Identifier: BSD-2-Clause */
/* Where the heap's memory comes from: lazily backed regions; in a process that never faults, backed as it is handed out. */
#include "heap.h"
#include <paging/paging.h>
#include <threads/sync.h>

_Static_assert(sizeof(struct segment) <= SEGMENT_HEADER, "segment header");

static struct mutex mutex;

void heap_lock(void)
{
    mutex_lock(&mutex);
}

void heap_unlock(void)
{
    mutex_unlock(&mutex);
}

void *heap_memory_alloc(size_t bytes)
{
    vaddr_t va;
    return paging_lazy(bytes, SEGMENT_BYTES, "heap", &va) ? 0 : (void *)va;
}

void heap_memory_free(void *memory, size_t bytes)
{
    paging_unmap((vaddr_t)memory, bytes);
}

bool heap_memory_back(void *memory, size_t bytes)
{
    if (!paging_is_fully_backed()) return true;
    return paging_back((vaddr_t)memory, (bytes + PAGE_MASK) & ~(size_t)PAGE_MASK) == ERR_OK;
}
