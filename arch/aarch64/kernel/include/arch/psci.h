/* SPDX-License-Identifier: BSD-2-Clause */
/* PSCI (DEN 0022): the firmware that turns the machine off. */
#ifndef ARCH_PSCI_H
#define ARCH_PSCI_H

#include <abi/types.h>

/* PSCI_NONE, PSCI_HVC, PSCI_SMC of kernel/machine.h. */
void psci_start(unsigned method);
/* CPU_ON: the core whose MPIDR affinity that is begins at `entry`, at our exception level at boot, MMU off, x0 = 0. 0, or PSCI's error. */
int64_t psci_core_on(uint64_t mpidr, paddr_t entry);
/* Return only if the firmware does not obey. */
void psci_off(void);
void psci_reset(void);

#endif
