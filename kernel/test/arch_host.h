/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Stands in for arch/memory.h and arch/pte.h in host tests: it is included before everything else and takes
 * their include guards. Physical memory is an array, entries have a simple format, and the TLB is that of machine.c.
 */
#ifndef KERNEL_TEST_ARCH_HOST_H
#define KERNEL_TEST_ARCH_HOST_H
#define ARCH_MEMORY_H
#define ARCH_PTE_H

#include <abi/syscall.h>
#include <abi/types.h>
#include <assert.h>
#include <stdbool.h>
#include <string.h>

#define MACHINE_BASE 0x40000000ul
#define MACHINE_BYTES (8ul * MIB)

extern char machine_memory[MACHINE_BYTES];

static inline void *phys_to_virt(paddr_t address)
{
    assert(address >= MACHINE_BASE && address < MACHINE_BASE + MACHINE_BYTES);
    return machine_memory + (address - MACHINE_BASE);
}

static inline paddr_t virt_to_phys(const void *pointer)
{
    return MACHINE_BASE + (paddr_t)((const char *)pointer - machine_memory);
}

void memory_zero(void *start, uint64_t bytes);
void cache_sync_icache(const void *start, uint64_t bytes);
void cache_flush(const void *start, uint64_t bytes);

#define PTE_NORMAL 0
#define PTE_DEVICE 1

/* Low bits of a test entry. */
#define HOST_VALID 1ul
#define HOST_TABLE 2ul
#define HOST_DEVICE 4ul
#define HOST_ATTRIBUTES(entry) ((entry) >> 4 & 7)
#define HOST_ADDRESS(entry) ((entry) & ~(uint64_t)PAGE_MASK)

static inline void pte_write(uint64_t *table, unsigned index, uint64_t entry)
{
    assert(index < VNODE_ENTRIES);
    table[index] = entry;
}

static inline uint64_t pte_leaf(paddr_t address, unsigned level, unsigned attributes, unsigned kind)
{
    assert(level >= 1 && level <= 3);
    return address | HOST_VALID | (kind == PTE_DEVICE ? HOST_DEVICE : 0) | (uint64_t)attributes << 4;
}

static inline uint64_t pte_part(uint64_t block, unsigned level)
{
    assert((block & HOST_VALID) && !(block & HOST_TABLE) && level >= 2 && level <= 3);
    return block;
}

static inline uint64_t pte_table(paddr_t address)
{
    return address | HOST_VALID | HOST_TABLE;
}
static inline void pte_sync(void) {}
void tlb_invalidate_va(vaddr_t va);
void tlb_invalidate_all_user(void);
static inline void tlb_sync(void) {}

#endif
