/* SPDX-License-Identifier: BSD-2-Clause */
/* Stands in for wakes.c in a kernel that keeps no log of its wake-ups. */
#include <kernel/wakes.h>

void wake_begin(uint64_t ticks)
{
    (void)ticks;
}

void wake_end(void) {}

err_t wake_read(uint64_t n, uint64_t *x)
{
    (void)n;
    (void)x;
    return ERR_UNSUPPORTED;
}
