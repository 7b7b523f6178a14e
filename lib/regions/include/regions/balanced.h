/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A balanced binary tree of nodes that lie in their owner's records: a weak AVL tree (Haeupler, Sen, Tarjan:
 * Rank-Balanced Trees) with parent links. It knows no keys: its owner says where a new node hangs. An owner may keep in
 * each node something about the whole subtree; `renew` makes it again from the node and its children.
 */
#ifndef REGIONS_BALANCED_H
#define REGIONS_BALANCED_H

#include <stdbool.h>
#include <abi/types.h>

struct tree_node {
    struct tree_node *child[2];
    struct tree_node *parent;
    uint64_t level; /* a leaf's is 1, that of a node in no tree 0 */
};

struct balanced {
    struct tree_node *root;
    bool (*renew)(struct tree_node *node); /* true: it has changed; 0: nothing is kept */
};

/* Hang `node` on the empty `side` of `parent`; 0: the tree is empty. */
void balanced_insert(struct balanced *tree, struct tree_node *parent, int side, struct tree_node *node);
void balanced_remove(struct balanced *tree, struct tree_node *node);
/* The node at `old` is at `now`, a copy of it, from now on. */
void balanced_moved(struct balanced *tree, const struct tree_node *old, struct tree_node *now);
/* What a node itself contributes has changed. */
void balanced_renew(struct balanced *tree, struct tree_node *node);
/* The neighbour in order: side 1 the next, 0 the previous; 0: there is none. */
struct tree_node *balanced_neighbour(const struct tree_node *node, int side);
/* The first (side 0) or last (1) node. */
struct tree_node *balanced_end(const struct balanced *tree, int side);
/* Do levels and parents fit? For tests. */
bool balanced_check(const struct balanced *tree);

#endif
