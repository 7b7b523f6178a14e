/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The FP/SIMD registers change hands: the only FP instructions of the kernel. Offsets are checked by fp.c.
 */
#include <arch/fp_offsets.h>

    .arch_extension fp
    .arch_extension simd

.macro all_pairs op
    \op     q0, q1, [x0, #0]
    \op     q2, q3, [x0, #32]
    \op     q4, q5, [x0, #64]
    \op     q6, q7, [x0, #96]
    \op     q8, q9, [x0, #128]
    \op     q10, q11, [x0, #160]
    \op     q12, q13, [x0, #192]
    \op     q14, q15, [x0, #224]
    \op     q16, q17, [x0, #256]
    \op     q18, q19, [x0, #288]
    \op     q20, q21, [x0, #320]
    \op     q22, q23, [x0, #352]
    \op     q24, q25, [x0, #384]
    \op     q26, q27, [x0, #416]
    \op     q28, q29, [x0, #448]
    \op     q30, q31, [x0, #480]
.endm

/* The trap of a dispatcher that does not own the registers. SP = its DCB, where x16 and x17 are saved already. */
    .section .text.head, "ax"
    .globl entry_fp
entry_fp:
    stp     x0, x1, [sp, #0]
    str     x2, [sp, #16]
    mov     x16, #(3 << 20) /* CPACR_EL1.FPEN: no trap */
    msr     cpacr_el1, x16
    isb
    adrp    x17, core
    add     x17, x17, :lo12:core
    mov     w16, #1
    strb    w16, [x17, #CORE_FP_ACCESSIBLE]
    ldr     x0, [x17, #CORE_FP_OWNER]
    mov     x16, sp
    str     x16, [x17, #CORE_FP_OWNER]
    cbz     x0, 1f
    add     x0, x0, #DCB_FP
    all_pairs stp
    mrs     x1, fpcr
    mrs     x2, fpsr
    add     x0, x0, #512
    stp     x1, x2, [x0]
1:  add     x0, x16, #DCB_FP /* of a new dispatcher: zeros */
    all_pairs ldp
    add     x0, x0, #512
    ldp     x1, x2, [x0]
    msr     fpcr, x1
    msr     fpsr, x2
    ldp     x0, x1, [sp, #0]
    ldr     x2, [sp, #16]
    ldp     x16, x17, [sp, #128]
    eret
    dsb     nsh
    isb
