/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What processes leave behind when they end: mostly memory that others hold, too. What only holds itself (orphans.h) is found and freed.
 */
#ifndef MONITOR_LEFTOVERS_H
#define MONITOR_LEFTOVERS_H

#include <messaging/waitset.h>

/* `settle` reaps and drains until nothing is left to. Everything happens in the waitset's thread. */
void leftovers_init(struct waitset *waitset, void (*settle)(void));
/* There are `bytes` of them; mem has told so after nothing was left to drain. */
void leftovers_changed(uint64_t bytes);

#endif
