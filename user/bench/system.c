/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The system as a whole: instructions from the kernel's entry to the first user instruction, and to here (of which
 * scripts/bench.py takes off what typing the command and starting this program cost), RAM in use, interrupts off.
 */
#include "bench.h"
#include <abi/syscall.h>
#include <idl/mem.h>
#include <idl/monitor.h>
#include <stddef.h>
#include <stdio.h>

void bench_system(void)
{
    uint64_t entry = 0, user = 0, longest = 0;
    uint32_t here = bench_count();
    struct mem_totals totals;
    struct mem_account own;

    BENCH_OK(mem_totals(mem_default(), &totals));
    BENCH_OK(mem_info(mem_default(), 0, &own));
    BENCH_OK(monitor_kernel_info(monitor_default(), KINFO_IDLE, NULL, NULL, &entry, &user));
    BENCH_OK(monitor_kernel_info(monitor_default(), KINFO_IRQ_OFF, &longest, NULL, NULL, NULL));
    printf("here %u\n", (unsigned)(here - (uint32_t)entry));
    bench_print("boot_init", 1, user - entry, "instructions");
    bench_print("ram_at_prompt", 1, (totals.total - totals.free - own.used) / 1024, "KiB");
    bench_print("irq_off_max", 1, longest, "instructions");
}
