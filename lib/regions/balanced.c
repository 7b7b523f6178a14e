/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The weak AVL tree: a node's level is one or two above each child's, and a leaf's is 1. A node comes or goes with
 * O(log n) renewals and at most two rotations; nothing recurses but the check.
 */
#include <regions/balanced.h>

static uint64_t level_of(const struct tree_node *node)
{
    return node ? node->level : 0;
}

static bool is_leaf(const struct tree_node *node)
{
    return !node->child[0] && !node->child[1];
}

static bool renew(struct balanced *tree, struct tree_node *node)
{
    return tree->renew && tree->renew(node);
}

/* `now` takes the place that `old` has at its parent. */
static void hang(struct balanced *tree, struct tree_node *parent, const struct tree_node *old, struct tree_node *now)
{
    if (parent) {
        parent->child[parent->child[1] == old] = now;
    } else {
        tree->root = now;
    }
    if (now) now->parent = parent;
}

void balanced_moved(struct balanced *tree, const struct tree_node *old, struct tree_node *now)
{
    hang(tree, now->parent, old, now);
    if (now->child[0]) now->child[0]->parent = now;
    if (now->child[1]) now->child[1]->parent = now;
}

/* `node` goes down to `side`, its other child takes its place. Levels are the caller's. */
static void rotate(struct balanced *tree, struct tree_node *node, int side)
{
    struct tree_node *up = node->child[!side];
    hang(tree, node->parent, node, up);
    node->child[!side] = up->child[side];
    if (node->child[!side]) node->child[!side]->parent = node;
    up->child[side] = node;
    node->parent = up;
    renew(tree, node);
    renew(tree, up);
}

/* `node` is new or has risen by a level. */
static void risen(struct balanced *tree, struct tree_node *node)
{
    for (struct tree_node *p = node->parent; p && p->level == node->level; p = node->parent) {
        int side = p->child[1] == node;
        struct tree_node *inner = node->child[!side];
        if (p->level - level_of(p->child[!side]) == 1) {
            p->level++;
            node = p;
        } else if (node->level - level_of(inner) == 2) {
            rotate(tree, p, !side);
            p->level--;
            return;
        } else {
            rotate(tree, node, side);
            rotate(tree, p, !side);
            inner->level++;
            node->level--;
            p->level--;
            return;
        }
    }
}

/* A child of `p` has sunk by a level, or is gone. */
static void sunk(struct balanced *tree, struct tree_node *p)
{
    if (p && p->level == 2 && is_leaf(p)) {
        p->level = 1;
        p = p->parent;
    }
    for (; p; p = p->parent) {
        int side = p->level - level_of(p->child[1]) > 2;
        if (!side && p->level - level_of(p->child[0]) <= 2) return;
        struct tree_node *other = p->child[!side];
        struct tree_node *inner = other->child[side];
        if (p->level - other->level == 2) {
            p->level--;
        } else if (other->level - level_of(other->child[!side]) == 1) {
            rotate(tree, p, side);
            other->level++;
            p->level = is_leaf(p) ? 1 : p->level - 1;
            return;
        } else if (other->level - level_of(inner) == 2) {
            other->level--;
            p->level--;
        } else {
            rotate(tree, other, !side);
            rotate(tree, p, side);
            inner->level += 2;
            other->level--;
            p->level -= 2;
            return;
        }
    }
}

void balanced_renew(struct balanced *tree, struct tree_node *node)
{
    while (node && renew(tree, node))
        node = node->parent;
}

void balanced_insert(struct balanced *tree, struct tree_node *parent, int side, struct tree_node *node)
{
    *node = (struct tree_node){.parent = parent, .level = 1};
    if (parent) {
        parent->child[side] = node;
    } else {
        tree->root = node;
    }
    renew(tree, node);
    balanced_renew(tree, parent);
    risen(tree, node);
}

void balanced_remove(struct balanced *tree, struct tree_node *node)
{
    struct tree_node *fix = node->parent;
    struct tree_node *heir = 0;
    if (!node->child[0] || !node->child[1]) {
        hang(tree, fix, node, node->child[!node->child[0]]);
    } else {
        heir = node->child[1];
        while (heir->child[0])
            heir = heir->child[0];
        fix = heir->parent == node ? heir : heir->parent;
        hang(tree, heir->parent, heir, heir->child[1]);
        for (int side = 0; side < 2; side++) {
            heir->child[side] = node->child[side];
            if (heir->child[side]) heir->child[side]->parent = heir;
        }
        heir->level = node->level;
        hang(tree, node->parent, node, heir);
    }
    node->level = 0;
    /* What the heir knew was about another subtree, so up to it there is no stopping. */
    bool stale = heir;
    for (struct tree_node *p = fix; tree->renew && p; p = p->parent) {
        bool same = !tree->renew(p);
        if (same && !stale) break;
        if (p == heir) stale = false;
    }
    sunk(tree, fix);
}

struct tree_node *balanced_neighbour(const struct tree_node *node, int side)
{
    struct tree_node *child = node->child[side];
    if (child) {
        while (child->child[!side])
            child = child->child[!side];
        return child;
    }
    struct tree_node *p = node->parent;
    while (p && p->child[side] == node) {
        node = p;
        p = node->parent;
    }
    return p;
}

struct tree_node *balanced_end(const struct balanced *tree, int side)
{
    struct tree_node *node = tree->root;
    while (node && node->child[side])
        node = node->child[side];
    return node;
}

static bool subtree_check(const struct tree_node *node)
{
    for (int side = 0; side < 2; side++) {
        const struct tree_node *child = node->child[side];
        uint64_t difference = node->level - level_of(child);
        if (difference < 1 || difference > 2) return false;
        if (child && (child->parent != node || !subtree_check(child))) return false;
    }
    return !is_leaf(node) || node->level == 1;
}

bool balanced_check(const struct balanced *tree)
{
    return !tree->root || (!tree->root->parent && subtree_check(tree->root));
}
