/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The exhaustive search's world: where it starts, and every action that there may be. The search and SPIN share it.
 */
#ifndef CAPS_SIM_CHOICES_H
#define CAPS_SIM_CHOICES_H

#include "world.h"

#define CHOICES_MAX 4096

extern struct action choices[CHOICES_MAX];
extern unsigned choice_count;

/*
 * Which actions of processes there are. FEW: the protocol's operations, each in one or two forms, and local copies and deletes. MORE:
 * in more forms. ALL: also CNodes, Mappings, splits, kills, allocation and what the kernel does alone.
 */
enum choice_set { CHOICES_FEW, CHOICES_MORE, CHOICES_ALL };

/* All cores up, each with so many actions of processes; core 0 has one block of RAM, whose home is `home`. So many cores may get lost. */
void choices_start(struct world *world, unsigned budget, coreid_t home, enum choice_set set, unsigned losses);

/* Do it, unless it is impossible or the core has spent its actions. */
bool choice_apply(struct world *world, const struct action *action);

#endif
