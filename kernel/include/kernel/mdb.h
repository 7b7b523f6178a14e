/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The mapping database: every capability of this core, ordered by
 * (space, base, size descending, type, minor, badge, a Mapping's creation), so that ancestors stand before descendants. One balanced
 * tree per space with one node per distinct object; copies of an object form a ring, one
 * of them (the primary, level != 0) is the node. Each node knows the highest end in its subtree,
 * so overlap is one search. The tree allocates nothing: its links are in the slots.
 */
#ifndef KERNEL_MDB_H
#define KERNEL_MDB_H

#include <kernel/cap.h>

struct mdb_counts {
    uint64_t hash;  /* sum over all capabilities of a hash of what they name; the same for the same set of them */
    uint64_t nodes; /* distinct objects */
    uint64_t caps;
};

extern struct mdb_counts mdb_counts;

/* slot->cap is filled. Makes it a node, or a copy if its object has one. `hint` (or NULL): a node before
 * it, which it probably follows directly. */
void mdb_insert(struct slot *slot, struct slot *hint);

/* The same for several in a row that have just been made from `from`, whose capabilities are ascending neighbours that
 * follow `hint` directly (what mdb_overlaps gives); none of their objects has a node yet. In a fraction of the time. */
void mdb_insert_run(struct slot *slots, unsigned count, const struct cap *from, struct slot *hint);

/* dst->cap is filled and has the same key as src's: joins src's ring. O(1). */
void mdb_copy(struct slot *dst, struct slot *src);

/* Move capability and links to dst, whatever dst held; src becomes empty. O(1). */
void mdb_move(struct slot *dst, struct slot *src);

/* Take the capability out; the slot becomes empty. O(1) for a copy. */
void mdb_remove(struct slot *slot);

/* The last capability in [base, base + bytes) gives its place to a freed block of that extent in `freed` (which may
 * overlap slot). freed->cap becomes `cap`. O(1) plus levels whose end changes. */
void mdb_replace(struct slot *freed, const struct cap *cap, struct slot *slot);

/* Give the node another size that keeps its place (CAP_SPLIT). */
void mdb_resize(struct slot *node, uint64_t bytes);

/* Is it the only capability of its object? */
static inline bool mdb_is_last(const struct slot *slot)
{
    return slot->next == slot;
}

/* The node of the slot's object: the slot itself, or the primary of its ring. O(log n). */
struct slot *mdb_node(struct slot *slot);

/* The node with exactly this key (kind's type, base, bytes, minor, badge), or NULL. */
struct slot *mdb_find(const struct cap *key);

/* The last node with base < address in a space, or NULL. */
struct slot *mdb_before(unsigned space, uint64_t address);

/* Neighbours of a node in order, or NULL. */
struct slot *mdb_next(const struct slot *node);
struct slot *mdb_prev(const struct slot *node);

/*
 * Does anything that stands after `node` in order overlap [low, high), a range within node's? `last` gets the node
 * after which an object at `low` would stand if the answer is no.
 */
bool mdb_overlaps(struct slot *node, uint64_t low, uint64_t high, struct slot **last);

/* The primary of the first node of a space, for walks (KERNEL_DUMP, tests). */
struct slot *mdb_first(unsigned space);

/* Check every invariant of trees and rings: NULL, or what is wrong. O(n). */
const char *mdb_check(void);

#endif
