/* SPDX-License-Identifier: BSD-2-Clause */
/* What is registered on one core is known on all. */
#ifndef MONITOR_NAMES_RELAY_H
#define MONITOR_NAMES_RELAY_H

#include <abi/errors.h>
#include <abi/types.h>

/* From now on. Before the first other core is up; names must be there. `known` runs whenever all cores know one more name of this core. */
err_t names_relay_start(void (*known)(void));
/* Core `core` is up and its channel open. On core 0; on others it does nothing. */
void names_relay_joined(coreid_t core);

#endif
