/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The tree that a predecessor left, in whatever state a kill found it: what was not done is put back, what has a name is a node, what has a
 * node's word is a block of it, and all else is free. So nothing leaks, and no file has half of what an operation was to do.
 *
 * Nothing is believed that could not have been written: a predecessor may have died of what it left. What makes no sense (directories that are in
 * each other, two entries of one name, a block in two places, a pointer to nowhere) is dropped and counted, with all that is beneath it; the
 * rest is gone on with.
 */
#include "files.h"
#include <string.h>

#define INDEX_MASK ((1u << CONTENT_INDEX_BITS) - 1)

/* What is known of a node's way up to the root; in `opens`, as long as nobody opens anything. */
enum {
    WAY_UNKNOWN,
    WAY_WALKED, /* just now: who meets it has gone round in a circle */
    WAY_ENDS,   /* at the root */
    WAY_LOST,   /* not there, or the node itself makes no sense: it goes, and its name with it */
    NAME_LOST   /* so it does, but what it has for a name is none, or another's */
};

static err_t problem; /* the first one that nothing can be done about now */
static uint32_t lost;
static bool doubles;

static void want(bool condition, err_t otherwise)
{
    if (!condition && problem == ERR_OK) problem = otherwise;
}

static bool is_node(const struct node *node)
{
    return record_is(node, BLOCK_NODES, BLOCK_NODES) && (node == files_state->root || node->name != NULL);
}

static bool is_root(const struct node *node)
{
    return node == files_state->root;
}

static bool name_is_sound(const char *name)
{
    return record_is(name, BLOCK_NAMES, BLOCK_KINDS - 1) && name[0] != 0 &&
           memchr(name, 0, record_bytes(name)) != NULL && strchr(name, '/') == NULL;
}

static bool content_is_sound(const struct node *node)
{
    const struct content *content = &node->content;
    return content->bytes <= FILE_BYTES_MAX && content->base_bytes <= content->bytes &&
           (content->base_bytes == 0 || blocks_ramdisk_has(content->base, content->base_bytes)) &&
           node_of_owner(content->owner) == node && (content->owner & INDEX_MASK) == 0;
}

static bool origin_is_sound(const char *origin)
{
    return origin == NULL || blocks_ramdisk_has_string(origin, FILE_NAME_MAX);
}

static bool root_is_sound(const struct node *root)
{
    return is_node(root) && node_is_directory(root) && root->parent == NULL && root->name == NULL &&
           root->origin == NULL && content_is_sound(root);
}

static bool node_is_sound(const struct node *node)
{
    bool typed = node_is_directory(node) || node_is_file(node) || (node->mode & MODE_TYPE) == MODE_DEVICE;
    return typed && node->parent != node && is_node(node->parent) && node_is_directory(node->parent) &&
           origin_is_sound(node->origin) && content_is_sound(node);
}

static void (*visitor)(struct node *node);

static void nodes_visit(void *block, uint64_t word)
{
    struct node *node;
    for (uint32_t n = 0; word == BLOCK_NODES && problem == ERR_OK && (node = record_at(block, n)) != NULL; n++) {
        if (is_node(node)) visitor(node);
    }
}

static void nodes_each(void (*visit)(struct node *node))
{
    visitor = visit;
    blocks_each(nodes_visit);
}

/* By itself, first. What is of the heap is gone. */
static void node_judge(struct node *node)
{
    struct content *content = &node->content;
    node->entry = NULL;
    node->count = node->room = 0;
    content->block = NULL;
    content->room = content->held = 0;
    node->opens = WAY_ENDS;
    if (is_root(node)) return;
    bool named = name_is_sound(node->name) && record_claim(node->name);
    node->opens = !named ? NAME_LOST : node_is_sound(node) ? WAY_UNKNOWN : WAY_LOST;
}

static void node_walk_up(struct node *node)
{
    struct node *at = node;
    for (; at->opens == WAY_UNKNOWN; at = at->parent)
        at->opens = WAY_WALKED;
    uint32_t found = at->opens == WAY_ENDS ? WAY_ENDS : WAY_LOST;
    for (at = node; at->opens == WAY_WALKED; at = at->parent)
        at->opens = found;
}

static void node_place(struct node *node)
{
    if (node->opens != WAY_ENDS || is_root(node)) return;
    err_t err = tree_attach(node);
    want(err != ERR_NO_MEMORY, err);
    if (err == ERR_OK || err == ERR_NO_MEMORY) return;
    node->opens = WAY_LOST; /* there is one of this name already, or there are too many */
    doubles = true;
}

static void node_doubt(struct node *node)
{
    if (node->opens == WAY_ENDS && !is_root(node)) node->opens = WAY_UNKNOWN;
}

static void node_settle(struct node *node)
{
    if (node->opens != WAY_ENDS) {
        files_free(node->entry, node->room * sizeof(struct node *));
        if (node->opens != NAME_LOST) record_release(node->name);
        node->name = NULL;
        KEPT_STEP();
        lost++;
        return;
    }
    node->opens = 0;
    records_keep(node);
    if (!is_root(node)) records_keep(node->name);
    want(files_reserve(record_bytes(node) + (is_root(node) ? 0 : record_bytes(node->name))), ERR_NO_MEMORY);
    files_memory.nodes++;
    if (files_state->last_number < node->number) files_state->last_number = node->number;
}

static void look(void *block, uint64_t word)
{
    if (word < BLOCK_KINDS) records_look(block);
}

static void block_attach(void *block, uint64_t word)
{
    struct node *node = node_of_owner(word);
    uint32_t index = word & INDEX_MASK;
    if (word < BLOCK_KINDS || problem != ERR_OK || !is_node(node) || !node_is_file(node)) return;
    struct content *content = &node->content;
    if (content->owner != (word & ~(uint64_t)INDEX_MASK) || (uint64_t)index * FILE_BLOCK >= content->bytes) return;
    if (index < content->room && content->block[index] != NULL) { /* which of the two is meant nobody knows */
        lost++;
        return;
    }
    want(content_attach(content, index, block) == ERR_OK, ERR_NO_MEMORY);
    if (problem == ERR_OK) blocks_keep(block);
}

static void node_finish(struct node *node)
{
    content_clear_beyond(&node->content);
}

static void finish(void *block, uint64_t word)
{
    if (word < BLOCK_KINDS) records_finish(block);
}

static void journal_finish(void)
{
    if (journal_is_sound(blocks_may_change)) {
        journal_undo();
    } else {
        journal_commit();
        lost++;
    }
}

/* All nodes that can be reached from the root are in their directories, and nothing else is a node. */
static void tree_find(void)
{
    doubles = false;
    blocks_each(look);
    nodes_each(node_judge);
    nodes_each(node_walk_up);
    nodes_each(node_place);
    if (doubles) { /* what is beneath them has gone with them */
        nodes_each(node_doubt);
        nodes_each(node_walk_up);
    }
    nodes_each(node_settle);
}

err_t files_recover(const struct store *store, uint64_t most, bool (*more)(uint64_t bytes), uint32_t *dropped)
{
    files_memory = (struct files_memory){.most = UINT64_MAX};
    problem = ERR_OK;
    *dropped = lost = 0;
    err_t err = blocks_begin(store, true);
    records_begin();
    if (err != ERR_OK) return err;
    if (!files_state->ready) return ERR_NOT_FOUND;
    journal_finish();
    if (!root_is_sound(files_state->root)) return ERR_INVALID;
    tree_find();
    if (problem == ERR_OK) blocks_each(block_attach);
    if (problem != ERR_OK) return problem;
    nodes_each(node_finish);
    blocks_each(finish);
    blocks_finish();
    tree_begin(files_state->root, most, more);
    *dropped = lost;
    return ERR_OK;
}

void files_ready(void)
{
    kept_commit(&files_state->ready, 1);
}

void files_give_up(void)
{
    kept_commit(&files_state->ready, 0);
    blocks_end();
}
