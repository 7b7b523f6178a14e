/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The nodes of the tree that was opened, with their parents and phandles: libfdt answers both by walking the tree from its start,
 * once for every question. What does not fit here is asked of libfdt.
 */
#include "internal.h"
#include <string.h>

#define NODES_MAX 1024

struct entry {
    int node, parent;
    uint32_t phandle; /* 0: none */
};

static struct {
    const void *tree;
    bool all; /* every node is here */
    unsigned count;
    struct entry entry[NODES_MAX]; /* in order */
} nodes;

/* A property at `offset` that is a cell and called phandle; 0: it is not. */
static uint32_t phandle_at(const void *tree, int offset)
{
    int bytes;
    const struct fdt_property *property = fdt_get_property_by_offset(tree, offset, &bytes);
    if (property == NULL || bytes != 4) {
        return 0;
    }
    const char *name = fdt_string(tree, (int)fdt32_ld(&property->nameoff));
    bool is_it = name != NULL && (strcmp(name, "phandle") == 0 || strcmp(name, "linux,phandle") == 0);
    return is_it ? fdt32_ld((const fdt32_t *)property->data) : 0;
}

/* false: no room, or too deep. */
static bool node_begin(int node, unsigned *depth, unsigned above[DT_DEPTH_MAX])
{
    if (nodes.count == NODES_MAX || *depth == DT_DEPTH_MAX) {
        return false;
    }
    int parent = *depth == 0 ? -FDT_ERR_NOTFOUND : nodes.entry[above[*depth - 1]].node;
    above[(*depth)++] = nodes.count;
    nodes.entry[nodes.count++] = (struct entry){.node = node, .parent = parent};
    return true;
}

void dt_index_make(const void *tree)
{
    unsigned above[DT_DEPTH_MAX], depth = 0;
    int offset = 0, next;
    nodes.tree = tree;
    nodes.all = false;
    nodes.count = 0;
    for (uint32_t tag; (tag = fdt_next_tag(tree, offset, &next)) != FDT_END; offset = next) {
        if (tag == FDT_BEGIN_NODE && !node_begin(offset, &depth, above)) {
            return;
        }
        if (tag == FDT_END_NODE && depth-- == 0) {
            return;
        }
        if (tag == FDT_PROP && depth > 0) {
            uint32_t phandle = phandle_at(tree, offset);
            if (phandle != 0) nodes.entry[above[depth - 1]].phandle = phandle;
        }
    }
    nodes.all = next >= 0;
}

void dt_index_drop(void)
{
    nodes.tree = NULL;
}

/* NULL: it is not here. */
static const struct entry *entry_of(const void *tree, int node)
{
    unsigned low = 0, high = nodes.tree == tree ? nodes.count : 0;
    while (low < high) {
        unsigned middle = (low + high) / 2;
        if (nodes.entry[middle].node == node) {
            return &nodes.entry[middle];
        }
        if (nodes.entry[middle].node < node) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return NULL;
}

int dt_parent(const void *tree, int node)
{
    const struct entry *entry = entry_of(tree, node);
    return entry != NULL ? entry->parent : fdt_parent_offset(tree, node);
}

int dt_by_phandle(const void *tree, uint32_t phandle)
{
    for (unsigned i = 0; nodes.tree == tree && phandle != 0 && i < nodes.count; i++) {
        if (nodes.entry[i].phandle == phandle) {
            return nodes.entry[i].node;
        }
    }
    return nodes.tree == tree && nodes.all ? -FDT_ERR_NOTFOUND : fdt_node_offset_by_phandle(tree, phandle);
}

err_t dt_next(const void *tree, int *node)
{
    const struct entry *entry = entry_of(tree, *node);
    if (entry != NULL && entry + 1 < nodes.entry + nodes.count) {
        *node = entry[1].node;
        return ERR_OK;
    }
    if (entry != NULL && nodes.all) {
        return ERR_NOT_FOUND;
    }
    int next = fdt_next_node(tree, *node, NULL);
    if (next < 0) {
        return ERR_NOT_FOUND;
    }
    *node = next;
    return ERR_OK;
}
