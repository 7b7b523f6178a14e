/* SPDX-License-Identifier: BSD-2-Clause */
/* Both ends of one sample of irq.c. */
#include "irq_sample.h"

#define SYS_RESUME 2
#define FRAME_PENDING 4

    .data
    .balign 8
    .globl irq_sample_now
irq_sample_now:
    .quad 0

    .text
    .globl irq_trigger, irq_entry
irq_trigger:
    ldp x1, x2, [x0, #SAMPLE_ADDRESS]
    str xzr, [x0, #SAMPLE_END]
    mrs x3, pmevcntr0_el0
    str x3, [x0, #SAMPLE_START]
    str w2, [x1]
1:  ldr x3, [x0, #SAMPLE_END]
    cbz x3, 1b
    ret

/* A run upcall for another reason (the end of a time slice) counts as the interrupt's: the worst of the samples may be one. */
irq_entry:
    mrs x3, pmevcntr0_el0
    adrp x1, irq_sample_now
    ldr x1, [x1, #:lo12:irq_sample_now]
    str x3, [x1, #SAMPLE_END]
    str wzr, [x0, #FRAME_PENDING]
    mov x8, #SYS_RESUME
    mov x9, #0
    svc #0
    b .
