/* SPDX-License-Identifier: BSD-2-Clause */
/* Doorbells of this core's processes: one each, for as long as somebody is to ring it. Only by the thread of bindings.c. */
#ifndef MONITOR_BELLS_H
#define MONITOR_BELLS_H

#include <abi/errors.h>
#include <abi/types.h>

/* The number of the bell that `endpoint` (of the process's own making, for its bell) hears. ERR_PERMISSION: it is no such endpoint;
 * ERR_TOO_MANY. Each bell_open() needs its bell_close(). */
err_t bell_open(cptr_t endpoint, uint32_t *bell);
void bell_close(uint32_t bell);
/* A capability that rings bell number `bell` of `core`, in a fresh slot. */
err_t bell_ring_cap(coreid_t core, uint32_t bell, cptr_t *cap);

#endif
