/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The mapping database: the order of capabilities in a tree per space (mdb_tree.c), and a ring of copies at each node.
 * Nothing else touches the links of a slot.
 */
#include <kernel/assert.h>
#include <kernel/compiler.h>
#include <kernel/mdb.h>
#include <kernel/mdb_tree.h>

struct mdb_counts mdb_counts;

/*
 * What was made last, directly from an object of which type and range are here: nothing else that was made from that one
 * overlaps it, but for its own descendants. What is made next often comes right after it. NULL: it has left its slot.
 */
static struct {
    struct slot *made;
    uint64_t type, base, bytes;
    uint64_t limit; /* nothing after it begins below; 0: look */
} recent;

/* The order, where bases are equal. */
static int tie_compare(const struct cap *a, const struct cap *b)
{
    if (a->bytes != b->bytes) return a->bytes > b->bytes ? -1 : 1;
    unsigned kind_a = a->type << 8 | a->minor, kind_b = b->type << 8 | b->minor;
    if (kind_a != kind_b) return kind_a < kind_b ? -1 : 1;
    if (a->badge != b->badge) return a->badge < b->badge ? -1 : 1;
    /* A void Mapping and one in the table that was made at the same place since are two objects. */
    if (a->type == CAP_MAPPING && a->creation != b->creation) return a->creation < b->creation ? -1 : 1;
    return 0;
}

static int key_compare(const struct cap *a, const struct cap *b)
{
    if (a->base != b->base) return a->base < b->base ? -1 : 1;
    return tie_compare(a, b);
}

static ALWAYS_INLINE uint64_t cap_hash(const struct cap *cap)
{
    const uint64_t odd = 0x9e3779b97f4a7c15;
    uint64_t h = cap->head & ~CAP_HEAD_FLAGS; /* turned to where bases have few bits */
    h = ((h >> 24 | h << 40) ^ cap->base) * odd + cap->bytes;
    h = ((h ^ h >> 32) * odd + cap->badge) * odd;
    return h ^ h >> 32;
}

static void count_in(const struct cap *cap)
{
    mdb_counts.hash += cap_hash(cap);
    mdb_counts.caps++;
}

static void count_out(const struct cap *cap)
{
    mdb_counts.hash -= cap_hash(cap);
    mdb_counts.caps--;
}

static void slot_empty(struct slot *slot)
{
    if (slot == recent.made) recent.made = NULL;
    slot->cap.kind = 0;
    slot->cap.bytes = 0;
    slot->level = 0;
    slot->generation = 0;
}

/* Find the key, or the place (parent and side) where it belongs. */
static struct slot *search(const struct cap *key, struct slot **parent, unsigned *side)
{
    struct slot *n = mdb_roots[cap_space(key)], *p = NULL;
    unsigned s = 0;
    while (n != NULL) {
        if (key->base != n->cap.base) {
            s = key->base > n->cap.base;
        } else {
            int c = tie_compare(key, &n->cap);
            if (c == 0) break;
            s = c > 0;
        }
        p = n;
        n = n->child[s];
    }
    *parent = p;
    *side = s;
    return n;
}

/* The parent that the key gets if it belongs directly after the hint, which stands before it (its right child, if the
 * parent is the hint itself, else its left one); NULL: it does not. */
static struct slot *place_beside(const struct cap *key, struct slot *hint)
{
    assert(key_compare(&hint->cap, key) < 0);
    struct slot *next = mdb_next(hint);
    if (next != NULL && key_compare(key, &next->cap) >= 0) return NULL;
    return hint->child[1] == NULL ? hint : next;
}

/* Slots ------------------------------------------------------------------------------------------ */

static void ring_alone(struct slot *slot)
{
    slot->next = slot->prev = slot;
}

static void ring_join(struct slot *slot, struct slot *member)
{
    slot->level = 0;
    slot->next = member->next;
    slot->prev = member;
    member->next->prev = slot;
    member->next = slot;
}

void mdb_insert(struct slot *slot, struct slot *hint)
{
    struct slot *parent = hint == NULL ? NULL : place_beside(&slot->cap, hint);
    unsigned side = parent == hint;
    count_in(&slot->cap);
    if (parent == NULL) {
        struct slot *above;
        unsigned side_above;
        struct slot *same = search(&slot->cap, &above, &side_above);
        if (same != NULL) {
            ring_join(slot, same);
            return;
        }
        parent = above;
        side = side_above;
    }
    if (slot->cap.base < recent.limit) recent.limit = 0;
    mdb_counts.nodes++;
    ring_alone(slot);
    tree_single(slot);
    tree_hang(slot, parent, side);
}

void mdb_insert_run(struct slot *slots, unsigned count, const struct cap *from, struct slot *hint)
{
    struct slot *parent = hint, *top = slots, *slot = slots, *end = slots + count;
    assert(key_compare(&hint->cap, &slots[0].cap) < 0);
    if (hint != recent.made) recent.limit = 0;
    recent.made = end - 1;
    recent.type = from->type;
    recent.base = from->base;
    recent.bytes = from->bytes;
    do {
        ring_alone(slot);
        count_in(&slot->cap);
    } while (++slot != end);
    mdb_counts.nodes += count;
    if (hint->child[1] != NULL) parent = mdb_next(hint);
    if (count == 1)
        tree_single(top);
    else
        top = tree_of_run(slots, count);
    tree_hang(top, parent, parent == hint);
}

void mdb_copy(struct slot *dst, struct slot *src)
{
    count_in(&dst->cap);
    ring_join(dst, src);
}

void mdb_move(struct slot *dst, struct slot *src)
{
    cap_assign(&dst->cap, &src->cap);
    dst->level = 0;
    if (mdb_is_last(src)) {
        ring_alone(dst);
    } else {
        dst->next = src->next;
        dst->prev = src->prev;
        dst->next->prev = dst;
        dst->prev->next = dst;
    }
    if (src->level != 0) tree_replace(dst, src, src);
    slot_empty(src);
}

void mdb_remove(struct slot *slot)
{
    count_out(&slot->cap);
    if (mdb_is_last(slot)) {
        tree_remove(slot);
        mdb_counts.nodes--;
    } else {
        struct slot *heir = slot->next;
        heir->prev = slot->prev;
        slot->prev->next = heir;
        if (slot->level != 0) tree_replace(heir, slot, slot);
    }
    slot_empty(slot);
}

void mdb_replace(struct slot *freed, const struct cap *cap, struct slot *slot)
{
    assert(mdb_is_last(slot) && slot->level != 0);
    struct slot was = *slot;
    count_out(&was.cap);
    slot_empty(slot);
    cap_assign(&freed->cap, cap);
    freed->holder = NULL;
    ring_alone(freed);
    tree_replace(freed, slot, &was);
    count_in(cap);
    tree_end_changed(freed);
}

void mdb_resize(struct slot *node, uint64_t bytes)
{
    assert(mdb_is_last(node));
    count_out(&node->cap);
    node->cap.bytes = bytes;
    count_in(&node->cap);
    tree_end_changed(node);
}

/* Questions -------------------------------------------------------------------------------------- */

struct slot *mdb_find(const struct cap *key)
{
    struct slot *parent;
    unsigned side;
    return search(key, &parent, &side);
}

struct slot *mdb_node(struct slot *slot)
{
    return slot->level != 0 ? slot : mdb_find(&slot->cap);
}

struct slot *mdb_next(const struct slot *node)
{
    return tree_neighbour(node, 1);
}
struct slot *mdb_prev(const struct slot *node)
{
    return tree_neighbour(node, 0);
}

struct slot *mdb_first(unsigned space)
{
    struct slot *n = mdb_roots[space];
    while (n != NULL && n->child[0] != NULL)
        n = n->child[0];
    return n;
}

struct slot *mdb_before(unsigned space, uint64_t address)
{
    struct slot *n = mdb_roots[space], *found = NULL;
    while (n != NULL) {
        bool before = n->cap.base < address;
        if (before) found = n;
        n = n->child[before];
    }
    return found;
}

/* Is the range free because it lies between what was made last, from the same object, and what comes after that? */
static bool follows_recent(const struct cap *from, uint64_t low, uint64_t high)
{
    if (recent.made == NULL || recent.base != from->base || recent.bytes != from->bytes || recent.type != from->type)
        return false;
    if (cap_end(&recent.made->cap) > low) return false;
    if (high > recent.limit) {
        const struct slot *next = mdb_next(recent.made);
        recent.limit = next == NULL ? UINT64_MAX : next->cap.base;
    }
    return high <= recent.limit;
}

bool mdb_overlaps(struct slot *node, uint64_t low, uint64_t high, struct slot **last)
{
    if (follows_recent(&node->cap, low, high)) {
        *last = recent.made;
        return false;
    }
    /* The last node that begins below high and ends above low: this one, or one of this subtree. */
    struct slot *reaching = NULL, *below = NULL, *found = NULL;
    for (struct slot *n = mdb_roots[cap_space(&node->cap)]; n != NULL;) {
        struct slot *left = n->child[0];
        if (n->cap.base >= high) {
            n = left;
            continue;
        }
        if (cap_end(&n->cap) > low) {
            reaching = n;
            below = NULL;
        } else if (left != NULL && left->end > low) {
            below = left;
        }
        found = n;
        n = n->child[1];
    }
    *last = found;
    if (below == NULL) return reaching != node;
    for (;;) {
        if (below->child[1] != NULL && below->child[1]->end > low)
            below = below->child[1];
        else if (cap_end(&below->cap) > low)
            return below != node;
        else
            below = below->child[0];
    }
}
