/* SPDX-License-Identifier: BSD-2-Clause */
/* Calls to PSCI firmware, by the conduit that the device tree names (SMCCC, DEN 0028). */
#include <arch/psci.h>
#include <kernel/machine.h>

#define PSCI_CPU_ON 0xc4000003
#define PSCI_SYSTEM_OFF 0x84000008
#define PSCI_SYSTEM_RESET 0x84000009
#define PSCI_NOT_SUPPORTED (-1)

static unsigned conduit;

void psci_start(unsigned method)
{
    conduit = method;
}

static int64_t psci_call(uint64_t function, uint64_t a, uint64_t b)
{
    register uint64_t x0 __asm__("x0") = function;
    register uint64_t x1 __asm__("x1") = a;
    register uint64_t x2 __asm__("x2") = b;
    register uint64_t x3 __asm__("x3") = 0;
#define PSCI_CALL(instruction)                                                                                         \
    __asm__ volatile(instruction " #0"                                                                                 \
                     : "+r"(x0), "+r"(x1), "+r"(x2), "+r"(x3)                                                          \
                     :                                                                                                 \
                     : "x4", "x5", "x6", "x7", "x8", "x9", "x10", "x11", "x12", "x13", "x14", "x15", "x16", "x17",     \
                       "memory")
    if (conduit == PSCI_HVC) {
        PSCI_CALL("hvc");
    } else if (conduit == PSCI_SMC) {
        PSCI_CALL("smc");
    } else {
        return PSCI_NOT_SUPPORTED;
    }
    return (int64_t)x0;
}

int64_t psci_core_on(uint64_t mpidr, paddr_t entry)
{
    return psci_call(PSCI_CPU_ON, mpidr, entry);
}

void psci_off(void)
{
    psci_call(PSCI_SYSTEM_OFF, 0, 0);
}

void psci_reset(void)
{
    psci_call(PSCI_SYSTEM_RESET, 0, 0);
}
