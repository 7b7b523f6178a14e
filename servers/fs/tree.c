/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Nodes: files and directories, in one tree. A directory's entries are an array in the order of their names, found by halving; a successor
 * makes it from the parents of all nodes. Nothing here looks at permissions.
 *
 * Each change of the tree ends with a commit; what is not needed any more is freed after that.
 */
#include "files.h"
#include <string.h>

#define REAP_BLOCKS 64 /* that are freed in one step */

struct node *files_root;
/* Files without a name, not open, whose contents are still being freed, the first first; linked by parent. */
static struct node *dying, *dying_last;

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
}

/* It gets this place, which is to have room for it. Its name is what makes it one. */
static void place_take(struct node *node, struct node *directory, char *name)
{
    journal_set(node->parent, directory);
    journal_set(node->name, name);
    journal_set(directory->modified, files_memory.now);
    entry_add(directory, node);
}

/* It loses its name, which is returned: to be freed when that is committed. */
static char *place_leave(struct node *node)
{
    struct node *directory = node->parent;
    char *name = node->name;
    bool found;
    uint32_t index = entry_index(directory, name, strlen(name), &found);
    directory->count--;
    memmove(directory->entry + index, directory->entry + index + 1, (directory->count - index) * sizeof(struct node *));
    journal_set(directory->modified, files_memory.now);
    journal_set(node->name, NULL);
    journal_set(node->parent, NULL);
    return name;
}

static char *name_make(const char *name, size_t length)
{
    char *copy = record_alloc(record_kind_of_name(length));
    if (copy == NULL) return NULL;
    memcpy(copy, name, length);
    copy[length] = 0;
    return copy;
}

/* The word of its block 0: a successor finds from it what is in the file. Another generation: not what was in it before. */
static uint64_t owner_of(const struct node *node, uint64_t generation)
{
    uint64_t number = ((uintptr_t)node - (uintptr_t)files_state) / sizeof(void *);
    generation &= (1u << CONTENT_GENERATION_BITS) - 1;
    return (number << CONTENT_GENERATION_BITS | generation) << CONTENT_INDEX_BITS;
}

struct node *node_of_owner(uint64_t owner)
{
    uint64_t number = owner >> (CONTENT_INDEX_BITS + CONTENT_GENERATION_BITS);
    return (struct node *)((uintptr_t)files_state + number * sizeof(void *));
}

/* Without a name, so a successor does not take it for one. */
static struct node *node_new(uint32_t mode)
{
    struct node *node = record_alloc(BLOCK_NODES);
    if (node == NULL) return NULL;
    memset(node, 0, sizeof *node);
    node->number = ++files_state->last_number;
    node->mode = mode;
    node->modified = files_memory.now;
    node->content.owner = owner_of(node, 0);
    files_memory.nodes++;
    return node;
}

static void node_forget(struct node *node)
{
    files_memory.nodes--;
    files_free(node->entry, node->room * sizeof(struct node *));
    record_free(node);
}

static void die(struct node *node)
{
    node->parent = NULL;
    *(dying == NULL ? &dying : &dying_last->parent) = node;
    dying_last = node;
}

/*
 * It has no name any more and is not open. If it was emptied (node_empty()), what was in it may still be there with words that say that it is this
 * node's: no other node takes its place before that is freed.
 */
static void node_free(struct node *node)
{
    bool waits = dying != NULL && node->content.owner != owner_of(node, 0);
    if (!waits && content_free(&node->content, REAP_BLOCKS)) {
        node_forget(node);
        return;
    }
    die(node);
}

void node_touch(struct node *node)
{
    if (node->origin != NULL) journal_set(node->origin, NULL);
    journal_set(node->modified, files_memory.now);
}

/*
 * If there is much in it, by a node that takes it and is freed in steps; without space for one, now. What is written to the file next is of
 * another generation, and never of the first, 0; it takes thousands until one comes again, and by then nothing is left of the one before.
 */
void node_empty(struct node *node)
{
    struct content *content = &node->content;
    struct node *heir = content->held > REAP_BLOCKS ? node_new(MODE_FILE) : NULL;
    if (heir == NULL) {
        content_truncate(content, 0);
        return;
    }
    uint64_t generation = (content->owner >> CONTENT_INDEX_BITS) + 1;
    if (generation % (1u << CONTENT_GENERATION_BITS) == 0) {
        while (files_reap())
            ;
        generation++;
    }
    heir->content = *content;
    journal_set(content->owner, owner_of(node, generation));
    journal_set(content->base_bytes, 0);
    journal_set(content->bytes, 0);
    content_commit();
    content->block = NULL;
    content->room = content->held = 0;
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
    char *copy = name_make(name, length);
    if (copy == NULL) {
        node_forget(node);
        return ERR_NO_SPACE;
    }
    place_take(node, directory, copy);
    journal_commit();
    *made = node;
    return ERR_OK;
}

void node_unlink(struct node *node)
{
    char *name = place_leave(node);
    journal_commit();
    record_free(name);
    if (node->opens == 0) node_free(node);
}

err_t node_move(struct node *node, struct node *directory, const char *name, size_t length, struct node *replaced)
{
    char *copy = name_make(name, length), *lost = NULL;
    if (copy == NULL) return ERR_NO_SPACE;
    if (directory != node->parent && replaced == NULL && !entry_room(directory)) {
        record_free(copy);
        return ERR_NO_SPACE;
    }
    if (replaced != NULL) lost = place_leave(replaced);
    char *old = place_leave(node);
    place_take(node, directory, copy);
    journal_commit();
    record_free(old);
    if (lost == NULL) return ERR_OK;
    record_free(lost);
    if (replaced->opens == 0) node_free(replaced);
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

void tree_begin(struct node *root, uint64_t most, bool (*more)(uint64_t bytes))
{
    uint64_t used = files_memory.used, granted = files_memory.granted;
    files_root = root;
    dying = NULL;
    content_begin();
    files_memory.most = most;
    files_memory.more = more;
    files_memory.reap = files_reap;
    files_memory.granted = used > granted ? used : granted;
}

err_t files_init(const struct store *store, uint64_t most, bool (*more)(uint64_t bytes))
{
    files_memory = (struct files_memory){.most = UINT64_MAX};
    blocks_begin(store, false);
    records_begin();
    struct node *root = node_new(MODE_DIRECTORY | 0755);
    if (root == NULL) return ERR_NO_SPACE;
    files_state->root = root;
    tree_begin(root, most, more);
    return ERR_OK;
}

/* A node that a predecessor left comes into its directory. */
err_t tree_attach(struct node *node)
{
    bool found;
    struct node *directory = node->parent;
    if (directory->count == DIRECTORY_MOST) return ERR_TOO_MANY;
    if (!entry_room(directory)) return ERR_NO_MEMORY;
    entry_index(directory, node->name, strlen(node->name), &found);
    if (found) return ERR_EXISTS;
    entry_add(directory, node);
    return ERR_OK;
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
