/* SPDX-License-Identifier: BSD-2-Clause */
/* Without CONFIG_BENCH: EL0 sees no counters but the clock. */
    .section .text.head, "ax"
    .globl pmu_enable
pmu_enable:
    mrs     x0, id_aa64dfr0_el1
    ubfx    x0, x0, #8, #4
    cbz     x0, 1f
    cmp     x0, #0xf
    b.eq    1f
    msr     pmuserenr_el0, xzr
    msr     pmcr_el0, xzr
1:  ret
