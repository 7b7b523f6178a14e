/* SPDX-License-Identifier: BSD-2-Clause */
/* The cheapest way into the kernel and back: a system call that does not exist is refused, an identify does a little. */
#include "bench.h"
#include <abi/slots.h>
#include <abi/syscall.h>
#include <caps/caps.h>
#include <threads/thread.h>

#define ROUNDS 2000

static inline void yield(void)
{
    register uint64_t x8 __asm__("x8") = SYS_YIELD;

    __asm__ volatile("svc #0"
                     : "+r"(x8)::"x0", "x1", "x2", "x3", "x4", "x5", "x6", "x7", "x9", "x10", "x11", "x12", "x13",
                       "x14", "x15", "x16", "x17", "x18", "cc", "memory");
}

void bench_syscalls(void)
{
    samples_clear(&bench_samples);
    for (unsigned i = 0; i < ROUNDS; i++) {
        uint32_t start = bench_count();
        yield();
        samples_add(&bench_samples, start, bench_count());
    }
    samples_print(&bench_samples, "null_syscall", 1);
}
