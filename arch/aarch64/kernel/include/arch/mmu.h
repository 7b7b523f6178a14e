/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The kernel's own address space (built at boot, never changed afterwards) and the
 * switch of the user half between dispatchers.
 */
#ifndef ARCH_MMU_H
#define ARCH_MMU_H

#include <abi/types.h>
#include <arch/sysreg.h>
#include <kernel/dispatcher.h>
#include <stdbool.h>
#include <stdint.h>

/* Page-table bits (D8.3) of kernel mappings; all of them: access flag, inner shareable. */
#define MMU_NORMAL (1ull << 10 | 3ull << 8) /* MAIR index 0 */
#define MMU_DEVICE (1ull << 10 | 1ull << 2) /* MAIR index 1 */
#define MMU_READ_ONLY (1ull << 7)
#define MMU_NO_EXECUTE (1ull << 53 | 1ull << 54) /* PXN, UXN */
#define MMU_KERNEL_X (1ull << 54)                /* executable at EL1 only */

/* With the MMU off: tables for the image and an identity map of start.S; returns the latter's root. */
uint64_t mmu_early(void);

/* Physical address of something in the kernel image. */
paddr_t image_paddr(const void *address);

/* Take RAM into the direct map; base and bytes are multiples of 4 KiB. False: no page table left. */
bool mmu_map_ram(paddr_t base, uint64_t bytes);

/* Map device registers, or memory to read (`normal`), for the kernel. The address stays valid for ever; 0: no room. */
void *mmu_window(paddr_t base, uint64_t bytes, bool normal);

/* Leave the identity map. */
void mmu_drop_identity(void);

/* A fresh ASID; when all have been used, every translation is forgotten and they start over. */
void mmu_asid_assign(struct dcb *dcb);

/* dcb->translation for the root table at `root`: a new ASID when it is first loaded. */
void mmu_user_set(struct dcb *dcb, paddr_t root);
/* The dispatcher has lost its address space: it must not stay loaded. */
void mmu_user_lost(struct dcb *dcb);
/* Must it get an ASID first? */
static inline bool mmu_user_is_stale(const struct dcb *dcb)
{
    return dcb->asid_generation != core.generation;
}

/* Load the user half of a dispatcher that has an ASID. */
static inline void mmu_user_load(struct dcb *dcb)
{
    core.translation = dcb->translation;
    sysreg_write(ttbr0_el1, dcb->translation);
}

#endif
