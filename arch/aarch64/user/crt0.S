/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The first instructions of every program, disabled (abi/dispatcher.h), x0 = VADDR_INFO, or anything else in init, whose first
 * stack is what follows the fault stack in the 64 KiB that the kernel maps at VADDR_FRAME. The first thread's TLS block is
 * cut from the top of its stack; user.lds.S says how large it is. Then runtime_start(info or 0, TPIDR).
 */
#include <abi/slots.h>

#define INIT_STACK_TOP (VADDR_FRAME + 65536)

    .section .text.start, "ax", %progbits
    .global _start
    .type _start, %function
_start:
    movz x9, #(VADDR_INFO & 0xffff)
    movk x9, #(VADDR_INFO >> 16), lsl #16
    movz x10, #(VADDR_STACK_TOP & 0xffff)
    movk x10, #(VADDR_STACK_TOP >> 16), lsl #16
    movz x11, #(INIT_STACK_TOP & 0xffff)
    movk x11, #(INIT_STACK_TOP >> 16), lsl #16
    cmp x0, x9
    csel x0, x0, xzr, eq
    csel x10, x10, x11, eq
    ldr x12, =__tls_reserve
    sub x10, x10, x12
    mov sp, x10
    mov x1, x10
    mov x29, #0
    mov x30, #0
    bl runtime_start
    brk #1
    .size _start, . - _start
