/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Exception entry and exit. While a dispatcher runs, SP_EL1 points to its DCB, whose first field is its register
 * save area, and TPIDR_EL1 is free. In the kernel SP_EL1 is the one kernel stack, empty at every entry: nothing in the kernel
 * waits. Exceptions inside the kernel are bugs and end in kernel_fault().
 *
 * C says how to leave by returning struct leave: x0 = the DCB to run, x1 = enum leave_how (kernel/upcall.h).
 */
#include <arch/layout.h>

/* struct regs in abi/dispatcher.h */
#define CTX_X(n)  ((n) * 8)
#define CTX_SP    248
#define CTX_PSTATE 264

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
    stp     x0, x1, [sp, #CTX_X(0)]
    stp     x2, x3, [sp, #CTX_X(2)]
    stp     x4, x5, [sp, #CTX_X(4)]
    stp     x6, x7, [sp, #CTX_X(6)]
    stp     x8, x9, [sp, #CTX_X(8)]
    stp     x10, x11, [sp, #CTX_X(10)]
    stp     x12, x13, [sp, #CTX_X(12)]
    stp     x14, x15, [sp, #CTX_X(14)]
    stp     x18, x19, [sp, #CTX_X(18)]
    stp     x20, x21, [sp, #CTX_X(20)]
    stp     x22, x23, [sp, #CTX_X(22)]
    stp     x24, x25, [sp, #CTX_X(24)]
    stp     x26, x27, [sp, #CTX_X(26)]
    stp     x28, x29, [sp, #CTX_X(28)]
    str     x30, [sp, #CTX_X(30)]
    save_special
.endm

/* x0 = DCB, on the kernel stack, end of the chain of frames. */
.macro enter_kernel
    mov     x0, sp
    adrp    x16, kernel_stack_top
    mov     sp, x16
    mov     x29, xzr
.endm

.macro kernel_vector kind
    .balign 128
    msr     tpidr_el1, x0
    mov     x0, #\kind
    b       kernel_exception
.endm

    .section .text.vectors, "ax"
    .balign 2048
    .globl vectors
vectors:
    kernel_vector 0         /* current EL with SP_EL0: never used */
    kernel_vector 1
    kernel_vector 2
    kernel_vector 3
    kernel_vector 4         /* current EL: synchronous, IRQ, FIQ, SError */
    kernel_vector 5
    kernel_vector 6
    kernel_vector 7
    .balign 128             /* EL0: synchronous */
    stp     x16, x17, [sp, #CTX_X(16)]
    mrs     x16, esr_el1
    lsr     x17, x16, #26
    cmp     x17, #0x15      /* svc */
    b.eq    entry_svc
    cmp     x17, #0x07      /* FP or SIMD, which another dispatcher's values are in */
    b.eq    entry_fp
    ldp     x16, x17, [sp, #CTX_X(16)]
    b       entry_sync
    .balign 128             /* EL0: IRQ; exactly 32 instructions at most */
entry_irq:
    save_all
    enter_kernel
    bl      interrupt_enter
    b       kernel_enter
    .balign 128             /* EL0: FIQ: group 0 on machines without security states */
    b       entry_irq
    .balign 128             /* EL0: SError */
    save_all
    enter_kernel
    bl      serror_enter
    b       kernel_enter
    kernel_vector 12        /* EL0 in AArch32: not allowed to exist */
    kernel_vector 13
    kernel_vector 14
    kernel_vector 15

    .section .text.head, "ax"
entry_svc:
    stp     x0, x1, [sp, #CTX_X(0)]
    stp     x2, x3, [sp, #CTX_X(2)]
    stp     x4, x5, [sp, #CTX_X(4)]
    stp     x6, x7, [sp, #CTX_X(6)]
    stp     x8, x9, [sp, #CTX_X(8)]
    stp     x10, x11, [sp, #CTX_X(10)]
    stp     x29, x30, [sp, #CTX_X(29)]
    sub     x16, x8, #5     /* exactly SYS_LMP (5) with LMP_BLOCK (1 << 16) and any number of words */
    and     x16, x16, #~0xff00
    cmp     x16, #(1 << 16)
    b.eq    entry_message
entry_any_call:
    stp     x19, x20, [sp, #CTX_X(19)]
    stp     x21, x22, [sp, #CTX_X(21)]
    stp     x23, x24, [sp, #CTX_X(23)]
    stp     x25, x26, [sp, #CTX_X(25)]
    stp     x27, x28, [sp, #CTX_X(27)]
    save_special
    enter_kernel
    bl      syscall_enter
    cbnz    x1, kernel_enter
    mov     sp, x0
    ldp     x0, x1, [sp, #CTX_X(0)]
    ldp     x2, x3, [sp, #CTX_X(2)]
    ldp     x4, x5, [sp, #CTX_X(4)]
    ldp     x6, x7, [sp, #CTX_X(6)]
    ldp     x8, x9, [sp, #CTX_X(8)]
    ldp     x10, x11, [sp, #CTX_X(10)]
    mov     x12, xzr
    mov     x13, xzr
    mov     x14, xzr
    mov     x15, xzr
    mov     x16, xzr
    mov     x17, xzr
    mov     x18, xzr
    ldp     x29, x30, [sp, #CTX_X(29)]
    eret
    dsb     nsh             /* nothing beyond is executed speculatively */
    isb

/* Blocking saves nothing: sender's x19-x28 and the rest matter only if this is not the fast case after all. */
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

/* x0 = DCB: x0-x11, sp, pc; the rest is 0. */
exit_upcall:
    mov     sp, x0
    ldp     x16, x17, [sp, #CTX_SP]
    msr     sp_el0, x16
    msr     elr_el1, x17
    msr     spsr_el1, xzr
    msr     tpidr_el0, xzr
    ldp     x0, x1, [sp, #CTX_X(0)]
    ldp     x2, x3, [sp, #CTX_X(2)]
    ldp     x4, x5, [sp, #CTX_X(4)]
    ldp     x6, x7, [sp, #CTX_X(6)]
    ldp     x8, x9, [sp, #CTX_X(8)]
    ldp     x10, x11, [sp, #CTX_X(10)]
    mov     x12, xzr
    mov     x13, xzr
    mov     x14, xzr
    mov     x15, xzr
    mov     x16, xzr
    mov     x17, xzr
    mov     x18, xzr
    mov     x19, xzr
    mov     x20, xzr
    mov     x21, xzr
    mov     x22, xzr
    mov     x23, xzr
    mov     x24, xzr
    mov     x25, xzr
    mov     x26, xzr
    mov     x27, xzr
    mov     x28, xzr
    mov     x29, xzr
    mov     x30, xzr
    eret
    dsb     nsh
    isb

entry_sync:
    save_all
    enter_kernel
    bl      exception_enter

/* x0 = DCB, x1 = LEAVE_CONTEXT: everything is loaded; or LEAVE_UPCALL. */
    .globl kernel_enter
kernel_enter:
    cmp     x1, #2
    b.eq    exit_upcall
    mov     sp, x0
    ldp     x16, x17, [sp, #CTX_SP]
    msr     sp_el0, x16
    msr     elr_el1, x17
    ldp     x16, x17, [sp, #CTX_PSTATE]
    msr     spsr_el1, x16
    msr     tpidr_el0, x17
    ldp     x0, x1, [sp, #CTX_X(0)]
    ldp     x2, x3, [sp, #CTX_X(2)]
    ldp     x4, x5, [sp, #CTX_X(4)]
    ldp     x6, x7, [sp, #CTX_X(6)]
    ldp     x8, x9, [sp, #CTX_X(8)]
    ldp     x10, x11, [sp, #CTX_X(10)]
    ldp     x12, x13, [sp, #CTX_X(12)]
    ldp     x14, x15, [sp, #CTX_X(14)]
    ldp     x16, x17, [sp, #CTX_X(16)]
    ldp     x18, x19, [sp, #CTX_X(18)]
    ldp     x20, x21, [sp, #CTX_X(20)]
    ldp     x22, x23, [sp, #CTX_X(22)]
    ldp     x24, x25, [sp, #CTX_X(24)]
    ldp     x26, x27, [sp, #CTX_X(26)]
    ldp     x28, x29, [sp, #CTX_X(28)]
    ldr     x30, [sp, #CTX_X(30)]
    eret
    dsb     nsh
    isb

/* A bug. x0 = which vector, the real x0 in TPIDR_EL1, SP anything: registers go into kernel_fault_regs. */
kernel_exception:
    msr     tpidrro_el0, x1     /* the stack may be what is bad */
    adrp    x1, kernel_fault_regs
    add     x1, x1, :lo12:kernel_fault_regs
    stp     x2, x3, [x1, #CTX_X(2)]
    str     x4, [x1, #CTX_X(4)]
    mrs     x2, tpidr_el1
    mrs     x3, tpidrro_el0
    stp     x2, x3, [x1]
    stp     x5, x6, [x1, #CTX_X(5)]
    stp     x7, x8, [x1, #CTX_X(7)]
    stp     x9, x10, [x1, #CTX_X(9)]
    stp     x11, x12, [x1, #CTX_X(11)]
    stp     x13, x14, [x1, #CTX_X(13)]
    stp     x15, x16, [x1, #CTX_X(15)]
    stp     x17, x18, [x1, #CTX_X(17)]
    stp     x19, x20, [x1, #CTX_X(19)]
    stp     x21, x22, [x1, #CTX_X(21)]
    stp     x23, x24, [x1, #CTX_X(23)]
    stp     x25, x26, [x1, #CTX_X(25)]
    stp     x27, x28, [x1, #CTX_X(27)]
    stp     x29, x30, [x1, #CTX_X(29)]
    mov     x3, sp
    mrs     x4, elr_el1
    stp     x3, x4, [x1, #CTX_SP]
    mrs     x3, spsr_el1
    str     x3, [x1, #CTX_PSTATE]
    adrp    x3, fault_stack_top
    mov     sp, x3
    b       kernel_fault    /* (kind, registers) */

    .section .noinit, "aw", %nobits
    .balign 4096
    .zero   4096
fault_stack_top:
    .globl kernel_fault_regs
kernel_fault_regs:
    .zero   288
