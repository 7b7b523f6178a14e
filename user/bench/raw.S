/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Both sides of the raw message benchmarks, straight on the ABI: entry points that replace the library's for as long as a
 * benchmark runs. Nothing else of the process runs meanwhile.
 *
 * The client (raw_client) takes a struct raw_run (bench's lmp.h): it sends, blocks, and its message entry notes how many
 * instructions lay between, `rounds` times; then it returns as a function does. A sample contains, beyond the two system calls and
 * the server's side, one store and one reading of the counter.
 */
#include "raw_run.h"
#include <abi/dispatcher.h>

#define SYS_BLOCK  1
#define SYS_RESUME 2
#define FRAME_PENDING      4
#define FRAME_ENABLED_PC   (128 + 32 * 8)

    .data
    .balign 8
current:
    .quad 0 /* struct raw_run of the benchmark that runs */

    .text
    .globl raw_client, raw_client_run, raw_client_message, raw_server_run, raw_wait, fault_skip
    .globl raw_server_0, raw_server_4, raw_server_8, raw_server_cap

/* raw_client(run): the dispatcher is disabled, its entries are raw_client_run and raw_client_message. */
raw_client:
    stp x29, x30, [sp, #-96]!
    stp x19, x20, [sp, #16]
    stp x21, x22, [sp, #32]
    stp x23, x24, [sp, #48]
    stp x25, x26, [sp, #64]
    stp x27, x28, [sp, #80]
    adrp x1, current
    str x0, [x1, #:lo12:current]
    mov x2, sp
    str x2, [x0, #RUN_SP]
    ldr x1, [x0, #RUN_ROUNDS]
    cbz x1, raw_client_block
raw_client_send:
    ldr x8, [x0, #RUN_CALL]
    ldr x9, [x0, #RUN_ENDPOINT]
    ldr x10, [x0, #RUN_CAP]
    mov x11, #0
    add x12, x0, #RUN_START
    mov x0, #1
    mov x1, #2
    mov x2, #3
    mov x3, #4
    mov x4, #5
    mov x5, #6
    mov x6, #7
    mov x7, #8
    mrs x13, pmevcntr0_el0
    str x13, [x12]
    svc #0
    /* It came back: the peer was not waiting, or is gone. */
    adrp x1, current
    ldr x1, [x1, #:lo12:current]
    str x0, [x1, #RUN_ERROR]
    mov x0, x1
    b raw_client_return

raw_client_message:
    mrs x13, pmevcntr0_el0
    mov x14, x0
    adrp x1, current
    ldr x0, [x1, #:lo12:current]
    stp x10, x14, [x0, #RUN_RECEIVED]
    ldr x2, [x0, #RUN_ROUNDS]
    cbz x2, raw_client_return /* only waiting for the peer's first message */
    ldr x3, [x0, #RUN_START]
    sub w3, w13, w3
    ldr x4, [x0, #RUN_SAMPLES]
    str w3, [x4], #4
    str x4, [x0, #RUN_SAMPLES]
    sub x2, x2, #1
    str x2, [x0, #RUN_ROUNDS]
    cbz x2, raw_client_return
    /* Empty the slot that the peer's next capability goes to: a call on its CSpace, outside of the samples. */
    ldr x3, [x0, #RUN_EMPTY]
    cbz x3, raw_client_send
    mov x20, x0
    mov x0, x3
    mov x8, #0x303 /* SYS_CAP, CAP_DELETE */
    mov x9, #0
    svc #0
    mov x0, x20
    b raw_client_send

raw_client_return:
    ldr x1, [x0, #RUN_SP]
    mov sp, x1
    ldp x19, x20, [sp, #16]
    ldp x21, x22, [sp, #32]
    ldp x23, x24, [sp, #48]
    ldp x25, x26, [sp, #64]
    ldp x27, x28, [sp, #80]
    ldp x29, x30, [sp], #96
    ret

/* Whatever the run upcall came for, it is looked at when the library has its entries back. */
raw_client_run:
raw_server_run:
    str wzr, [x0, #FRAME_PENDING]
raw_client_block:
    mov x0, #0
    mov x8, #SYS_BLOCK
    mov x9, #0
    svc #0
    b .

/* raw_wait(endpoint, cap, word): the server's first message, with a capability, and then it serves for good. */
raw_wait:
    mov x9, x0
    mov x10, x1
    mov x0, x2
    mov x11, #0
    movz x8, #(5 | 1 << 8)
    movk x8, #1, lsl #16 /* SYS_LMP, one word, LMP_BLOCK */
    svc #0
    b .

.macro server name, words
\name:
    movz x8, #(5 | \words << 8)
    movk x8, #1, lsl #16
    mov x9, #16 /* SLOT_PASSED: the client */
    mov x10, #0
    mov x11, #0
    svc #0
    b .
.endm
    server raw_server_0, 0
    server raw_server_4, 4
    server raw_server_8, 8

/* With the deletion of the capability that came. */
raw_server_cap:
    mov x0, x10
    mov x8, #0x303
    mov x9, #0
    svc #0
    b raw_server_0

/* entry_fault: go on behind the instruction that faulted. */
fault_skip:
    ldr x1, [x0, #FRAME_ENABLED_PC]
    add x1, x1, #4
    str x1, [x0, #FRAME_ENABLED_PC]
    mov x8, #SYS_RESUME
    mov x9, #0
    svc #0
    b .
