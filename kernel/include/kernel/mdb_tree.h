/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The balanced trees inside the MDB: shape, and the highest end below each node. They know nothing of order and copies;
 * only mdb.c calls them.
 */
#ifndef KERNEL_MDB_TREE_H
#define KERNEL_MDB_TREE_H

#include <kernel/cap.h>

/* By space. */
extern struct slot *mdb_roots[CAP_SPACE_COUNT];

/* A slot that is a tree of its own, without a parent. */
void tree_single(struct slot *n);

/* A tree of `count` consecutive slots in their order, without a parent. */
struct slot *tree_of_run(struct slot *slots, unsigned count);

/* The tree of which n is the root becomes the `side` child, which is missing, of parent (NULL: the whole tree). */
void tree_hang(struct slot *n, struct slot *parent, unsigned side);

/* Take the node out. */
void tree_remove(struct slot *n);

/* `now` takes the place of a node that was as `was` and lay at `old`; its capability is there already. */
void tree_replace(struct slot *now, const struct slot *old, const struct slot *was);

/* n's own end has changed. */
void tree_end_changed(struct slot *n);

/* The next node in order (side 1), or the one before (0); NULL: there is none. */
struct slot *tree_neighbour(const struct slot *n, unsigned side);

#endif
