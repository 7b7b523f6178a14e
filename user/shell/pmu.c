/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The count of retired instructions.
 */
#include "pmu.h"

#include <abi/syscall.h>
#include <idl/monitor.h>

/* Reading a counter that is switched off would be a fault, so ask the kernel: it tells 0 then. */
static bool readable(void)
{
    static int known; /* 0: not asked yet */
    uint64_t idle, ticks, at_entry, at_init = 0;
    if (known == 0) {
        err_t error = monitor_kernel_info(monitor_default(), KINFO_IDLE, &idle, &ticks, &at_entry, &at_init);
        known = error == ERR_OK && at_init != 0 ? 1 : -1;
    }
    return known > 0;
}

bool pmu_instructions(uint32_t *count)
{
    uint64_t value = 0;
    if (!readable()) {
        return false;
    }
    __asm__ volatile("isb\n\tmrs %0, pmevcntr0_el0" : "=r"(value)::"memory");
    *count = (uint32_t)value;
    return true;
}
