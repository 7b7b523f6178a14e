/* SPDX-License-Identifier: BSD-2-Clause */
/* PSCI (DEN 0022): the firmware that turns the machine off. */
#ifndef ARCH_PSCI_H
#define ARCH_PSCI_H

/* PSCI_NONE, PSCI_HVC, PSCI_SMC of kernel/machine.h. */
void psci_start(unsigned method);
/* Return only if the firmware does not obey. */
void psci_off(void);
void psci_reset(void);

#endif
