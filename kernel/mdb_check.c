/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The MDB's self-check: order, balance, levels, ends, parent links, rings and counts of every tree. For
 * tests, and for kernels that are built with assertions.
 */
#include <kernel/mdb.h>

static bool in_order(const struct cap *a, const struct cap *b)
{
    if (a->base != b->base) return a->base < b->base;
    if (a->bytes != b->bytes) return a->bytes > b->bytes;
    if (a->type != b->type) return a->type < b->type;
    if (a->minor != b->minor) return a->minor < b->minor;
    if (a->badge != b->badge) return a->badge < b->badge;
    return a->type == CAP_MAPPING && a->creation < b->creation;
}

static const char *node_check(const struct slot *n)
{
    uint32_t level[2] = {0, 0};
    uint64_t end = cap_end(&n->cap);
    for (int side = 0; side < 2; side++) {
        const struct slot *c = n->child[side];
        if (c == NULL) continue;
        if (c->parent != n) return "a child has another parent";
        level[side] = c->level;
        if (c->end > end) end = c->end;
    }
    if (n->end != end) return "a node has the wrong end";
    for (int side = 0; side < 2; side++) {
        if (n->level <= level[side] || n->level > level[side] + 2) return "a node has a wrong level";
    }
    if (n->child[0] == NULL && n->child[1] == NULL && n->level != 1) return "a leaf has a wrong level";
    return NULL;
}

static const char *ring_check(const struct slot *n, uint64_t *caps)
{
    const struct slot *c = n;
    do {
        if (c->next->prev != c) return "a ring is broken";
        if (c != n && c->level != 0) return "a ring has two primaries";
        if (c->cap.type != n->cap.type || in_order(&c->cap, &n->cap) || in_order(&n->cap, &c->cap))
            return "a ring holds different objects";
        ++*caps;
        c = c->next;
    } while (c != n);
    return NULL;
}

const char *mdb_check(void)
{
    uint64_t nodes = 0, caps = 0;
    for (unsigned space = 0; space < CAP_SPACE_COUNT; space++) {
        const struct slot *before = NULL;
        for (const struct slot *n = mdb_first(space); n != NULL; n = mdb_next(n)) {
            if (n->cap.type == CAP_NULL || cap_space(&n->cap) != space) return "a node is in the wrong tree";
            if (before != NULL && !in_order(&before->cap, &n->cap)) return "nodes are out of order";
            const char *wrong = node_check(n);
            if (wrong == NULL) wrong = ring_check(n, &caps);
            if (wrong != NULL) return wrong;
            before = n;
            nodes++;
        }
    }
    return nodes != mdb_counts.nodes || caps != mdb_counts.caps ? "counts are wrong" : NULL;
}
