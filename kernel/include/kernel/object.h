/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What happens when an object is made and when its last capability goes: the table through which the
 * capability code reaches up to the files that own the types.
 */
#ifndef KERNEL_OBJECT_H
#define KERNEL_OBJECT_H

#include <kernel/cap.h>

/* What is left to do with a last capability. */
enum object_fate {
    OBJECT_REMOVE, /* take it out of its slot */
    OBJECT_MOVED,  /* it has gone elsewhere (zombie): the slot is empty already */
    OBJECT_AGAIN   /* nothing was done: ERR_AGAIN */
};

/* kernel/object.c, by type: the last capability is about to go; it is still in the MDB, and the object's memory valid. NULL: there
 * is nothing to do. */
extern enum object_fate (*const object_last[CAP_TYPE_COUNT])(struct slot *slot);

/* Its memory is clear: make an object of it. */
extern void (*const object_create)(const struct cap *cap);

/* A zombie's slots are all empty: its memory stops being an object. */
extern void (*const object_destroy)(const struct cap *cap);

/* A slot with a holder has just been emptied. */
extern void (*const object_slot_lost)(struct slot *slot);

/* The entries that are this half's: */
enum object_fate vnode_last(struct slot *slot);   /* vnode.c: VNode0-3 */
enum object_fate mapping_last(struct slot *slot); /* vnode.c */
enum object_fate cnode_last(struct slot *slot);   /* zombie.c: L1CNode, L2CNode */

#endif
