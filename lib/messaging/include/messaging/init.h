/* SPDX-License-Identifier: BSD-2-Clause */
/* For the runtime, which calls it once, as soon as threads work and before anything is sent. */
#ifndef MESSAGING_INIT_H
#define MESSAGING_INIT_H

#include <abi/errors.h>
#include <abi/types.h>

/* How many slots of L2CNode 1 replies' capabilities come into, from its first on: not the slot allocator's. */
#define MESSAGING_RECEIVE_SLOTS CONFIG_LMP_REPLY_SLOTS

err_t messaging_init(void);

#endif
