/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Why the core woke up from its idle loop, the last times (CONFIG_WAKE_LOG). Nothing but the idle loop pays for it.
 */
#ifndef KERNEL_WAKES_H
#define KERNEL_WAKES_H

#include <abi/types.h>
#include <abi/errors.h>
#include <stdint.h>

/* It has woken up at `ticks`, and has taken no interrupt yet; */
void wake_begin(uint64_t ticks);
/* and now it has, and knows who will run. */
void wake_end(void);

/* KINFO_WAKE: the nth of them into x[1..4]. ERR_UNSUPPORTED: there is no log of them. */
err_t wake_read(uint64_t n, uint64_t *x);

#endif
