/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * guarded_copy (threads/guarded.h): memmove, called from here. It uses neither stack nor link register, so that whatever instruction of it
 * faults, the upcall for the fault can go on at .Lfault instead.
 */
    .text
    .global guarded_copy
    .type guarded_copy, %function
guarded_copy:
    stp x29, x30, [sp, #-16]!
    mov x29, sp
    bl memmove
.Lreturn:
    mov w0, #1
    ldp x29, x30, [sp], #16
    ret
.Lfault:
    mov w0, #0
    ldp x29, x30, [sp], #16
    ret
    .size guarded_copy, . - guarded_copy

    .section .rodata
    .balign 8
    .global guarded_copy_points /* for upcall.c */
guarded_copy_points:
    .quad memmove, memmove_end, .Lreturn, .Lfault
