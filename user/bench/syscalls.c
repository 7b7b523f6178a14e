/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The cheapest ways into the kernel and back. null_syscall is a call number that does not exist: in, one look, out. Beside it
 * a yield that finds nobody else, and the smallest call that does something with a capability.
 */
#include "bench.h"
#include <abi/slots.h>
#include <abi/syscall.h>

#define ROUNDS 2000

static void one(const char *key, uint64_t call, uint64_t argument)
{
    samples_clear(&bench_samples);
    for (unsigned i = 0; i < ROUNDS; i++) {
        register uint64_t x0 __asm__("x0") = argument;
        register uint64_t x8 __asm__("x8") = call;
        register uint64_t x9 __asm__("x9") = 0;
        uint32_t start = bench_count();
        __asm__ volatile("svc #0"
                         : "+r"(x0), "+r"(x8), "+r"(x9)::"x1", "x2", "x3", "x4", "x5", "x6", "x7", "x10", "x11", "x12",
                           "x13", "x14", "x15", "x16", "x17", "x18", "cc", "memory");
        samples_add(&bench_samples, start, bench_count());
    }
    samples_print(&bench_samples, key, 1);
}

void bench_syscalls(void)
{
    one("null_syscall", SYS_COUNT, 0);
    one("yield", SYS_YIELD, 0);
    one("cap_identify", SYS_OP(SYS_CAP, CAP_IDENTIFY), SLOT_INFO);
}
