/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Nodes: files and directories, in one tree. A directory's entries are an array in the order of their names, found by halving.
 * Nothing here looks at permissions.
 */
#include "files.h"
#include <string.h>

#define REAP_BLOCKS 64 /* that are freed in one step */

struct node *files_root;
static uint64_t last_number;
static struct node *dying; /* files without a name, not open, whose contents are still being freed; linked by parent */

static int name_compare(const char *a, size_t a_length, const char *b)
{
    size_t b_length = strlen(b);
    int order = memcmp(a, b, a_length < b_length ? a_length : b_length);
    return order != 0 ? order : a_length < b_length ? -1 : a_length > b_length;
}

/* Where the name is, or would be. */
static uint32_t entry_index(const struct node *directory, const char *name, size_t length, bool *found)
{
    uint32_t low = 0, high = directory->count;
    *found = false;
    while (low < high) {
        uint32_t middle = low + (high - low) / 2;
        int order = name_compare(name, length, directory->entry[middle]->name);
        if (order == 0) {
            *found = true;
            return middle;
        }
        if (order < 0) {
            high = middle;
        } else {
            low = middle + 1;
        }
    }
    return low;
}

struct node *node_find(const struct node *directory, const char *name, size_t length)
{
    bool found;
    uint32_t index = entry_index(directory, name, length, &found);
    return found ? directory->entry[index] : NULL;
}

struct node *node_next(const struct node *directory, const char *after)
{
    bool found;
    uint32_t index = entry_index(directory, after, strlen(after), &found);
    if (found) index++;
    return index < directory->count ? directory->entry[index] : NULL;
}

static bool entry_room(struct node *directory)
{
    if (directory->count == DIRECTORY_MOST) return false;
    return directory->count < directory->room ||
           files_grow((void **)&directory->entry, &directory->room, directory->count + 1, sizeof(struct node *));
}

/* There is room. */
static void entry_add(struct node *directory, struct node *node)
{
    bool found;
    uint32_t index = entry_index(directory, node->name, strlen(node->name), &found);
    memmove(directory->entry + index + 1, directory->entry + index, (directory->count - index) * sizeof(struct node *));
    directory->entry[index] = node;
    directory->count++;
    directory->modified = files_memory.now;
    node->parent = directory;
}

static void entry_remove(struct node *node)
{
    struct node *directory = node->parent;
    bool found;
    uint32_t index = entry_index(directory, node->name, strlen(node->name), &found);
    directory->count--;
    memmove(directory->entry + index, directory->entry + index + 1, (directory->count - index) * sizeof(struct node *));
    directory->modified = files_memory.now;
    node->parent = NULL;
}

static char *name_make(const char *name, size_t length)
{
    char *copy = files_alloc(length + 1);
    if (copy != NULL) memcpy(copy, name, length);
    return copy;
}

static void name_free(struct node *node)
{
    if (node->name != NULL) files_free(node->name, strlen(node->name) + 1);
    node->name = NULL;
}

static struct node *node_new(uint32_t mode)
{
    struct node *node = files_alloc(sizeof *node);
    if (node == NULL) return NULL;
    node->number = ++last_number;
    node->mode = mode;
    node->modified = files_memory.now;
    files_memory.nodes++;
    return node;
}

static void node_forget(struct node *node)
{
    files_memory.nodes--;
    files_free(node->entry, node->room * sizeof(struct node *));
    files_free(node, sizeof *node);
}

static void die(struct node *node)
{
    node->parent = dying;
    dying = node;
}

/* It has no name any more and is not open. */
static void node_free(struct node *node)
{
    if (content_free(&node->content, REAP_BLOCKS)) {
        node_forget(node);
        return;
    }
    die(node);
}

/* If there is much in it, by a node that takes it and is freed in steps; without space for one, now. */
void node_empty(struct node *node)
{
    struct node *heir = node->content.held > REAP_BLOCKS ? node_new(MODE_FILE) : NULL;
    if (heir == NULL) {
        content_truncate(&node->content, 0);
        return;
    }
    heir->content = node->content;
    node->content = (struct content){0};
    die(heir);
}

bool files_reap(void)
{
    struct node *node = dying;
    if (node == NULL) return false;
    if (content_free(&node->content, REAP_BLOCKS)) {
        dying = node->parent;
        node_forget(node);
    }
    return dying != NULL;
}

err_t node_make(struct node *directory, const char *name, size_t length, uint32_t mode, struct node **made)
{
    if (!entry_room(directory)) return ERR_NO_SPACE;
    struct node *node = node_new(mode);
    if (node == NULL) return ERR_NO_SPACE;
    node->name = name_make(name, length);
    if (node->name == NULL) {
        node_forget(node);
        return ERR_NO_SPACE;
    }
    entry_add(directory, node);
    *made = node;
    return ERR_OK;
}

void node_unlink(struct node *node)
{
    entry_remove(node);
    name_free(node);
    if (node->opens == 0) node_free(node);
}

err_t node_move(struct node *node, struct node *directory, const char *name, size_t length, struct node *replaced)
{
    char *copy = name_make(name, length);
    if (copy == NULL) return ERR_NO_SPACE;
    if (directory != node->parent && replaced == NULL && !entry_room(directory)) {
        files_free(copy, length + 1);
        return ERR_NO_SPACE;
    }
    if (replaced != NULL) node_unlink(replaced);
    entry_remove(node);
    name_free(node);
    node->name = copy;
    entry_add(directory, node);
    return ERR_OK;
}

void node_open(struct node *node)
{
    node->opens++;
}

void node_close(struct node *node)
{
    if (--node->opens == 0 && node->name == NULL && node != files_root) node_free(node);
}

err_t files_init(uint64_t most, bool (*more)(uint64_t bytes))
{
    files_memory = (struct files_memory){.most = most, .more = more, .reap = files_reap};
    last_number = 0;
    files_root = node_new(MODE_DIRECTORY | 0755);
    return files_root != NULL ? ERR_OK : ERR_NO_SPACE;
}

void files_end(void)
{
    struct node *node = files_root;
    while (node != files_root || node->count > 0) {
        if (node->count > 0) {
            node = node->entry[node->count - 1];
            continue;
        }
        struct node *parent = node->parent;
        node_unlink(node);
        node = parent;
    }
    while (files_reap())
        ;
    node_forget(files_root);
    files_root = NULL;
}
