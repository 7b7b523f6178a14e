/* SPDX-License-Identifier: BSD-2-Clause */
#include "files_model.h"
#include <assert.h>
#include <stdlib.h>
#include <string.h>

struct model_node model[MODEL_NODES];

void model_init(void)
{
    memset(model, 0, sizeof model);
    model[0] = (struct model_node){.used = true, .directory = true, .linked = true, .mode = 0755};
}

void model_end(void)
{
    for (int i = 0; i < MODEL_NODES; i++) {
        free(model[i].data);
        model[i] = (struct model_node){0};
    }
}

static int child_find(int directory, const char *name)
{
    for (int i = 1; i < MODEL_NODES; i++) {
        if (model[i].used && model[i].linked && model[i].parent == directory && strcmp(model[i].name, name) == 0)
            return i;
    }
    return -1;
}

int model_next(int directory, const char *after)
{
    int best = -1;
    for (int i = 1; i < MODEL_NODES; i++) {
        if (!model[i].used || !model[i].linked || model[i].parent != directory || strcmp(model[i].name, after) <= 0)
            continue;
        if (best < 0 || strcmp(model[i].name, model[best].name) < 0) best = i;
    }
    return best;
}

int model_children(int directory)
{
    int count = 0;
    for (int i = 1; i < MODEL_NODES; i++)
        count += model[i].used && model[i].linked && model[i].parent == directory;
    return count;
}

static int node_new(int parent, const char *name, bool directory, uint32_t mode)
{
    int i = 1;
    while (i < MODEL_NODES && model[i].used)
        i++;
    assert(i < MODEL_NODES);
    model[i] = (struct model_node){.used = true, .directory = directory, .linked = true, .mode = mode, .parent = parent};
    strcpy(model[i].name, name);
    if (!directory) model[i].data = calloc(1, MODEL_BYTES);
    return i;
}

static void node_drop(int node)
{
    if (model[node].linked || model[node].opens > 0) return;
    free(model[node].data);
    model[node] = (struct model_node){0};
}

void model_close(int node)
{
    model[node].opens--;
    node_drop(node);
}

void model_resize(int node, size_t bytes)
{
    struct model_node *file = &model[node];
    if (bytes < file->bytes) memset(file->data + bytes, 0, file->bytes - bytes);
    file->bytes = bytes;
}

/* Only the characters that the fuzzer makes: \377 is the one that is not UTF-8. */
static err_t check(const char *path)
{
    if (*path == 0) return ERR_NOT_FOUND;
    if (*path != '/') return ERR_INVALID;
    for (size_t i = 0, run = 0; path[i]; i++) {
        if (path[i] == '\377') return ERR_INVALID;
        run = path[i] == '/' ? 0 : run + 1;
        if (run > 255) return ERR_TOO_LONG;
    }
    return strlen(path) > 1023 ? ERR_TOO_LONG : ERR_OK;
}

err_t model_walk(const char *path, struct model_place *place)
{
    char copy[4096], *rest = copy;
    int at = 0, above = 0;
    err_t err = check(path);
    if (err) return err;
    *place = (struct model_place){.dots = true};
    strcpy(copy, path);
    for (char *word; (word = strsep(&rest, "/"));) {
        if (*word == 0) continue;
        if (at < 0) return ERR_NOT_FOUND;
        if (!model[at].directory) return ERR_NOT_DIRECTORY;
        if (!(model[at].mode & 0100)) return ERR_ACCESS;
        above = at;
        place->dots = strcmp(word, ".") == 0 || strcmp(word, "..") == 0;
        at = strcmp(word, ".") == 0 ? at : strcmp(word, "..") == 0 ? model[at].parent : child_find(at, word);
        strcpy(place->name, word);
    }
    place->directory = above;
    place->node = at;
    place->slash = path[strlen(path) - 1] == '/';
    return place->slash && at >= 0 && !model[at].directory ? ERR_NOT_DIRECTORY : ERR_OK;
}

static err_t open_flags(uint32_t flags)
{
    bool read = flags & 1, write = flags & 2, execute = flags & 4, append = flags & 8, create = flags & 16;
    bool exclusive = flags & 32, truncate = flags & 64, directory = flags & 128;
    if (flags > 255 || !(read || write || execute)) return ERR_INVALID;
    if ((append || truncate) && !write) return ERR_INVALID;
    if (exclusive && !create) return ERR_INVALID;
    return directory && create ? ERR_INVALID : ERR_OK;
}

err_t model_open(const char *path, uint32_t flags, uint32_t mode, int *node)
{
    struct model_place place;
    err_t err = open_flags(flags);
    if (!err) err = model_walk(path, &place);
    if (err) return err;
    *node = place.node;
    if (place.node < 0) {
        if (!(flags & 16)) return ERR_NOT_FOUND;
        if (place.slash) return ERR_IS_DIRECTORY;
        if (!(model[place.directory].mode & 0200)) return ERR_ACCESS;
        *node = node_new(place.directory, place.name, false, mode & 07777);
        return ERR_OK;
    }
    struct model_node *found = &model[place.node];
    if (flags & 32) return ERR_EXISTS;
    if (found->directory && flags & (2 | 4 | 16)) return ERR_IS_DIRECTORY;
    if (!found->directory && flags & 128) return ERR_NOT_DIRECTORY;
    if ((flags & 1 && !(found->mode & 0400)) || (flags & 2 && !(found->mode & 0200)) ||
        (flags & 4 && !(found->mode & 0100))) {
        return ERR_ACCESS;
    }
    if (flags & 64) model_resize(place.node, 0);
    return ERR_OK;
}

err_t model_mkdir(const char *path, uint32_t mode)
{
    struct model_place place;
    err_t err = model_walk(path, &place);
    if (err) return err;
    if (place.node >= 0) return ERR_EXISTS;
    if (!(model[place.directory].mode & 0200)) return ERR_ACCESS;
    node_new(place.directory, place.name, true, mode & 07777);
    return ERR_OK;
}

static err_t victim(const char *path, struct model_place *place)
{
    err_t err = model_walk(path, place);
    if (err) return err;
    if (place->node < 0) return ERR_NOT_FOUND;
    if (place->node == 0) return ERR_BUSY;
    if (place->dots) return ERR_INVALID;
    return model[place->directory].mode & 0200 ? ERR_OK : ERR_ACCESS;
}

static void unlink_node(int node)
{
    model[node].linked = false;
    model[node].parent = node; /* `..` of it is nowhere */
    node_drop(node);
}

err_t model_rmdir(const char *path)
{
    struct model_place place;
    err_t err = victim(path, &place);
    if (err) return err;
    if (!model[place.node].directory) return ERR_NOT_DIRECTORY;
    if (model_children(place.node) > 0) return ERR_NOT_EMPTY;
    unlink_node(place.node);
    return ERR_OK;
}

err_t model_unlink(const char *path)
{
    struct model_place place;
    err_t err = victim(path, &place);
    if (err) return err;
    if (model[place.node].directory) return ERR_IS_DIRECTORY;
    unlink_node(place.node);
    return ERR_OK;
}

err_t model_rename(const char *from_path, const char *to_path)
{
    struct model_place from, to;
    err_t err = victim(from_path, &from);
    if (!err) err = model_walk(to_path, &to);
    if (err) return err;
    bool directory = model[from.node].directory;
    if (to.node == 0) return ERR_BUSY;
    if (to.dots) return ERR_INVALID;
    if (to.slash && !directory) return ERR_NOT_DIRECTORY;
    for (int above = to.directory;; above = model[above].parent) {
        if (above == from.node) return ERR_INVALID;
        if (above == 0) break;
    }
    if (to.node == from.node) return ERR_OK;
    if (!(model[to.directory].mode & 0200)) return ERR_ACCESS;
    if (to.node >= 0) {
        if (directory && !model[to.node].directory) return ERR_NOT_DIRECTORY;
        if (!directory && model[to.node].directory) return ERR_IS_DIRECTORY;
        if (model[to.node].directory && model_children(to.node) > 0) return ERR_NOT_EMPTY;
        unlink_node(to.node);
    }
    model[from.node].parent = to.directory;
    strcpy(model[from.node].name, to.name);
    return ERR_OK;
}
