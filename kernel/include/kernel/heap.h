/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A leftist heap with parent links: smallest key first, insert and remove of any
 * element in O(log n) worst case, no memory of its own. Holds the deadlines.
 */
#ifndef KERNEL_HEAP_H
#define KERNEL_HEAP_H

#include <stdbool.h>
#include <stdint.h>

struct heap_node {
    struct heap_node *left;
    struct heap_node *right;
    struct heap_node *parent;
    uint64_t key;
    uint32_t rank; /* length of the path to the nearest missing child; 0: not in a heap */
};

struct heap {
    struct heap_node *root; /* the smallest key; 0: empty */
};

/* Insert a node that is in no heap. */
void heap_insert(struct heap *heap, struct heap_node *node, uint64_t key);
/* Remove a node that is in this heap. */
void heap_remove(struct heap *heap, struct heap_node *node);

static inline bool heap_contains(const struct heap_node *node)
{
    return node->rank != 0;
}

#endif
