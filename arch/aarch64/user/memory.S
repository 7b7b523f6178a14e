/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * memcpy, memmove, memset, memcmp on general registers, 16 bytes at a time; picolibc's own go byte by byte. Up to 64
 * bytes everything is loaded before anything is stored, so overlap does not matter; more is a loop of 64 in the
 * direction that overlap allows, and then at most 64. Unaligned accesses: for normal memory only.
 */
    .text

/* memmove(x0 to, x1 from, x2 bytes). x3: where to, as x0 is what is returned. */
    .global memmove
    .type memmove, %function
    .global memcpy
    .type memcpy, %function
memmove:
memcpy:
    mov x3, x0
    cmp x2, #64
    b.hi .Lmove_many
.Lmove_rest: /* x2 <= 64 */
    add x4, x1, x2
    add x5, x3, x2
    cmp x2, #16
    b.lo .Lmove_below_16
    ldp x6, x7, [x1]
    ldp x8, x9, [x4, #-16]
    cmp x2, #32
    b.hi 1f
    stp x6, x7, [x3]
    stp x8, x9, [x5, #-16]
    ret
1:  ldp x10, x11, [x1, #16]
    ldp x12, x13, [x4, #-32]
    stp x6, x7, [x3]
    stp x10, x11, [x3, #16]
    stp x12, x13, [x5, #-32]
    stp x8, x9, [x5, #-16]
    ret
.Lmove_below_16:
    tbz x2, #3, 1f
    ldr x6, [x1]
    ldr x7, [x4, #-8]
    str x6, [x3]
    str x7, [x5, #-8]
    ret
1:  tbz x2, #2, 2f
    ldr w6, [x1]
    ldr w7, [x4, #-4]
    str w6, [x3]
    str w7, [x5, #-4]
    ret
2:  cbz x2, 3f
    lsr x8, x2, #1
    ldrb w6, [x1]
    ldrb w9, [x1, x8]
    ldrb w7, [x4, #-1]
    strb w6, [x3]
    strb w9, [x3, x8]
    strb w7, [x5, #-1]
3:  ret

.Lmove_many: /* upwards unless `to` lies in what is moved */
    sub x4, x3, x1
    cmp x4, x2
    b.lo .Lmove_down
1:  ldp x6, x7, [x1]
    ldp x8, x9, [x1, #16]
    ldp x10, x11, [x1, #32]
    ldp x12, x13, [x1, #48]
    add x1, x1, #64
    stp x6, x7, [x3]
    stp x8, x9, [x3, #16]
    stp x10, x11, [x3, #32]
    stp x12, x13, [x3, #48]
    add x3, x3, #64
    sub x2, x2, #64
    cmp x2, #64
    b.hi 1b
    b .Lmove_rest
.Lmove_down:
    add x4, x1, x2
    add x5, x3, x2
1:  ldp x6, x7, [x4, #-16]
    ldp x8, x9, [x4, #-32]
    ldp x10, x11, [x4, #-48]
    ldp x12, x13, [x4, #-64]!
    stp x6, x7, [x5, #-16]
    stp x8, x9, [x5, #-32]
    stp x10, x11, [x5, #-48]
    stp x12, x13, [x5, #-64]!
    sub x2, x2, #64
    cmp x2, #64
    b.hi 1b
    b .Lmove_rest
    .global memmove_end /* guarded.S */
memmove_end:
    .size memmove, . - memmove

/* memset(x0 to, w1 byte, x2 bytes) */
    .global memset
    .type memset, %function
memset:
    and x1, x1, #0xff
    mov x3, #0x0101010101010101
    mul x1, x1, x3
    mov x3, x0
    add x5, x0, x2
    cmp x2, #16
    b.lo 2f
    cmp x2, #64
    b.ls 3f
1:  stp x1, x1, [x3]
    stp x1, x1, [x3, #16]
    stp x1, x1, [x3, #32]
    stp x1, x1, [x3, #48]
    add x3, x3, #64
    sub x2, x2, #64
    cmp x2, #64
    b.hi 1b
3:  /* at most 64 up to x5, at least 16 before it */
    stp x1, x1, [x5, #-16]
    cmp x2, #16
    b.ls 4f
    stp x1, x1, [x3]
    cmp x2, #32
    b.ls 5f
    stp x1, x1, [x5, #-32]
    stp x1, x1, [x3, #16]
5:  ret
4:  /* 1 to 16 left */
    ret
2:  tbz x2, #3, 6f
    str x1, [x3]
    str x1, [x5, #-8]
    ret
6:  tbz x2, #2, 7f
    str w1, [x3]
    str w1, [x5, #-4]
    ret
7:  cbz x2, 8f
    strb w1, [x3]
    lsr x4, x2, #1
    strb w1, [x3, x4]
    strb w1, [x5, #-1]
8:  ret
    .size memset, . - memset

/* memcmp(x0, x1, x2 bytes) */
    .global memcmp
    .type memcmp, %function
memcmp:
    subs x2, x2, #8
    b.lo 2f
1:  ldr x3, [x0], #8
    ldr x4, [x1], #8
    cmp x3, x4
    b.ne 4f
    subs x2, x2, #8
    b.hs 1b
2:  adds x2, x2, #8
    b.eq 3f
5:  ldrb w3, [x0], #1
    ldrb w4, [x1], #1
    subs w3, w3, w4
    b.ne 6f
    subs x2, x2, #1
    b.ne 5b
3:  mov w0, #0
    ret
6:  mov w0, w3
    ret
4:  rev x3, x3
    rev x4, x4
    cmp x3, x4
    cset w0, hi
    csinv w0, w0, wzr, hs
    ret
    .size memcmp, . - memcmp
