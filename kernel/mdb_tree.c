/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The balanced trees inside the MDB, with parent pointers, whose nodes also know the highest end in their subtree.
 *
 * They are weak AVL trees (Haeupler, Sen, Tarjan: Rank-Balanced Trees): a node's level, its rank, is one or two above
 * each child's, and a leaf's is 1. Insertions and removals in any mixture change O(1) levels each on average, so what
 * comes and goes at one place costs a few nodes, however large the tree is.
 */
#include <kernel/compiler.h>
#include <kernel/mdb_tree.h>

struct slot *mdb_roots[CAP_SPACE_COUNT];

static uint32_t level_of(const struct slot *n)
{
    return n ? n->level : 0;
}

static bool is_leaf(const struct slot *n)
{
    return n->child[0] == NULL && n->child[1] == NULL;
}

/* The highest end at and below n, from the children. */
static uint64_t end_below(const struct slot *n)
{
    const struct slot *l = n->child[0], *r = n->child[1];
    uint64_t end = cap_end(&n->cap);
    if (l != NULL && l->end > end) end = l->end;
    if (r != NULL && r->end > end) end = r->end;
    return end;
}

void tree_end_changed(struct slot *n)
{
    for (; n != NULL; n = n->parent) {
        uint64_t end = end_below(n);
        if (end == n->end) return;
        n->end = end;
    }
}

/* `now` (or NULL) takes the place that `old` has at its parent. `any` is of the same space. */
static void hang(struct slot *parent, const struct slot *old, struct slot *now, const struct slot *any)
{
    if (parent != NULL)
        parent->child[parent->child[1] == old] = now;
    else
        mdb_roots[cap_space(&any->cap)] = now;
    if (now != NULL) now->parent = parent;
}

/* n goes down to `side`, its other child takes its place. Levels are the caller's. */
static void rotate(struct slot *n, unsigned side)
{
    struct slot *up = n->child[side ^ 1], *inner = up->child[side];
    hang(n->parent, n, up, n);
    n->child[side ^ 1] = inner;
    if (inner != NULL) inner->parent = n;
    up->child[side] = n;
    n->parent = up;
    up->end = n->end;
    n->end = end_below(n);
}

/*
 * n's child on the `heavy` side, a subtree that has been hung there, is higher than n itself: it takes n's place, and n
 * goes down its inner edge to where it finds a subtree no higher than its light child.
 */
static void sink(struct slot *n, unsigned heavy)
{
    struct slot *light = n->child[!heavy], *at = n->child[heavy];
    hang(n->parent, n, at, n);
    while (level_of(at->child[!heavy]) > level_of(light))
        at = at->child[!heavy];
    n->child[heavy] = at->child[!heavy];
    if (n->child[heavy] != NULL) n->child[heavy]->parent = n;
    at->child[!heavy] = n;
    n->parent = at;
    n->level = level_of(light) + 1;
    n->end = end_below(n);
}

static void risen(struct slot *n, const struct slot *stop);

/* n, a whole new subtree, is higher than its parent p. Gives the subtree that is in p's place then. */
static OUT_OF_LINE struct slot *risen_above(struct slot *p, unsigned side)
{
    struct slot *above = p->parent, *at = p->child[side];
    sink(p, side);
    for (struct slot *q = p->parent; q != above; q = q->parent)
        q->end = end_below(q);
    risen(p, above); /* once: no subtree hangs there */
    while (at->parent != above)
        at = at->parent;
    return at;
}

/* n is new or has risen by a level, or is a whole new subtree: restore the levels above it, up to `stop`. */
static void risen(struct slot *n, const struct slot *stop)
{
    for (struct slot *p = n->parent; p != stop && p->level <= n->level; p = n->parent) {
        unsigned side = p->child[1] == n;
        struct slot *inner = n->child[!side];
        if (p->level < n->level) {
            n = risen_above(p, side);
        } else if (p->level - level_of(p->child[!side]) == 1) {
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

void tree_single(struct slot *n)
{
    n->child[0] = n->child[1] = n->parent = NULL;
    n->level = 1;
    n->end = cap_end(&n->cap);
}

struct slot *tree_of_run(struct slot *slots, unsigned count)
{
    unsigned half = count / 2;
    struct slot *n = slots + half, *child;
    tree_single(n);
    if (half != 0) {
        child = n->child[0] = tree_of_run(slots, half);
        child->parent = n;
    }
    if (count - half > 1) {
        child = n->child[1] = tree_of_run(n + 1, count - half - 1);
        child->parent = n;
    }
    n->level = level_of(n->child[0]) + 1; /* the right half has as many nodes or one less */
    n->end = end_below(n);
    return n;
}

void tree_hang(struct slot *n, struct slot *parent, unsigned side)
{
    n->parent = parent;
    if (parent == NULL) {
        mdb_roots[cap_space(&n->cap)] = n;
        return;
    }
    parent->child[side] = n;
    for (struct slot *p = parent; p != NULL && p->end < n->end; p = p->parent)
        p->end = n->end;
    if (parent->level <= n->level) risen(n, NULL);
}

void tree_replace(struct slot *now, const struct slot *old, const struct slot *was)
{
    for (unsigned side = 0; side < 2; side++) {
        now->child[side] = was->child[side];
        if (now->child[side] != NULL) now->child[side]->parent = now;
    }
    now->level = was->level;
    now->end = was->end;
    hang(was->parent, old, now, now);
}

void tree_remove(struct slot *n)
{
    struct slot *fix = n->parent, *heir = NULL;
    if (n->child[0] == NULL || n->child[1] == NULL) {
        hang(fix, n, n->child[n->child[0] == NULL], n);
    } else {
        heir = n->child[1];
        while (heir->child[0] != NULL)
            heir = heir->child[0];
        fix = heir->parent == n ? heir : heir->parent;
        hang(heir->parent, heir, heir->child[1], n);
        tree_replace(heir, n, n);
    }
    tree_end_changed(fix);
    if (heir != fix) tree_end_changed(heir);
    sunk(fix);
}

struct slot *tree_neighbour(const struct slot *n, unsigned side)
{
    struct slot *c = n->child[side];
    if (c != NULL) {
        while (c->child[side ^ 1] != NULL)
            c = c->child[side ^ 1];
        return c;
    }
    struct slot *p;
    const struct slot *below;
    do {
        below = n;
        n = p = n->parent;
    } while (p != NULL && p->child[side] == below);
    return p;
}
