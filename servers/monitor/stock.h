/* SPDX-License-Identifier: BSD-2-Clause */
/* RAM between cores: what this core's mem wants is asked of the others, what they ask is taken from it (servers/mem/balance.h). */
#ifndef MONITOR_STOCK_H
#define MONITOR_STOCK_H

#include <abi/types.h>

/* Once there are other cores. */
err_t stock_start(void);

#endif
