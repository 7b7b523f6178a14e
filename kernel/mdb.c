/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The mapping database: a balanced tree per space with parent pointers, whose nodes also know the highest end in their
 * subtree, and a ring of copies at each node. Nothing else touches the links of a slot.
 *
 * The trees are weak AVL trees (Haeupler, Sen, Tarjan: Rank-Balanced Trees): a node's level, its rank, is one or two above
 * each child's, and a leaf's is 1. Insertions and removals in any mixture change O(1) levels each on average, so what
 * comes and goes at one place costs a few nodes, however large the tree is.
 */
#include <kernel/assert.h>
#include <kernel/mdb.h>

struct mdb_counts mdb_counts;

static struct slot *roots[CAP_SPACE_COUNT];

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

static uint64_t cap_hash(const struct cap *cap)
{
    const uint64_t odd = 0x9e3779b97f4a7c15;
    uint64_t h = cap->type | (uint64_t)cap->minor << 8 | (uint64_t)cap->rights << 16;
    h = (h << 40 ^ cap->base) * odd;
    h = ((h ^ h >> 32) + cap->bytes) * odd;
    h = ((h ^ h >> 32) + cap->badge) * odd;
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
    slot->cap.kind = 0;
    slot->cap.bytes = 0;
    slot->level = 0;
    slot->generation++;
}

/* Tree ------------------------------------------------------------------------------------------- */

static uint32_t level_of(const struct slot *n)
{
    return n ? n->level : 0;
}

static bool is_leaf(const struct slot *n)
{
    return n->child[0] == NULL && n->child[1] == NULL;
}

/* The highest end at and below n, from the children. */
static inline uint64_t end_below(const struct slot *n)
{
    const struct slot *l = n->child[0], *r = n->child[1];
    uint64_t end = cap_end(&n->cap);
    if (l != NULL && l->end > end) end = l->end;
    if (r != NULL && r->end > end) end = r->end;
    return end;
}

/* n's end, or what is below it, has changed. */
static void ends_restore(struct slot *n)
{
    for (; n != NULL; n = n->parent) {
        uint64_t end = end_below(n);
        if (end == n->end) return;
        n->end = end;
    }
}

/* `now` takes the place that `old` has at its parent. */
static void hang(struct slot *parent, const struct slot *old, struct slot *now, unsigned space)
{
    if (parent != NULL)
        parent->child[parent->child[1] == old] = now;
    else
        roots[space] = now;
    if (now != NULL) now->parent = parent;
}

/* n goes down to `side`, its other child takes its place. Levels are the caller's. */
static void rotate(struct slot *n, int side)
{
    struct slot *up = n->child[!side];
    hang(n->parent, n, up, cap_space(&n->cap));
    n->child[!side] = up->child[side];
    if (n->child[!side] != NULL) n->child[!side]->parent = n;
    up->child[side] = n;
    n->parent = up;
    up->end = n->end;
    n->end = end_below(n);
}

/*
 * n's child on the `heavy` side, a subtree that has been hung there, is higher than n itself: it takes n's place, and n
 * goes down its inner edge to where it finds a subtree no higher than its light child.
 */
static void sink(struct slot *n, int heavy)
{
    struct slot *light = n->child[!heavy], *at = n->child[heavy];
    hang(n->parent, n, at, cap_space(&n->cap));
    while (level_of(at->child[!heavy]) > level_of(light))
        at = at->child[!heavy];
    n->child[heavy] = at->child[!heavy];
    if (n->child[heavy] != NULL) n->child[heavy]->parent = n;
    at->child[!heavy] = n;
    n->parent = at;
    n->level = level_of(light) + 1;
    n->end = end_below(n);
}

/* n is new or has risen by a level, or is a whole new subtree: restore the levels above it, up to `stop`. */
static void risen(struct slot *n, const struct slot *stop)
{
    for (struct slot *p = n->parent; p != stop && p->level <= n->level; p = n->parent) {
        int side = p->child[1] == n;
        if (p->level < n->level) {
            struct slot *above = p->parent;
            int side_above = above != NULL && above->child[1] == p;
            sink(p, side);
            for (struct slot *q = p->parent; q != above; q = q->parent)
                q->end = end_below(q);
            risen(p, above); /* once: no subtree hangs there */
            if (above == NULL) return;
            n = above->child[side_above];
            continue;
        }
        struct slot *inner = n->child[!side];
        if (p->level - level_of(p->child[!side]) == 1) {
            p->level++;
            n = p;
        } else if (n->level - level_of(inner) == 2) {
            rotate(p, !side);
            p->level--;
            return;
        } else if (n->level - level_of(n->child[side]) == 1) {
            rotate(p, !side); /* only the top of a new subtree is so even */
            n->level++;
        } else {
            rotate(n, side);
            rotate(p, !side);
            inner->level++;
            n->level--;
            p->level--;
            return;
        }
    }
}

/* A child of p has sunk by a level, or is gone: restore the levels from p upwards. */
static void sunk(struct slot *p)
{
    if (p != NULL && p->level == 2 && is_leaf(p)) {
        p->level = 1;
        p = p->parent;
    }
    while (p != NULL) {
        int side = p->level - level_of(p->child[1]) > 2;
        if (!side && p->level - level_of(p->child[0]) <= 2) return;
        struct slot *other = p->child[!side], *inner = other->child[side];
        if (p->level - other->level == 2) {
            p->level--;
        } else if (other->level - level_of(other->child[!side]) == 1) {
            rotate(p, side);
            other->level++;
            p->level = is_leaf(p) ? 1 : p->level - 1;
            return;
        } else if (other->level - level_of(inner) == 2) {
            other->level--;
            p->level--;
        } else {
            rotate(other, !side);
            rotate(p, side);
            inner->level += 2;
            other->level--;
            p->level -= 2;
            return;
        }
        p = p->parent;
    }
}

/* A new node or subtree hangs at its place. */
static void grown(struct slot *n)
{
    for (struct slot *p = n->parent; p != NULL && p->end < n->end; p = p->parent)
        p->end = n->end;
    risen(n, NULL);
}

/* Find the key, or the place (parent and side) where it belongs. */
static struct slot *search(const struct cap *key, struct slot **parent, unsigned *side)
{
    struct slot *n = roots[cap_space(key)], *p = NULL;
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

/* Does the key belong directly after the hint, which stands before it? */
static inline bool is_beside(const struct cap *key, struct slot *hint)
{
    assert(key_compare(&hint->cap, key) < 0);
    struct slot *next = mdb_next(hint);
    return next == NULL || key_compare(key, &next->cap) < 0;
}

/* The place of what does. */
static inline struct slot *place_beside(struct slot *hint, unsigned *side)
{
    *side = hint->child[1] == NULL;
    return *side ? hint : mdb_next(hint);
}

/* The tree takes `now` in the place of a node that was as `was` and lay at `old`. */
static void transplant(struct slot *now, const struct slot *old, const struct slot *was, unsigned space)
{
    for (int side = 0; side < 2; side++) {
        now->child[side] = was->child[side];
        if (now->child[side] != NULL) now->child[side]->parent = now;
    }
    now->level = was->level;
    now->end = was->end;
    hang(was->parent, old, now, space);
}

static void unlink_node(struct slot *n)
{
    unsigned space = cap_space(&n->cap);
    struct slot *fix = n->parent, *heir = NULL;
    if (n->child[0] == NULL || n->child[1] == NULL) {
        hang(fix, n, n->child[n->child[0] == NULL], space);
    } else {
        heir = n->child[1];
        while (heir->child[0] != NULL)
            heir = heir->child[0];
        fix = heir->parent == n ? heir : heir->parent;
        hang(heir->parent, heir, heir->child[1], space);
        transplant(heir, n, n, space);
    }
    ends_restore(fix);
    if (heir != fix) ends_restore(heir);
    sunk(fix);
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
    struct slot *parent = NULL;
    unsigned side = 0;
    count_in(&slot->cap);
    if (hint != NULL && is_beside(&slot->cap, hint)) {
        parent = place_beside(hint, &side);
    } else {
        struct slot *same = search(&slot->cap, &parent, &side);
        if (same != NULL) {
            ring_join(slot, same);
            return;
        }
    }
    mdb_counts.nodes++;
    ring_alone(slot);
    slot->child[0] = slot->child[1] = NULL;
    slot->parent = parent;
    slot->level = 1;
    slot->end = cap_end(&slot->cap);
    if (parent != NULL)
        parent->child[side] = slot;
    else
        roots[cap_space(&slot->cap)] = slot;
    grown(slot);
}

/* A subtree of new nodes in a row. */
static struct slot *grow(struct slot *slots, unsigned count)
{
    unsigned half = count / 2;
    struct slot *n = slots + half, *child;
    ring_alone(n);
    n->child[0] = n->child[1] = NULL;
    if (half != 0) {
        child = n->child[0] = grow(slots, half);
        child->parent = n;
    }
    if (count - half > 1) {
        child = n->child[1] = grow(n + 1, count - half - 1);
        child->parent = n;
    }
    n->level = level_of(n->child[0]) + 1; /* the right half has as many nodes or one less */
    n->end = end_below(n);
    count_in(&n->cap);
    return n;
}

void mdb_insert_run(struct slot *slots, unsigned count, struct slot *hint)
{
    unsigned side;
    assert(is_beside(&slots[0].cap, hint) && is_beside(&slots[count - 1].cap, hint));
    struct slot *parent = place_beside(hint, &side), *top = grow(slots, count);
    mdb_counts.nodes += count;
    top->parent = parent;
    parent->child[side] = top;
    grown(top);
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
    if (src->level != 0) transplant(dst, src, src, cap_space(&dst->cap));
    slot_empty(src);
}

void mdb_remove(struct slot *slot)
{
    count_out(&slot->cap);
    if (mdb_is_last(slot)) {
        unlink_node(slot);
        mdb_counts.nodes--;
    } else {
        struct slot *heir = slot->next;
        heir->prev = slot->prev;
        slot->prev->next = heir;
        if (slot->level != 0) transplant(heir, slot, slot, cap_space(&slot->cap));
    }
    slot_empty(slot);
}

void mdb_replace(struct slot *freed, const struct cap *cap, struct slot *slot)
{
    assert(mdb_is_last(slot) && slot->level != 0);
    struct slot was = *slot;
    count_out(&was.cap);
    slot_empty(slot);
    freed->cap = *cap;
    freed->holder = NULL;
    ring_alone(freed);
    transplant(freed, slot, &was, cap_space(cap));
    count_in(cap);
    ends_restore(freed);
}

void mdb_resize(struct slot *node, uint64_t bytes)
{
    assert(mdb_is_last(node));
    count_out(&node->cap);
    node->cap.bytes = bytes;
    count_in(&node->cap);
    ends_restore(node);
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

static struct slot *neighbour(const struct slot *n, int side)
{
    struct slot *c = n->child[side];
    if (c != NULL) {
        while (c->child[!side] != NULL)
            c = c->child[!side];
        return c;
    }
    struct slot *p = n->parent;
    while (p != NULL && p->child[side] == n) {
        n = p;
        p = n->parent;
    }
    return p;
}

struct slot *mdb_next(const struct slot *node)
{
    return neighbour(node, 1);
}
struct slot *mdb_prev(const struct slot *node)
{
    return neighbour(node, 0);
}

struct slot *mdb_first(unsigned space)
{
    struct slot *n = roots[space];
    while (n != NULL && n->child[0] != NULL)
        n = n->child[0];
    return n;
}

struct slot *mdb_before(unsigned space, uint64_t address)
{
    struct slot *n = roots[space], *found = NULL;
    while (n != NULL) {
        bool before = n->cap.base < address;
        if (before) found = n;
        n = n->child[before];
    }
    return found;
}

bool mdb_overlaps(struct slot *node, uint64_t low, uint64_t high, struct slot **last)
{
    /* The last node that begins below high and ends above low: this one, or one of this subtree. */
    struct slot *reaching = NULL, *below = NULL, *found = NULL;
    for (struct slot *n = roots[cap_space(&node->cap)]; n != NULL;) {
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
