/* SPDX-License-Identifier: BSD-2-Clause */
/* What is registered on one core is known on all. */
#ifndef MONITOR_NAMES_RELAY_H
#define MONITOR_NAMES_RELAY_H

#include <abi/errors.h>
#include <abi/types.h>

/* From now on. Before the first other core is up; names must be there. `known` runs whenever all cores know one more name of this core. */
err_t names_relay_start(void (*known)(void));
/* The channel to core `core` is open: core 0 tells it all names, and another core its own to core 0, which it has kept until then. */
void names_relay_joined(coreid_t core);

#endif
