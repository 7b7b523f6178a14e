/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * guarded_copy (threads/guarded.h): memmove, called from here. It uses neither stack nor link register, so that whatever instruction of it
 * faults, the upcall for the fault can go on at guarded_copy_fault instead.
 */
    .text
    .global guarded_copy
    .type guarded_copy, %function
guarded_copy:
    stp x29, x30, [sp, #-16]!
    mov x29, sp
    bl memmove
    .global guarded_copy_return
guarded_copy_return:
    mov w0, #1
    ldp x29, x30, [sp], #16
    ret
    .global guarded_copy_fault
guarded_copy_fault:
    mov w0, #0
    ldp x29, x30, [sp], #16
    ret
    .size guarded_copy, . - guarded_copy
