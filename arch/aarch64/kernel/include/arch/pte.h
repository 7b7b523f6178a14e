/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Page-table entries and the TLB of this core (Arm ARM D8.3, D8.13): 4 KiB granule, 48 bits, four levels.
 * The order that vnode.c keeps: write entries, pte_sync, and if any of them was valid
 * before: invalidate, tlb_sync.
 */
#ifndef ARCH_PTE_H
#define ARCH_PTE_H

#include <abi/syscall.h>
#include <abi/types.h>

/* Kinds of memory, which are the MAIR indices (see arch/aarch64/kernel/mmu.h or the boot code that sets MAIR_EL1). */
#define PTE_NORMAL 0 /* write-back, inner shareable: MAIR attribute 0xff */
#define PTE_DEVICE 1 /* device-nGnRE: 0x04 */

#define PTE_VALID (1ul << 0)
#define PTE_TABLE (1ul << 1) /* table (levels 0-2), page (level 3) */
#define PTE_MEMORY(kind) ((uint64_t)(kind) << 2)
#define PTE_USER (1ul << 6)
#define PTE_READ_ONLY (1ul << 7)
#define PTE_INNER_SHAREABLE (3ul << 8)
#define PTE_ACCESSED (1ul << 10)
#define PTE_NOT_GLOBAL (1ul << 11)
#define PTE_PXN (1ul << 53)
#define PTE_UXN (1ul << 54)
#define PTE_TABLE_PXN (1ul << 59) /* in a table entry: nothing below is executable at EL1 */
#define PTE_ADDRESS 0x0000fffffffff000ul

static inline void pte_write(uint64_t *table, unsigned index, uint64_t entry)
{
    ((volatile uint64_t *)table)[index] = entry;
}

/* A user page (level 3) or block (level 2: 2 MiB, level 1: 1 GiB). Never executable at EL1. */
static inline uint64_t pte_leaf(paddr_t address, unsigned level, unsigned attributes, unsigned kind)
{
    uint64_t entry = address | PTE_VALID | PTE_MEMORY(kind) | PTE_USER | PTE_INNER_SHAREABLE | PTE_ACCESSED |
                     PTE_NOT_GLOBAL | PTE_PXN;
    if (level == 3) entry |= PTE_TABLE;
    if (!(attributes & MAP_WRITE)) entry |= PTE_READ_ONLY;
    if (!(attributes & MAP_EXECUTE)) entry |= PTE_UXN;
    return entry;
}

/* A leaf of `level` that translates the first part of what `block`, a leaf one level up, does, as it does. */
static inline uint64_t pte_part(uint64_t block, unsigned level)
{
    return level == 3 ? block | PTE_TABLE : block;
}

static inline uint64_t pte_table(paddr_t address)
{
    return address | PTE_VALID | PTE_TABLE | PTE_TABLE_PXN;
}

/* Entries that were written are seen by walks of the table from here on. */
static inline void pte_sync(void)
{
    __asm__ volatile("dsb nshst\n\tisb" ::: "memory");
}

/* All ASIDs, last level and walk caches, this core. */
static inline void tlb_invalidate_va(vaddr_t va)
{
    __asm__ volatile("tlbi vaae1, %0" ::"r"((va >> PAGE_BITS) & 0xfffffffffff) : "memory");
}

static inline void tlb_invalidate_all_user(void)
{
    __asm__ volatile("tlbi vmalle1" ::: "memory");
}

/* Invalidations are complete. */
static inline void tlb_sync(void)
{
    __asm__ volatile("dsb nsh\n\tisb" ::: "memory");
}

#endif
