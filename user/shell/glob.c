/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * File names that match a pattern: one component of the path at a time, a directory for each that is a pattern.
 */
#include "expand.h"

#include <dirent.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "pattern.h"
#include "text.h"

#define DEPTH_MAX 64

static bool walk(const char *base, const char *rest, struct fields *fields, unsigned depth);

static char *join(const char *base, const char *name, size_t slashes)
{
    struct text text = {0};
    text_string(&text, base);
    text_string(&text, name);
    while (slashes-- > 0) {
        text_put(&text, '/');
    }
    return text_take(&text);
}

/* `name` is one of the directory `base`, or "": go on with what is behind it in the pattern. */
static bool enter(const char *base, const char *name, const char *rest, struct fields *fields, unsigned depth)
{
    struct stat status;
    size_t slashes = strspn(rest, "/");
    char *path = join(base, name, slashes);
    if (path == NULL) {
        return false;
    }
    bool there = stat(path, &status) == 0;
    if (there && rest[slashes] != '\0') {
        bool good = walk(path, rest + slashes, fields, depth + 1);
        free(path);
        return good;
    }
    if (there) {
        return fields_add(fields, path);
    }
    free(path);
    return true;
}

/* Entries of the directory `base` that match the pattern's first component, in `names`. */
static bool read_directory(const char *base, const char *pattern, struct fields *names)
{
    DIR *directory = opendir(base[0] != '\0' ? base : ".");
    bool good = true;
    if (directory == NULL) {
        return true;
    }
    for (const struct dirent *entry; good && (entry = readdir(directory)) != NULL;) {
        bool hidden = entry->d_name[0] == '.' && pattern[0] != '.' && !(pattern[0] == '\\' && pattern[1] == '.');
        if (!hidden && pattern_match(pattern, entry->d_name, strlen(entry->d_name))) {
            good = fields_add(names, strdup(entry->d_name));
        }
    }
    closedir(directory);
    return good;
}

/* The first component of the pattern, as a string of its own. */
static char *component_of(const char *rest, size_t *length)
{
    *length = 0;
    while (rest[*length] != '\0' && rest[*length] != '/') {
        *length += rest[*length] == '\\' && rest[*length + 1] != '\0' && rest[*length + 1] != '/' ? 2 : 1;
    }
    return strndup(rest, *length);
}

static bool walk(const char *base, const char *rest, struct fields *fields, unsigned depth)
{
    size_t length;
    char *component = component_of(rest, &length);
    struct fields names = {0};
    if (component == NULL || depth > DEPTH_MAX) {
        free(component);
        return depth > DEPTH_MAX;
    }
    bool good = true;
    if (pattern_is_special(component)) {
        good = read_directory(base, component, &names);
    } else {
        pattern_unquote(component);
        good = fields_add(&names, strdup(component));
    }
    for (size_t i = 0; i < names.count && good; i++) {
        good = enter(base, names.list[i], rest + length, fields, depth);
    }
    fields_free(&names);
    free(component);
    return good;
}

static int compare(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

bool glob_add(const char *pattern, struct fields *fields)
{
    size_t before = fields->count;
    bool good = walk("", pattern, fields, 0);
    if (fields->count > before) {
        qsort(fields->list + before, fields->count - before, sizeof *fields->list, compare);
    }
    return good;
}
