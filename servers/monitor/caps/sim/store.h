/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Worlds, stored exactly: each core and what it has sent is interned as a string of bytes, and a state is the tuple of their numbers.
 * Two states are the same only if all their bytes are.
 */
#ifndef CAPS_SIM_STORE_H
#define CAPS_SIM_STORE_H

#include "world.h"

/* Forget everything. */
void store_empty(void);
/* Store it if it is new. The state's number; *new: it was. Exits with a message if memory runs out. */
uint32_t store_add(const struct world *world, bool *new);
/* Get it back. */
void store_get(uint32_t state, struct world *world);
uint32_t store_count(void);
uint64_t store_bytes(void);

#endif
