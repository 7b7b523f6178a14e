/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Doorbells: a signal to a dispatcher of any core, by capability. On one's own core it is a plain signal; for what passes
 * between two kernels see doorbell.c.
 */
#ifndef KERNEL_DOORBELL_H
#define KERNEL_DOORBELL_H

#include <kernel/cap.h>

/* SYS_INVOKE on a Doorbell capability: DOORBELL_RING, DOORBELL_BIND (x[0] cptr of an Endpoint), of a range of exactly one. */
err_t doorbell_invoke(const struct cap *bell, unsigned op, const uint64_t *x);

#endif
