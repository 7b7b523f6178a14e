/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The mapping database: a height-balanced tree per space with parent pointers, whose nodes also know the highest end in their
 * subtree, and a ring of copies at each node. Nothing else touches the links of a slot.
 * The tree is changed from a leaf upwards and the walk stops where a subtree looks as before, so
 * that an insertion beside a known neighbour costs a few nodes, however large the tree is.
 */
#include <kernel/assert.h>
#include <kernel/mdb.h>

/* How much higher one side may be. With the usual 1, what is inserted and removed again and again at one place would
 * turn the tree to and fro; 2 costs a tenth of a level on average. */
#define LEAN_MAX 2

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

/* Level and end as the children have them; the result is how far it leans to the left. */
static inline int measure(const struct slot *n, uint32_t *level, uint64_t *end)
{
    const struct slot *l = n->child[0], *r = n->child[1];
    uint32_t left = 0, right = 0;
    *end = cap_end(&n->cap);
    if (l != NULL) {
        left = l->level;
        if (l->end > *end) *end = l->end;
    }
    if (r != NULL) {
        right = r->level;
        if (r->end > *end) *end = r->end;
    }
    *level = 1 + (left > right ? left : right);
    return (int)left - (int)right;
}

static void update(struct slot *n)
{
    measure(n, &n->level, &n->end);
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

/* n goes down to `side`, its other child comes up and is returned. */
static struct slot *rotate(struct slot *n, int side)
{
    struct slot *up = n->child[!side];
    hang(n->parent, n, up, cap_space(&n->cap));
    n->child[!side] = up->child[side];
    if (n->child[!side] != NULL) n->child[!side]->parent = n;
    up->child[side] = n;
    n->parent = up;
    update(n);
    update(up);
    return up;
}

/* The subtree at n leans too far: the result, in its place, does not. */
static struct slot *straighten(struct slot *n, int lean)
{
    int heavy = lean < 0;
    struct slot *c = n->child[heavy];
    if (level_of(c->child[!heavy]) > level_of(c->child[heavy])) rotate(c, heavy);
    return rotate(n, !heavy);
}

/*
 * n's child on the `heavy` side is much higher than the other, because a whole subtree has been hung there: it takes n's
 * place, and n goes down its inner edge, to where it finds a subtree about as high as its light child. The result is n's
 * parent there, one of whose children has grown by a level at most; all above it is as it was.
 */
static struct slot *sink(struct slot *n, int heavy)
{
    struct slot *light = n->child[!heavy], *at = n->child[heavy];
    hang(n->parent, n, at, cap_space(&n->cap));
    while (level_of(at->child[!heavy]) > level_of(light) + 1)
        at = at->child[!heavy];
    n->child[heavy] = at->child[!heavy];
    if (n->child[heavy] != NULL) n->child[heavy]->parent = n;
    at->child[!heavy] = n;
    n->parent = at;
    update(n);
    return at;
}

/* Something below n, or n itself, has changed: restore balance, levels and ends upwards, but not at `stop`. */
static void rebalance_below(struct slot *n, const struct slot *stop)
{
    while (n != stop) {
        uint32_t level, old_level = n->level;
        uint64_t end, old_end = n->end;
        int lean = measure(n, &level, &end);
        if (__builtin_expect(lean > LEAN_MAX || lean < -LEAN_MAX, 0)) {
            if (lean > LEAN_MAX + 1 || lean < -LEAN_MAX - 1) {
                struct slot *above = n->parent;
                rebalance_below(sink(n, lean < 0), above); /* once: nothing leans so far there */
                n = above;
                continue;
            }
            n = straighten(n, lean);
            level = n->level;
            end = n->end;
        } else {
            n->level = level;
            n->end = end;
        }
        if (level == old_level && end == old_end) return;
        n = n->parent;
    }
}

static void rebalance(struct slot *n)
{
    rebalance_below(n, NULL);
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

/* The same, without a search, if it belongs directly after the hint. */
static bool search_beside(const struct cap *key, struct slot *hint, struct slot **parent, unsigned *side)
{
    if (key_compare(&hint->cap, key) >= 0) return false;
    struct slot *next = mdb_next(hint);
    if (next != NULL && key_compare(key, &next->cap) >= 0) return false;
    *side = hint->child[1] == NULL;
    *parent = *side ? hint : next;
    return true;
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
    rebalance(fix);
    if (heir != fix) rebalance(heir);
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
    if (hint == NULL || !search_beside(&slot->cap, hint, &parent, &side)) {
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
    rebalance(parent);
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
    update(n);
    count_in(&n->cap);
    return n;
}

void mdb_insert_run(struct slot *slots, unsigned count, struct slot *hint)
{
    struct slot *parent;
    unsigned side;
    assert(mdb_next(hint) == NULL || key_compare(&slots[count - 1].cap, &mdb_next(hint)->cap) < 0);
    bool beside = search_beside(&slots[0].cap, hint, &parent, &side);
    assert(beside);
    (void)beside;
    struct slot *top = grow(slots, count);
    mdb_counts.nodes += count;
    top->parent = parent;
    parent->child[side] = top;
    rebalance(parent);
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
    rebalance(freed);
}

void mdb_resize(struct slot *node, uint64_t bytes)
{
    assert(mdb_is_last(node));
    count_out(&node->cap);
    node->cap.bytes = bytes;
    count_in(&node->cap);
    rebalance(node);
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

/* The last node before n in order whose end is above `low`, or NULL. */
static struct slot *last_reaching(const struct slot *n, uint64_t low)
{
    for (;;) {
        struct slot *c = n->child[0];
        if (c != NULL && c->end > low) {
            for (;;) {
                if (c->child[1] != NULL && c->child[1]->end > low)
                    c = c->child[1];
                else if (cap_end(&c->cap) > low)
                    return c;
                else
                    c = c->child[0];
            }
        }
        struct slot *p = n->parent;
        while (p != NULL && p->child[0] == n) {
            n = p;
            p = n->parent;
        }
        if (p == NULL || cap_end(&p->cap) > low) return p;
        n = p;
    }
}

bool mdb_overlaps(struct slot *node, uint64_t low, uint64_t high, struct slot **last)
{
    struct slot *n = mdb_before(cap_space(&node->cap), high);
    *last = n;
    if (n == node) return false;
    /* What stands after node and begins below high either ends above low itself, or something before it may. */
    return cap_end(&n->cap) > low || last_reaching(n, low) != node;
}
