/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Leftist heap: in every node the left child's rank is at least the right one's, so the right spine has at
 * most log2(n + 1) nodes, and merging walks right spines only.
 */
#include <kernel/heap.h>
#include <stddef.h>

static uint32_t rank_of(const struct heap_node *node)
{
    return node == NULL ? 0 : node->rank;
}

static void swap_children(struct heap_node *node)
{
    struct heap_node *left = node->left;
    node->left = node->right;
    node->right = left;
}

/* Restore ranks from `node` upwards. Stops where nothing changes: at most log2(n) nodes change. */
static void rank_fix(struct heap_node *node)
{
    while (node != NULL) {
        if (rank_of(node->left) < rank_of(node->right)) {
            swap_children(node);
        }
        uint32_t rank = rank_of(node->right) + 1;
        if (rank == node->rank) {
            break;
        }
        node->rank = rank;
        node = node->parent;
    }
}

static struct heap_node *heap_merge(struct heap_node *a, struct heap_node *b)
{
    if (a == NULL || b == NULL) {
        return a == NULL ? b : a;
    }
    if (b->key < a->key) {
        struct heap_node *other = a;
        a = b;
        b = other;
    }
    a->right = heap_merge(a->right, b);
    a->right->parent = a;
    if (rank_of(a->left) < rank_of(a->right)) {
        swap_children(a);
    }
    a->rank = rank_of(a->right) + 1;
    return a;
}

void heap_insert(struct heap *heap, struct heap_node *node, uint64_t key)
{
    *node = (struct heap_node){.key = key, .rank = 1};
    heap->root = heap_merge(heap->root, node);
    heap->root->parent = NULL;
}

void heap_remove(struct heap *heap, struct heap_node *node)
{
    struct heap_node *parent = node->parent;
    struct heap_node *rest = heap_merge(node->left, node->right);
    if (rest != NULL) {
        rest->parent = parent;
    }
    if (parent == NULL) {
        heap->root = rest;
    } else if (parent->left == node) {
        parent->left = rest;
    } else {
        parent->right = rest;
    }
    rank_fix(parent);
    *node = (struct heap_node){.rank = 0};
}
