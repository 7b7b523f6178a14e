/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The first instructions. Entered by U-Boot or QEMU as the arm64 boot protocol says: x0 = physical address
 * of the device tree, MMU and data cache off, at EL2 or EL1, loaded anywhere that is 4 KiB-aligned. Goes down
 * to EL1, clears .bss, builds the first page tables (mmu.c), turns the MMU on and calls boot_main()
 * at its high address. Position-independent up to there: addresses come from adrp only.
 */
#include <arch/layout.h>
#include <arch/sysreg.h>

    .section .text.head, "ax"
/* Another core, by PSCI CPU_ON, in a copy of the image whose tables were made for it (kernel/coreboot.c). Writes no
 * memory before its MMU is on. */
    .globl start_other
start_other:
    mov     x21, #0
    b       1f
    .globl start
start:
    mov     x21, #1
1:  msr     daifset, #0xf
    mov     x20, x0
    bl      pmu_enable
    mrs     x0, CurrentEL
    lsr     x22, x0, #2     /* the level we were entered at, for the banner */
    cmp     x22, #2
    b.lo    enter_el1
    b.hi    unsupported     /* EL3 is the firmware's */

/* From EL2 to EL1: nothing of EL1 and EL0 may trap to an EL2 where nobody is. */
    mov     x0, #(1 << 31)  /* HCR_EL2.RW: EL1 is AArch64 */
    mrs     x1, id_aa64isar1_el1
    tst     x1, #0xff0      /* APA, API: pointer authentication is there */
    mov     x2, #(3 << 40)  /* API, APK: does not trap */
    csel    x2, x2, xzr, ne
    orr     x0, x0, x2
    msr     hcr_el2, x0
    mov     x0, #3          /* EL1PCTEN, EL1PCEN: counters and timers do not trap */
    msr     cnthctl_el2, x0
    msr     cntvoff_el2, xzr
    mrs     x0, midr_el1
    msr     vpidr_el2, x0
    mrs     x0, mpidr_el1
    msr     vmpidr_el2, x0
    mov     x0, #0x33ff     /* CPTR_EL2: RES1 bits, FP does not trap */
    msr     cptr_el2, x0
    msr     hstr_el2, xzr
    msr     vttbr_el2, xzr

    mrs     x1, id_aa64dfr0_el1
    mov     x0, #0
    ubfx    x2, x1, #8, #4  /* PMUVer */
    cbz     x2, 1f
    cmp     x2, #0xf
    b.eq    1f
    mrs     x0, pmcr_el0
    ubfx    x0, x0, #11, #5 /* MDCR_EL2.HPMN = PMCR.N: all event counters are EL1's */
1:  msr     mdcr_el2, x0

    mrs     x1, id_aa64pfr0_el1
    ubfx    x1, x1, #24, #4 /* GIC system registers */
    cbz     x1, 2f
    mrs     x0, ICC_SRE_EL2
    orr     x0, x0, #1      /* SRE */
    orr     x0, x0, #8      /* EL1 may use it */
    msr     ICC_SRE_EL2, x0
    isb
    msr     ICH_HCR_EL2, xzr
2:
    mrs     x1, id_aa64mmfr0_el1
    ubfx    x1, x1, #56, #4 /* fine-grained traps */
    cbz     x1, 3f
    msr     HFGRTR_EL2, xzr
    msr     HFGWTR_EL2, xzr
    msr     HFGITR_EL2, xzr
    msr     HDFGRTR_EL2, xzr
    msr     HDFGWTR_EL2, xzr
3:  mrs     x1, id_aa64mmfr1_el1
    ubfx    x1, x1, #40, #4 /* HCRX */
    cbz     x1, 4f
    msr     HCRX_EL2, xzr
4:
    ldr     x0, =SCTLR_EL1_OFF
    msr     sctlr_el1, x0
    mov     x0, #0x3c5      /* SPSR_EL2: EL1h, all masked */
    msr     spsr_el2, x0
    adr     x0, enter_el1
    msr     elr_el2, x0
    isb
    eret

unsupported:
    wfe
    b       unsupported

enter_el1:
    ldr     x0, =SCTLR_EL1_OFF
    msr     sctlr_el1, x0
    isb
    mov     x0, #1
    msr     spsel, x0
    cbz     x21, tables_ready

/* What the loader's caches may still hold over our uninitialised memory must never come back. */
    adrp    x0, bss_start
    adrp    x1, image_end
    mrs     x2, ctr_el0
    ubfx    x2, x2, #16, #4 /* DminLine, log2 of words */
    mov     x3, #4
    lsl     x3, x3, x2
1:  dc      ivac, x0
    add     x0, x0, x3
    cmp     x0, x1
    b.lo    1b
    dsb     sy

    adrp    x0, bss_start
    add     x0, x0, :lo12:bss_start
    adrp    x1, bss_end
    add     x1, x1, :lo12:bss_end
2:  .irp    offset, 0, 16, 32, 48, 64, 80, 96, 112 /* both ends are multiples of 128 */
    stp     xzr, xzr, [x0, #\offset]
    .endr
    add     x0, x0, #128
    cmp     x0, x1
    b.lo    2b

    adrp    x0, kernel_stack_top
    mov     sp, x0
    mov     x29, xzr
    mov     x30, xzr
    bl      mmu_early
tables_ready:
    adrp    x0, kernel_tables
    add     x1, x0, #4096   /* the identity map of this page */
    bl      mmu_on          /* returns into the identity map */
    ldr     x3, =start_high
    br      x3

/* mmu_on(x0 TTBR1, x1 TTBR0): caches and MMU on. Runs where virtual and physical addresses are equal. */
mmu_on:
    ldr     x2, =MAIR_EL1_VALUE
    msr     mair_el1, x2
    ldr     x2, =TCR_EL1_VALUE
    mrs     x3, id_aa64mmfr0_el1
    and     x4, x3, #0xf    /* PARange, never more than 48 bits with 4 KiB pages */
    cmp     x4, #5
    mov     x5, #5
    csel    x4, x4, x5, lo
    orr     x2, x2, x4, lsl #32
    ubfx    x4, x3, #4, #4  /* ASIDBits: 2 = 16 bits */
    cmp     x4, #2
    mov     x5, #(1 << 36)  /* TCR_EL1.AS */
    csel    x5, x5, xzr, eq
    orr     x2, x2, x5
    msr     tcr_el1, x2
    msr     ttbr1_el1, x0
    msr     ttbr0_el1, x1
    dsb     sy
    isb
    tlbi    vmalle1
    ic      iallu
    dsb     sy
    isb
    ldr     x2, =SCTLR_EL1_ON
    msr     sctlr_el1, x2
    isb
    ret

start_high:
    ldr     x0, =kernel_stack_top
    mov     sp, x0
    ldr     x0, =vectors
    msr     vbar_el1, x0
    msr     tpidr_el1, xzr
    mov     x0, x20         /* device tree */
    mov     x1, x22         /* exception level that we came from */
    mov     x2, x21         /* the boot core? */
    isb
    b       boot_main

/* The one kernel stack: interrupts are off in the kernel. */
    .section .noinit, "aw", %nobits
    .balign 4096
    .globl kernel_guard, kernel_stack, kernel_stack_top
kernel_guard:               /* never mapped: what overflows ends in kernel_fault() */
    .zero   4096
kernel_stack:
    .zero   CONFIG_KERNEL_STACK_PAGES * 4096
kernel_stack_top:
