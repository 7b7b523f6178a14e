/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Exception entry and exit. While a dispatcher runs, SP_EL1 points to its DCB, whose first field is its register
 * save area, and TPIDR_EL1 is free. In the kernel SP_EL1 is the one kernel stack, empty at every entry: nothing in the kernel
 * waits. Exceptions inside the kernel are bugs and end in kernel_fault().
 *
 * A vector has 128 bytes, and most need little of them: the rest of the entry and exit code lies in what is left, in pieces
 * that are in no order but fit. The image begins with all this, and the first vector is its header, see there.
 *
 * C says how to leave by returning struct leave: x0 = the DCB to run, x1 = enum leave_how (kernel/upcall.h).
 */
#include <arch/fp_offsets.h>
#include <arch/layout.h>

    .arch_extension fp
    .arch_extension simd

/* struct regs in abi/dispatcher.h */
#define CTX_X(n)  ((n) * 8)
#define CTX_SP    248
#define CTX_PSTATE 264

/* `op` (stp or ldp) for the registers x`first` to x`last`, by pairs, in the struct regs at `base`. */
.macro pairs op, base, first, last
    .altmacro
    .set    at, \first
    .rept   (\last - \first + 1) / 2
    one_pair \op, \base, %at, %at + 1
    .set    at, at + 2
    .endr
    .noaltmacro
.endm
.macro one_pair op, base, n, next
    \op     x\n, x\next, [\base, #CTX_X(\n)]
.endm

/* What user space gets nothing in. */
.macro zeros first, last
    .altmacro
    .set    at, \first
    .rept   \last - \first + 1
    one_zero %at
    .set    at, at + 1
    .endr
    .noaltmacro
.endm
.macro one_zero n
    mov     x\n, xzr
.endm

/* x16 and x17 may be used, as the code that ran has saved them or does not care. */
.macro save_special
    mrs     x16, sp_el0
    mrs     x17, elr_el1
    stp     x16, x17, [sp, #CTX_SP]
    mrs     x16, spsr_el1
    mrs     x17, tpidr_el0
    stp     x16, x17, [sp, #CTX_PSTATE]
.endm

.macro save_all
    stp     x16, x17, [sp, #CTX_X(16)]
    pairs   stp, sp, 0, 15
    pairs   stp, sp, 18, 29
    str     x30, [sp, #CTX_X(30)]
    save_special
.endm

/* x0 = DCB, on the kernel stack. */
.macro enter_kernel
    mov     x0, sp
    adrp    x16, kernel_stack_top
    mov     sp, x16
.endm

/* Vector `number` is here. What stands before it must not be longer than its own 32 instructions: then this is an error. */
.macro vector number
    .org    vectors + \number * 128
.endm

/* A bug: nothing but the kernel itself can take one of these. */
.macro kernel_vector kind
    vector  \kind
    msr     tpidr_el1, x0
    mov     x0, #\kind
    b       kernel_exception
.endm

/* What a system call or a message gives its receiver: x0-x11; x12-x18 tell nothing. */
.macro load_results
    pairs   ldp, sp, 0, 11
    zeros   12, 18
.endm

.macro leave_kernel
    eret
    dsb     nsh             /* nothing beyond is executed speculatively */
    isb
.endm

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

    .section .text.vectors, "ax"
    .globl vectors, _start, kernel_enter
vectors:

/* Vector 0: this level with SP_EL0, synchronous. The kernel never selects SP_EL0, so here is the header of an arm64 Image. */
_start:
    b       start
    .long   0
    .quad   0               /* text_offset */
    .quad   image_bytes     /* with .bss and .noinit */
    .quad   0xa             /* little-endian, 4 KiB pages, anywhere in memory */
    .quad   0, 0, 0
    .ascii  "ARM\x64"
    .long   0

/* The fast case of a message; how it is told apart: entry_svc. Blocking saves nothing: sender's x19-x28 and the rest matter
 * only if this is not the fast case after all. */
entry_message:
    mov     x0, sp
    adrp    x16, kernel_stack_top
    mov     sp, x16
    bl      lmp_fast
    cbnz    x0, exit_upcall
    adrp    x16, core
    ldr     x16, [x16, :lo12:core]
    mov     sp, x16
    mov     x18, xzr        /* lmp_fast may have left something of the kernel's in it */
    b       entry_any_call

    kernel_vector 1         /* ... IRQ */
/* SP = DCB: everything is loaded. */
exit_context:
    ldp     x16, x17, [sp, #CTX_SP]
    msr     sp_el0, x16
    msr     elr_el1, x17
    ldp     x16, x17, [sp, #CTX_PSTATE]
    msr     spsr_el1, x16
    msr     tpidr_el0, x17
    pairs   ldp, sp, 0, 29
    ldr     x30, [sp, #CTX_X(30)]
    leave_kernel

    kernel_vector 2         /* ... FIQ */
/* x0 = DCB, x1 = LEAVE_CONTEXT or LEAVE_UPCALL. */
kernel_enter:
    cmp     x1, #2
    mov     sp, x0
    b.ne    exit_context

/* x0 = DCB: x0-x11, sp, pc; the rest is 0. */
exit_upcall:
    mov     sp, x0
    ldp     x16, x17, [sp, #CTX_SP]
    msr     sp_el0, x16
    msr     elr_el1, x17
    msr     spsr_el1, xzr
    msr     tpidr_el0, xzr
    b       exit_upcall_registers

    kernel_vector 3         /* ... SError */
exit_upcall_registers:
    load_results
    zeros   19, 30
    leave_kernel

    kernel_vector 4         /* this level, synchronous */
entry_svc:
    pairs   stp, sp, 0, 11
    stp     x29, x30, [sp, #CTX_X(29)]
    sub     x16, x8, #5     /* exactly SYS_LMP (5) with LMP_BLOCK (1 << 16) and any number of words */
    and     x16, x16, #~0xff00
    cmp     x16, #(1 << 16)
    b.eq    entry_message
entry_any_call:
    pairs   stp, sp, 19, 28
    save_special
    enter_kernel
    bl      syscall_enter
    cbz     x1, exit_return
    b       kernel_enter

    kernel_vector 5         /* ... IRQ */
entry_sync:
    save_all
    enter_kernel
    bl      exception_enter
    b       kernel_enter

    kernel_vector 6         /* ... FIQ */
/* x0 = which vector, the real x0 in TPIDR_EL1, SP anything: registers go into kernel_fault_regs. */
kernel_exception:
    msr     tpidrro_el0, x1 /* the stack may be what is bad */
    adrp    x1, kernel_fault_regs
    add     x1, x1, :lo12:kernel_fault_regs
    stp     x2, x3, [x1, #CTX_X(2)]
    str     x4, [x1, #CTX_X(4)]
    mrs     x2, tpidr_el1
    mrs     x3, tpidrro_el0
    stp     x2, x3, [x1]
    pairs   stp, x1, 5, 30
    mov     x3, sp
    b       kernel_exception_special

    kernel_vector 7         /* ... SError */
kernel_exception_special:
    mrs     x4, elr_el1
    stp     x3, x4, [x1, #CTX_SP]
    mrs     x3, spsr_el1
    str     x3, [x1, #CTX_PSTATE]
    adrp    x3, fault_stack_top
    mov     sp, x3
    b       kernel_fault    /* (kind, registers) */

    vector  8               /* EL0: synchronous */
    stp     x16, x17, [sp, #CTX_X(16)]
    mrs     x16, esr_el1
    lsr     x17, x16, #26
    cmp     x17, #0x15      /* svc */
    b.eq    entry_svc
    cmp     x17, #0x07      /* FP or SIMD, which another dispatcher's values are in */
    b.eq    entry_fp
    ldp     x16, x17, [sp, #CTX_X(16)]
    b       entry_sync

/* The system call of the DCB in x0 returns: what the kernel's C code has saved, or does not touch, is still in place. */
exit_return:
    mov     sp, x0
    load_results
    ldp     x29, x30, [sp, #CTX_X(29)]
    leave_kernel

    vector  9               /* EL0: IRQ */
entry_irq:
    save_all
    enter_kernel
    bl      interrupt_enter
    b       kernel_enter

    vector  10              /* EL0: FIQ: group 0 on machines without security states */
    b       entry_irq
/* The trap of a dispatcher that does not own the FP and SIMD registers: they change hands, by the only FP instructions of the
 * kernel. SP = its DCB, where x16 and x17 are saved already. Offsets are checked by fp.c. */
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
    cbz     x0, fp_load
    b       fp_save

    vector  11              /* EL0: SError */
    save_all
    enter_kernel
    bl      serror_enter
    b       kernel_enter

    kernel_vector 12        /* EL0 in AArch32, which no PSTATE says (arch/context.h): synchronous */
/* x0 = the DCB whose values they are. */
fp_save:
    add     x0, x0, #DCB_FP
    all_pairs stp
    mrs     x1, fpcr
    mrs     x2, fpsr
    add     x0, x0, #512
    stp     x1, x2, [x0]
    b       fp_load

    kernel_vector 13        /* ... IRQ */
/* x16 = the DCB whose values they become; those of a new one are zeros. */
fp_load:
    add     x0, x16, #DCB_FP
    all_pairs ldp
    add     x0, x0, #512
    ldp     x1, x2, [x0]
    msr     fpcr, x1
    msr     fpsr, x2
    ldp     x0, x1, [sp, #0]
    ldr     x2, [sp, #16]
    ldp     x16, x17, [sp, #128]
    leave_kernel

    kernel_vector 14        /* ... FIQ */
    kernel_vector 15        /* ... SError */
    vector  16

    .section .noinit, "aw", %nobits
    .balign 4096
    .zero   4096
fault_stack_top:
    .globl kernel_fault_regs
kernel_fault_regs:
    .zero   288
