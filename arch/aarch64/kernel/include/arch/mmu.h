/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The kernel's own address space (built at boot; later only other cores' kernels are taken out of it) and the
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

/* With the MMU off: tables for the image and an identity map of start.S. */
void mmu_early(void);

/* The same for a copy of the image at physical address `image`, seen at `view`, whose .bss is zeros. False: no table left. */
bool mmu_prepare(void *view, paddr_t image);

/* The kernel image as it is linked. */
extern char image_start[];
/* Physical address of something in it. */
paddr_t image_paddr(const void *address);

/* Take RAM into the direct map; base and bytes are multiples of 4 KiB. False: no page table left. */
bool mmu_map_ram(paddr_t base, uint64_t bytes);

/* Map device registers, or memory to read (`normal`), for the kernel. The address stays valid for ever; 0: no room. */
void *mmu_window(paddr_t base, uint64_t bytes, bool normal);

/* Forget the window that was mapped last, of less than 2 MiB. */
void mmu_window_drop(void *window, uint64_t bytes);

/* Whole 2 MiB of RAM in the direct map: take them out of it, or back. False: no page table left, and nothing done. */
bool mmu_direct(paddr_t base, uint64_t bytes, bool present);
/* Map the page in which core `core` hears of us. NULL: no page table left. */
void *mmu_peer_map(unsigned core, paddr_t page);

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
