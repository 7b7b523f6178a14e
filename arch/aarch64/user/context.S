/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Switching between threads of a process, and the entry for messages. All of it runs disabled, but for the last
 * instruction of context_load: so nothing here can be seen half done.
 */
#include <abi/dispatcher.h>
#include <abi/slots.h>
#include <abi/spawn_info.h>
#include <abi/syscall.h>
#include <arch/thread_context.h>

.macro FUNCTION name
    .section .text.\name, "ax", %progbits
    .balign 16
    .global \name
    .type \name, %function
\name:
.endm

.macro LOAD_FRAME register
    movz \register, #(VADDR_FRAME & 0xffff)
    movk \register, #(VADDR_FRAME >> 16), lsl #16
.endm

/* Callee-saved registers, stack and TPIDR of the running thread into [x0]. */
.macro SAVE
    stp x19, x20, [x0]
    stp x21, x22, [x0, #16]
    stp x23, x24, [x0, #32]
    stp x25, x26, [x0, #48]
    stp x27, x28, [x0, #64]
    stp x29, x30, [x0, #80]
    mov x16, sp
    mrs x17, tpidr_el0
    stp x16, x17, [x0, #CONTEXT_SP]
.endm

.macro UPCALL_STACK
    movz x16, #(VADDR_UPCALL_STACK_TOP & 0xffff)
    movk x16, #(VADDR_UPCALL_STACK_TOP >> 16), lsl #16
    mov sp, x16
    mov x29, #0
    mov x30, #0
.endm

FUNCTION context_switch
    SAVE
    UPCALL_STACK
    br x1

FUNCTION context_enter_upcall_stack
    UPCALL_STACK
    br x0

FUNCTION context_send
    SAVE
    mov x16, x1
    mov x8, x2
    mov x9, x3
    mov x10, x4
    mov x11, x5
    ldp x0, x1, [x16]
    ldp x2, x3, [x16, #16]
    ldp x4, x5, [x16, #32]
    ldp x6, x7, [x16, #48]
    svc #0
    /* Only if it failed: had it gone, the thread would come back through context_load. */
    mov x1, #0
    ret

FUNCTION context_load
    ldp x19, x20, [x0]
    ldp x21, x22, [x0, #16]
    ldp x23, x24, [x0, #32]
    ldp x25, x26, [x0, #48]
    ldp x27, x28, [x0, #64]
    ldp x29, x30, [x0, #80]
    ldp x2, x3, [x0, #CONTEXT_SP]
    ldr x0, [x0, #CONTEXT_RESULT]
    mov x1, #1
    LOAD_FRAME x4
    mov sp, x2
    msr tpidr_el0, x3
    str wzr, [x4] /* .disabled: from here on enabled */
    ret

FUNCTION context_resume_interrupted
    mov x8, #SYS_RESUME
    mov x9, #0
    svc #0
    brk #1

FUNCTION context_return_disabled
    ldp x19, x20, [x0, #19 * 8]
    ldp x21, x22, [x0, #21 * 8]
    ldp x23, x24, [x0, #23 * 8]
    ldp x25, x26, [x0, #25 * 8]
    ldp x27, x28, [x0, #27 * 8]
    ldp x29, x30, [x0, #29 * 8]
    ldr x16, [x0, #31 * 8]
    mov sp, x16
    ldr x0, [x0]
    ret

FUNCTION context_start
    mov x29, #0
    mov x30, #0
    mov x0, x20
    blr x19
    brk #1

FUNCTION upcall_message
    adrp x12, dispatcher_incoming
    add x12, x12, :lo12:dispatcher_incoming
    and w13, w9, #0xff
    str x8, [x12]           /* struct lmp_slot: badge, */
    stp w13, w10, [x12, #8] /*   words, cap, */
    stp x0, x1, [x12, #16]  /*   w */
    stp x2, x3, [x12, #32]
    stp x4, x5, [x12, #48]
    stp x6, x7, [x12, #64]
    lsr w1, w9, #8
    adrp x13, dispatcher_messages
    add x13, x13, :lo12:dispatcher_messages
    mov x0, x12
    ldr x13, [x13, x1, lsl #3]
    blr x13
    cbz x0, 1f
    adrp x2, dispatcher
    add x2, x2, :lo12:dispatcher
    ldr w3, [x0, #THREAD_STATE]
    ldp x4, x5, [x2, #DISPATCHER_FP_OWNER] /* its FP registers are loaded, and nobody is ready */
    cmp w3, #THREAD_STATE_BLOCKED_FREELY
    ccmp x4, x0, #0, eq
    ccmp x5, #0, #0, eq
    b.ne 1f
    str wzr, [x0, #THREAD_STATE]
    str xzr, [x0, #CONTEXT_RESULT]
    str x0, [x2, #DISPATCHER_CURRENT]
    b context_load
1:  b dispatcher_run_later

FUNCTION regs_copy
    ldp x2, x3, [x1, #0]
    stp x2, x3, [x0, #0]
    ldp x2, x3, [x1, #16]
    stp x2, x3, [x0, #16]
    ldp x2, x3, [x1, #32]
    stp x2, x3, [x0, #32]
    ldp x2, x3, [x1, #48]
    stp x2, x3, [x0, #48]
    ldp x2, x3, [x1, #64]
    stp x2, x3, [x0, #64]
    ldp x2, x3, [x1, #80]
    stp x2, x3, [x0, #80]
    ldp x2, x3, [x1, #96]
    stp x2, x3, [x0, #96]
    ldp x2, x3, [x1, #112]
    stp x2, x3, [x0, #112]
    ldp x2, x3, [x1, #128]
    stp x2, x3, [x0, #128]
    ldp x2, x3, [x1, #144]
    stp x2, x3, [x0, #144]
    ldp x2, x3, [x1, #160]
    stp x2, x3, [x0, #160]
    ldp x2, x3, [x1, #176]
    stp x2, x3, [x0, #176]
    ldp x2, x3, [x1, #192]
    stp x2, x3, [x0, #192]
    ldp x2, x3, [x1, #208]
    stp x2, x3, [x0, #208]
    ldp x2, x3, [x1, #224]
    stp x2, x3, [x0, #224]
    ldp x2, x3, [x1, #240]
    stp x2, x3, [x0, #240]
    ldp x2, x3, [x1, #256]
    stp x2, x3, [x0, #256]
    ldp x2, x3, [x1, #272]
    stp x2, x3, [x0, #272]
    ret

    .arch_extension fp
FUNCTION fp_save
    stp d8, d9, [x0]
    stp d10, d11, [x0, #16]
    stp d12, d13, [x0, #32]
    stp d14, d15, [x0, #48]
    ret

FUNCTION fp_load
    ldp d8, d9, [x0]
    ldp d10, d11, [x0, #16]
    ldp d12, d13, [x0, #32]
    ldp d14, d15, [x0, #48]
    ret

FUNCTION fp_save_all
    stp q0, q1, [x0, #0]
    stp q2, q3, [x0, #32]
    stp q4, q5, [x0, #64]
    stp q6, q7, [x0, #96]
    stp q8, q9, [x0, #128]
    stp q10, q11, [x0, #160]
    stp q12, q13, [x0, #192]
    stp q14, q15, [x0, #224]
    stp q16, q17, [x0, #256]
    stp q18, q19, [x0, #288]
    stp q20, q21, [x0, #320]
    stp q22, q23, [x0, #352]
    stp q24, q25, [x0, #384]
    stp q26, q27, [x0, #416]
    stp q28, q29, [x0, #448]
    stp q30, q31, [x0, #480]
    mrs x1, fpcr
    mrs x2, fpsr
    str x1, [x0, #512]
    str x2, [x0, #520]
    ret

FUNCTION fp_load_all
    ldp q0, q1, [x0, #0]
    ldp q2, q3, [x0, #32]
    ldp q4, q5, [x0, #64]
    ldp q6, q7, [x0, #96]
    ldp q8, q9, [x0, #128]
    ldp q10, q11, [x0, #160]
    ldp q12, q13, [x0, #192]
    ldp q14, q15, [x0, #224]
    ldp q16, q17, [x0, #256]
    ldp q18, q19, [x0, #288]
    ldp q20, q21, [x0, #320]
    ldp q22, q23, [x0, #352]
    ldp q24, q25, [x0, #384]
    ldp q26, q27, [x0, #416]
    ldp q28, q29, [x0, #448]
    ldp q30, q31, [x0, #480]
    ldr x1, [x0, #512]
    ldr x2, [x0, #520]
    msr fpcr, x1
    msr fpsr, x2
    ret
