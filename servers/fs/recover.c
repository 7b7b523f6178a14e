/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The tree that a predecessor left, in whatever state a kill found it: what was not done is put back, what has a name is a node, what has a
 * node's word is a block of it, and all else is free. So nothing leaks, and no file has half of what an operation was to do.
 *
 * Nothing is believed that could not have been written: a predecessor may have died of what it left.
 */
#include "files.h"
#include <string.h>

#define INDEX_MASK ((1u << CONTENT_INDEX_BITS) - 1)

static err_t problem; /* the first one */

static void want(bool condition, err_t otherwise)
{
    if (!condition && problem == ERR_OK) problem = otherwise;
}

static bool is_node(const struct node *node)
{
    return record_is(node, BLOCK_NODES, BLOCK_NODES) && (node == files_state->root || node->name != NULL);
}

static bool name_is_sound(const char *name)
{
    return record_is(name, BLOCK_NAMES, BLOCK_KINDS - 1) && name[0] != 0 && memchr(name, 0, record_bytes(name)) != NULL;
}

static void nodes_each(void *block, uint64_t word, void (*visit)(struct node *node))
{
    struct node *node;
    for (uint32_t n = 0; word == BLOCK_NODES && problem == ERR_OK && (node = record_at(block, n)) != NULL; n++) {
        if (is_node(node)) visit(node);
    }
}

/* What is of the heap is gone. */
static void node_keep(struct node *node)
{
    struct content *content = &node->content;
    bool root = node == files_state->root;
    want(root ? node_is_directory(node) && node->parent == NULL : name_is_sound(node->name), ERR_INVALID);
    want(root || (node->parent != node && is_node(node->parent) && node_is_directory(node->parent)), ERR_INVALID);
    want(content->bytes <= FILE_BYTES_MAX && content->base_bytes <= content->bytes, ERR_INVALID);
    want(node_of_owner(content->owner) == node && (content->owner & INDEX_MASK) == 0, ERR_INVALID);
    if (problem != ERR_OK) return;
    records_keep(node);
    if (!root) records_keep(node->name);
    want(files_reserve(record_bytes(node) + (root ? 0 : record_bytes(node->name))), ERR_NO_MEMORY);
    files_memory.nodes++;
    node->opens = node->count = node->room = 0;
    node->entry = NULL;
    content->block = NULL;
    content->room = content->held = 0;
}

static void node_place(struct node *node)
{
    if (node != files_state->root) want(problem == ERR_OK && tree_attach(node) == ERR_OK, ERR_INVALID);
}

static void look(void *block, uint64_t word)
{
    if (word < BLOCK_KINDS) records_look(block);
}

static void keep(void *block, uint64_t word)
{
    nodes_each(block, word, node_keep);
}

static void place(void *block, uint64_t word)
{
    nodes_each(block, word, node_place);
}

static void block_attach(void *block, uint64_t word)
{
    struct node *node = node_of_owner(word);
    uint32_t index = word & INDEX_MASK;
    if (word < BLOCK_KINDS || problem != ERR_OK || !is_node(node) || !node_is_file(node)) return;
    struct content *content = &node->content;
    if (content->owner != (word & ~(uint64_t)INDEX_MASK) || (uint64_t)index * FILE_BLOCK >= content->bytes) return;
    want(index >= content->room || content->block[index] == NULL, ERR_INVALID);
    if (problem != ERR_OK) return;
    want(content_attach(content, index, block) == ERR_OK, ERR_NO_MEMORY);
    blocks_keep(block);
}

static void node_finish(struct node *node)
{
    content_clear_beyond(&node->content);
}

static void finish(void *block, uint64_t word)
{
    nodes_each(block, word, node_finish);
    if (word < BLOCK_KINDS) records_finish(block);
}

err_t files_recover(const struct store *store, uint64_t most, bool (*more)(uint64_t bytes))
{
    files_memory = (struct files_memory){.most = UINT64_MAX};
    problem = ERR_OK;
    err_t err = blocks_begin(store, true);
    records_begin();
    if (err != ERR_OK) return err;
    if (!files_state->ready) return ERR_NOT_FOUND;
    if (!journal_is_sound(blocks_have)) return ERR_INVALID;
    journal_undo();
    if (!is_node(files_state->root)) return ERR_INVALID;
    blocks_each(look);
    blocks_each(keep);
    if (problem == ERR_OK) blocks_each(place);
    if (problem == ERR_OK) blocks_each(block_attach);
    if (problem != ERR_OK) return problem;
    blocks_each(finish);
    blocks_finish();
    tree_begin(files_state->root, most, more);
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
