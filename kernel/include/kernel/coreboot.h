/* SPDX-License-Identifier: BSD-2-Clause */
/* Starting another core with a copy of this kernel. */
#ifndef KERNEL_COREBOOT_H
#define KERNEL_COREBOOT_H

#include <kernel/cap.h>

/* Before anything writes to .data: other cores start with it as it is now. */
void coreboot_keep(void);
/* On a core that was started: connect to those that were up, and say so to the one that started us. NULL, or what is wrong. */
const char *coreboot_join(void);
/* SYS_INVOKE on the Kernel capability: KERNEL_CORE_*. */
err_t coreboot_invoke(unsigned op, uint64_t *x);
/* The last capability of a KCB that never ran. False: it runs, or may. */
bool coreboot_release(const struct cap *kcb);

#endif
