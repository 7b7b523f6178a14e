/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * CONFIG_BENCH: cycle counter and event counter 0 (INST_RETIRED) count from the first instruction on, and EL0
 * may read them. pmu_enable is called with the MMU off and no stack: x0, x1, x30 only.
 */
    .section .text.head, "ax"
    .globl pmu_enable
pmu_enable:
    mrs     x0, id_aa64dfr0_el1
    ubfx    x0, x0, #8, #4
    cbz     x0, 1f
    cmp     x0, #0xf
    b.eq    1f
    mov     x0, #0x8        /* INST_RETIRED, at EL0 and EL1, in any security state; NSH: EL2 as well */
    orr     x0, x0, #(1 << 27)
    msr     pmevtyper0_el0, x0
    mov     x0, #(1 << 27)
    msr     pmccfiltr_el0, x0
    ldr     x0, =0x80000001
    msr     pmcntenset_el0, x0
    mov     x0, #0x47       /* LC, C, P, E: 64-bit cycle counter, both cleared, on */
    msr     pmcr_el0, x0
    mov     x0, #0xc        /* CR, ER: EL0 reads cycle and event counters, writes nothing */
    msr     pmuserenr_el0, x0
1:  ret
