/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The system call instruction (abi/syscall.h has the registers). The typed wrappers are in lib/caps.
 */
#ifndef ARCH_SYSCALL_H
#define ARCH_SYSCALL_H

#include <abi/syscall.h>
#include <abi/types.h>

#define SYSCALL_CLOBBERS "x10", "x11", "x12", "x13", "x14", "x15", "x16", "x17", "x18", "cc", "memory"

/* Arguments a[0..7]; results x1-x5 come back in a[1..5]. */
static inline err_t syscall_out(uint64_t op, uint64_t cptr, uint64_t a[8])
{
    register uint64_t x0 __asm__("x0") = a[0];
    register uint64_t x1 __asm__("x1") = a[1];
    register uint64_t x2 __asm__("x2") = a[2];
    register uint64_t x3 __asm__("x3") = a[3];
    register uint64_t x4 __asm__("x4") = a[4];
    register uint64_t x5 __asm__("x5") = a[5];
    register uint64_t x6 __asm__("x6") = a[6];
    register uint64_t x7 __asm__("x7") = a[7];
    register uint64_t x8 __asm__("x8") = op;
    register uint64_t x9 __asm__("x9") = cptr;
    __asm__ volatile("svc #0"
                     : "+r"(x0), "+r"(x1), "+r"(x2), "+r"(x3), "+r"(x4), "+r"(x5), "+r"(x6), "+r"(x7), "+r"(x8), "+r"(x9)
                     :
                     : SYSCALL_CLOBBERS);
    a[1] = x1, a[2] = x2, a[3] = x3, a[4] = x4, a[5] = x5;
    return (err_t)x0;
}

/* Six arguments and no results. */
static inline err_t syscall6(uint64_t op, uint64_t cptr, uint64_t a0, uint64_t a1, uint64_t a2, uint64_t a3,
                             uint64_t a4, uint64_t a5)
{
    register uint64_t x0 __asm__("x0") = a0;
    register uint64_t x1 __asm__("x1") = a1;
    register uint64_t x2 __asm__("x2") = a2;
    register uint64_t x3 __asm__("x3") = a3;
    register uint64_t x4 __asm__("x4") = a4;
    register uint64_t x5 __asm__("x5") = a5;
    register uint64_t x8 __asm__("x8") = op;
    register uint64_t x9 __asm__("x9") = cptr;
    __asm__ volatile("svc #0"
                     : "+r"(x0), "+r"(x1), "+r"(x2), "+r"(x3), "+r"(x4), "+r"(x5), "+r"(x8), "+r"(x9)
                     :
                     : "x6", "x7", SYSCALL_CLOBBERS);
    return (err_t)x0;
}

/* SYS_LMP without LMP_BLOCK: `words` words of w[0..7], of which eight must be readable. */
static inline err_t sys_lmp(cptr_t endpoint, const uint64_t *w, unsigned words, capref_t cap, unsigned flags)
{
    register uint64_t x0 __asm__("x0") = w[0];
    register uint64_t x1 __asm__("x1") = w[1];
    register uint64_t x2 __asm__("x2") = w[2];
    register uint64_t x3 __asm__("x3") = w[3];
    register uint64_t x4 __asm__("x4") = w[4];
    register uint64_t x5 __asm__("x5") = w[5];
    register uint64_t x6 __asm__("x6") = w[6];
    register uint64_t x7 __asm__("x7") = w[7];
    register uint64_t x8 __asm__("x8") = LMP_CALL((uint64_t)words, (uint64_t)flags);
    register uint64_t x9 __asm__("x9") = endpoint;
    register uint64_t x10 __asm__("x10") = cap;
    register uint64_t x11 __asm__("x11") = 0;
    __asm__ volatile("svc #0"
                     : "+r"(x0), "+r"(x1), "+r"(x2), "+r"(x3), "+r"(x4), "+r"(x5), "+r"(x6), "+r"(x7), "+r"(x8),
                       "+r"(x9), "+r"(x10), "+r"(x11)
                     :
                     : "x12", "x13", "x14", "x15", "x16", "x17", "x18", "cc", "memory");
    return (err_t)x0;
}

#endif
