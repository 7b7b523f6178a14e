/* SPDX-License-Identifier: BSD-2-Clause */
/* A system call with every argument register as the caller wants it: raw.h's struct raw in, the same out. */

    .text
    .globl raw_call
    .type raw_call, %function
raw_call: /* x0 = struct raw *: x0-x18 in, x0-x18 out */
    stp x29, x30, [sp, #-32]!
    mov x29, sp
    stp x19, x20, [sp, #16]
    mov x19, x0
    ldp x0, x1, [x19]
    ldp x2, x3, [x19, #16]
    ldp x4, x5, [x19, #32]
    ldp x6, x7, [x19, #48]
    ldp x8, x9, [x19, #64]
    ldp x10, x11, [x19, #80]
    svc #0
    stp x0, x1, [x19]
    stp x2, x3, [x19, #16]
    stp x4, x5, [x19, #32]
    stp x6, x7, [x19, #48]
    stp x8, x9, [x19, #64]
    stp x10, x11, [x19, #80]
    stp x12, x13, [x19, #96]
    stp x14, x15, [x19, #112]
    stp x16, x17, [x19, #128]
    str x18, [x19, #144]
    ldp x19, x20, [sp, #16]
    ldp x29, x30, [sp], #32
    ret

/* Entry points for dispatchers made by hand: support.h says what they do. Offsets are those of struct mini_notes. */
#define PENDING  4
#define NOTES    4096
#define RUNS     0
#define MESSAGES 8
#define FAULTS   16
#define REGS     24
#define FADDRESS 120
#define FESR     128
#define ERROR    136
#define DEADLINE 144

/* One more of what [x20, #\what] counts. */
.macro count what
    ldr x1, [x20, #\what]
    add x1, x1, #1
    str x1, [x20, #\what]
.endm

/* Waits for whatever comes, until \deadline (0: for ever). */
.macro wait deadline=#0
    mov x0, \deadline
    mov x8, #1 /* SYS_BLOCK */
    mov x9, #0
    svc #0
.endm

/* The same, with what it says noted, should it return. */
.macro block deadline=#0
    wait \deadline
    str x0, [x20, #ERROR]
    b .
.endm

    .globl mini_block, mini_on_run, mini_on_message, mini_on_fault, mini_spin, mini_read_fp, mini_store, mini_send
mini_block:
    add x20, x0, #NOTES
    ldr x1, [x20, #DEADLINE]
    block x1

mini_on_run:
    add x20, x0, #NOTES
    str wzr, [x0, #PENDING]
    count RUNS
    block

mini_send:
    add x20, x0, #NOTES
    str wzr, [x0, #PENDING]
    count RUNS
    ldr x9, [x20, #REGS]
    mov x10, #0
    mov x8, #0x0105 /* SYS_LMP, one word, LMP_WAKE */
    movk x8, #2, lsl #16
    svc #0
    str x0, [x20, #ERROR]
    wait
    b .

mini_on_message:
    add x20, x11, #NOTES
    stp x0, x1, [x20, #REGS]
    stp x2, x3, [x20, #REGS + 16]
    stp x4, x5, [x20, #REGS + 32]
    stp x6, x7, [x20, #REGS + 48]
    stp x8, x9, [x20, #REGS + 64]
    stp x10, x11, [x20, #REGS + 80]
    count MESSAGES
    block

mini_on_fault:
    add x20, x0, #NOTES
    str x1, [x20, #FADDRESS]
    str x2, [x20, #FESR]
    count FAULTS
    block

mini_spin:
    b mini_spin

mini_read_fp:
    mov x1, #0
    .irp n, 0,1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17,18,19,20,21,22,23,24,25,26,27,28,29,30,31
    mov x2, v\n\().d[0]
    mov x3, v\n\().d[1]
    orr x1, x1, x2
    orr x1, x1, x3
    .endr
    add x20, x0, #NOTES
    str x1, [x20, #ERROR]
    wait
    b .

mini_store:
    str x1, [x1]
    add x20, x0, #NOTES
    mov x1, #1
    str x1, [x20, #ERROR]
    b mini_block
