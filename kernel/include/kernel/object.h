/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What happens when the last capability of an object goes: the table through which cap.c reaches up
 * to the files that own the types.
 */
#ifndef KERNEL_OBJECT_H
#define KERNEL_OBJECT_H

#include <kernel/cap.h>

/* What an operation has left to do. */
enum object_fate {
    OBJECT_REMOVE, /* the capability can be taken out of its slot */
    OBJECT_MOVED,  /* it has gone elsewhere (zombie): the slot is empty already */
    OBJECT_AGAIN   /* nothing was done: ERR_AGAIN */
};

/* Called with the slot still in the MDB, and the object's memory valid. NULL: nothing to do. */
typedef enum object_fate (*object_last_fn)(struct slot *slot);

/* kernel/object.c: by type */
extern const object_last_fn object_last[CAP_TYPE_COUNT];

/* Who owns which entry: */
enum object_fate vnode_last(struct slot *slot);   /* vnode.c: VNode0-3 */
enum object_fate mapping_last(struct slot *slot); /* vnode.c */
enum object_fate cnode_last(struct slot *slot);   /* zombie.c: L1CNode, L2CNode */

/*
 * Dispatcher: take it off the scheduler for good (EXIT_LOST), then cap_delete each slot inside it. No zombie:
 * this is bounded. Its memory stays valid, zero or not, as long as any Endpoint to it lives: those find it dead.
 */
enum object_fate dispatcher_last(struct slot *slot);
/* Endpoint: with ENDPOINT_HANGUP set the receiver's signal bit. */
enum object_fate endpoint_last(struct slot *slot);
/* Irq: unbind and mask, if it is a single one. */
enum object_fate irq_last(struct slot *slot);

#endif
