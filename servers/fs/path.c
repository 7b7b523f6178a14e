/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Paths, and what is done by path. All checks come first; what changes the tree is the last step of each.
 */
#include "files.h"
#include <string.h>

/* The length of the character of UTF-8 at `text` (RFC 3629: no overlong forms, no surrogates); 0: it is none. */
static size_t utf8_length(const unsigned char *text)
{
    static const uint32_t least[] = {0, 0, 0x80, 0x800, 0x10000};
    size_t length = text[0] < 0x80 ? 1 : text[0] >= 0xf0 ? 4 : text[0] >= 0xe0 ? 3 : 2;
    if (length == 1) return 1;
    if (text[0] < 0xc2 || text[0] > 0xf4) return 0;
    uint32_t code = text[0] & (0x7f >> length);
    for (size_t i = 1; i < length; i++) {
        if ((text[i] & 0xc0) != 0x80) return 0;
        code = code << 6 | (text[i] & 0x3f);
    }
    return code < least[length] || code > 0x10ffff || (code >= 0xd800 && code < 0xe000) ? 0 : length;
}

static err_t path_check(const char *path)
{
    if (path[0] == 0) return ERR_NOT_FOUND;
    if (path[0] != '/') return ERR_INVALID;
    size_t component = 0, at = 0, length;
    for (; path[at] != 0; at += length) {
        length = utf8_length((const unsigned char *)path + at);
        if (length == 0) return ERR_INVALID;
        component = path[at] == '/' ? 0 : component + length;
        if (component > FILE_NAME_MAX) return ERR_TOO_LONG;
    }
    return at > FILE_PATH_MAX ? ERR_TOO_LONG : ERR_OK;
}

static bool is_dots(const char *name, size_t length)
{
    return name[0] == '.' && (length == 1 || (length == 2 && name[1] == '.'));
}

/* Into the directory `place->node`, to the component at `name`. */
static err_t path_step(struct place *place, const char *name, size_t length)
{
    struct node *directory = place->node;
    if (directory == NULL) return ERR_NOT_FOUND;
    if (!node_is_directory(directory)) return ERR_NOT_DIRECTORY;
    if (!(directory->mode & MODE_EXECUTE)) return ERR_ACCESS;
    *place = (struct place){.directory = directory, .name = name, .length = length};
    if (is_dots(name, length)) {
        place->length = 0;
        place->node = length == 1 || directory->parent == NULL ? directory : directory->parent;
    } else {
        place->node = node_find(directory, name, length);
    }
    return ERR_OK;
}

err_t path_walk(const char *path, struct place *place)
{
    err_t err = path_check(path);
    *place = (struct place){.directory = files_root, .node = files_root, .name = path};
    while (err == ERR_OK) {
        size_t slashes = strspn(path, "/");
        path += slashes;
        place->slash = slashes > 0;
        if (*path == 0) break;
        size_t length = strcspn(path, "/");
        err = path_step(place, path, length);
        path += length;
        if (err == ERR_OK && *path == 0) break;
    }
    if (err == ERR_OK && place->slash && place->node != NULL && !node_is_directory(place->node))
        err = ERR_NOT_DIRECTORY;
    return err;
}

err_t path_find(const char *path, struct node **node)
{
    struct place place;
    err_t err = path_walk(path, &place);
    if (err == ERR_OK && place.node == NULL) err = ERR_NOT_FOUND;
    *node = place.node;
    return err;
}

err_t path_of(const struct node *node, char *text)
{
    char reverse[FILE_PATH_MAX + 1];
    size_t start = sizeof reverse - 1;
    reverse[start] = 0;
    for (; node->parent != NULL; node = node->parent) {
        size_t length = strlen(node->name);
        if (length + 1 > start) return ERR_TOO_LONG;
        start -= length;
        memcpy(reverse + start, node->name, length);
        reverse[--start] = '/';
    }
    if (reverse[start] == 0) reverse[--start] = '/';
    memcpy(text, reverse + start, sizeof reverse - start);
    return ERR_OK;
}

static err_t directory_writable(const struct node *directory)
{
    return directory->mode & MODE_WRITE ? ERR_OK : ERR_ACCESS;
}

/* Make what is not there. A directory without a name of its own (removed, but open) cannot be reached by path. */
static err_t place_make(const struct place *place, uint32_t mode, struct node **node)
{
    err_t err = directory_writable(place->directory);
    return err != ERR_OK ? err : node_make(place->directory, place->name, place->length, mode, node);
}

err_t path_mkdir(const char *path, uint32_t mode)
{
    struct place place;
    struct node *node;
    err_t err = path_walk(path, &place);
    if (err == ERR_OK && place.node != NULL) err = ERR_EXISTS;
    return err != ERR_OK ? err : place_make(&place, MODE_DIRECTORY | (mode & MODE_PERMISSIONS), &node);
}

/* The node of a path that is to lose its name. */
static err_t victim_find(const char *path, struct place *place)
{
    err_t err = path_walk(path, place);
    if (err != ERR_OK) return err;
    if (place->node == NULL) return ERR_NOT_FOUND;
    if (place->node == files_root) return ERR_BUSY;
    if (place->length == 0) return ERR_INVALID;
    return directory_writable(place->directory);
}

err_t path_rmdir(const char *path)
{
    struct place place;
    err_t err = victim_find(path, &place);
    if (err != ERR_OK) return err;
    if (!node_is_directory(place.node)) return ERR_NOT_DIRECTORY;
    if (place.node->count > 0) return ERR_NOT_EMPTY;
    node_unlink(place.node);
    return ERR_OK;
}

err_t path_unlink(const char *path)
{
    struct place place;
    err_t err = victim_find(path, &place);
    if (err != ERR_OK) return err;
    if (node_is_directory(place.node)) return ERR_IS_DIRECTORY;
    node_unlink(place.node);
    return ERR_OK;
}

/* May `to` be replaced by `from`? */
static err_t replace_check(const struct node *from, const struct node *to)
{
    if (node_is_directory(from) && !node_is_directory(to)) return ERR_NOT_DIRECTORY;
    if (!node_is_directory(from) && node_is_directory(to)) return ERR_IS_DIRECTORY;
    return node_is_directory(to) && to->count > 0 ? ERR_NOT_EMPTY : ERR_OK;
}

err_t path_rename(const char *from_path, const char *to_path)
{
    struct place from, to;
    err_t err = victim_find(from_path, &from);
    if (err == ERR_OK) err = path_walk(to_path, &to);
    if (err != ERR_OK) return err;
    if (to.node == files_root) return ERR_BUSY;
    if (to.length == 0) return ERR_INVALID;
    if (to.slash && !node_is_directory(from.node)) return ERR_NOT_DIRECTORY;
    for (const struct node *above = to.directory; above != NULL; above = above->parent) {
        if (above == from.node) return ERR_INVALID;
    }
    if (to.node == from.node) return ERR_OK;
    err = directory_writable(to.directory);
    if (err == ERR_OK && to.node != NULL) err = replace_check(from.node, to.node);
    return err != ERR_OK ? err : node_move(from.node, to.directory, to.name, to.length, to.node);
}

static err_t open_check(const struct node *node, uint32_t flags)
{
    uint32_t need = (flags & OPEN_READ ? MODE_READ : 0) | (flags & OPEN_WRITE ? MODE_WRITE : 0) |
                    (flags & OPEN_EXECUTE ? MODE_EXECUTE : 0);
    if (node_is_directory(node) && flags & (OPEN_WRITE | OPEN_EXECUTE | OPEN_CREATE)) return ERR_IS_DIRECTORY;
    if (!node_is_directory(node) && flags & OPEN_DIRECTORY) return ERR_NOT_DIRECTORY;
    return (node->mode & need) == need ? ERR_OK : ERR_ACCESS;
}

static err_t flags_check(uint32_t flags)
{
    if ((flags & ~OPEN_ALL) != 0 || (flags & (OPEN_READ | OPEN_WRITE | OPEN_EXECUTE)) == 0) return ERR_INVALID;
    if (flags & (OPEN_TRUNCATE | OPEN_APPEND) && !(flags & OPEN_WRITE)) return ERR_INVALID;
    if (flags & OPEN_EXCLUSIVE && !(flags & OPEN_CREATE)) return ERR_INVALID;
    return flags & OPEN_DIRECTORY && flags & OPEN_CREATE ? ERR_INVALID : ERR_OK;
}

err_t path_open(const char *path, uint32_t flags, uint32_t mode, struct node **node)
{
    struct place place;
    err_t err = flags_check(flags);
    if (err == ERR_OK) err = path_walk(path, &place);
    if (err != ERR_OK) return err;
    *node = place.node;
    if (place.node == NULL) {
        if (!(flags & OPEN_CREATE)) return ERR_NOT_FOUND;
        if (place.slash) return ERR_IS_DIRECTORY;
        return place_make(&place, MODE_FILE | (mode & MODE_PERMISSIONS), node);
    }
    if (flags & OPEN_EXCLUSIVE) return ERR_EXISTS;
    err = open_check(place.node, flags);
    if (err == ERR_OK && flags & OPEN_TRUNCATE && node_is_file(place.node)) {
        node_touch(place.node);
        node_empty(place.node);
    }
    return err;
}
