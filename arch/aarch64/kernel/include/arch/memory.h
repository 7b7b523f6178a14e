/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Memory as the kernel sees it: the direct map of all physical memory at DIRECT_MAP, and what the kernel
 * does to whole ranges of it. Nothing here faults on RAM.
 */
#ifndef ARCH_MEMORY_H
#define ARCH_MEMORY_H

#define DIRECT_MAP 0xffff000000000000

#ifndef __ASSEMBLER__
#include <abi/types.h>

__attribute__((returns_nonnull)) static inline void *phys_to_virt(paddr_t address)
{
    return (void *)(address | DIRECT_MAP);
}
static inline paddr_t virt_to_phys(const void *pointer)
{
    return (paddr_t)pointer & ~DIRECT_MAP;
}

/* Clear whole pages (both page-aligned). */
void memory_zero(void *start, uint64_t bytes);

/*
 * Make instructions that were written as data visible to fetches: clean the data cache and invalidate the instruction
 * cache to the point of unification (Arm ARM B2.4.4). At most 64 KiB in one call.
 */
void cache_sync_icache(const void *start, uint64_t bytes);

/* Clean and invalidate to the point of coherency, for memory that devices will write and read. */
void cache_flush(const void *start, uint64_t bytes);

#endif
#endif
