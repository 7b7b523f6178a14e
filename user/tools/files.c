/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Copying and removing files and whole directories, for cp, mv and rm.
 */
#include "tools.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define COPY_BYTES 65536

bool tool_is_directory(const char *path)
{
    struct stat status;
    return stat(path, &status) == 0 && S_ISDIR(status.st_mode);
}

bool tool_copy(const struct cli *cli, int from, const char *from_path, int to, const char *to_path)
{
    char *bytes = tool_alloc(cli, NULL, COPY_BYTES);
    ssize_t count;
    bool good = true;
    while (good && (count = read(from, bytes, COPY_BYTES)) > 0) {
        for (ssize_t done = 0, part; good && done < count; done += part) {
            part = write(to, bytes + done, (size_t)(count - done));
            good = part > 0;
        }
        if (!good) {
            tool_failed(cli, to_path);
        }
    }
    if (good && count < 0) {
        tool_failed(cli, from_path);
        good = false;
    }
    free(bytes);
    return good;
}

static int copy_file(const struct cli *cli, const char *from, const char *to, const struct stat *status)
{
    struct stat other;
    if (stat(to, &other) == 0 && other.st_ino == status->st_ino && other.st_dev == status->st_dev) {
        fprintf(stderr, "%s: %.200s and %.200s are the same file\n", cli->name, from, to);
        return 1;
    }
    int source = open(from, O_RDONLY);
    if (source < 0) {
        return tool_failed(cli, from);
    }
    int target = open(to, O_WRONLY | O_CREAT | O_TRUNC, status->st_mode & 0777);
    if (target < 0) {
        tool_failed(cli, to);
        close(source);
        return 1;
    }
    bool good = tool_copy(cli, source, from, target, to);
    close(source);
    good = close(target) == 0 && good;
    return good ? 0 : 1;
}

/* The names in a directory but . and .., so that it may change meanwhile. 0: said why not. */
static char **names_of(const struct cli *cli, const char *path)
{
    size_t count = 0, room = 16;
    DIR *directory = opendir(path);
    if (directory == NULL) {
        tool_failed(cli, path);
        return NULL;
    }
    char **names = tool_alloc(cli, NULL, room * sizeof *names);
    for (const struct dirent *entry; (entry = readdir(directory)) != NULL;) {
        if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0) {
            continue;
        }
        if (count + 1 == room) {
            room *= 2;
            names = tool_alloc(cli, names, room * sizeof *names);
        }
        names[count] = tool_alloc(cli, NULL, strlen(entry->d_name) + 1);
        strcpy(names[count++], entry->d_name);
    }
    closedir(directory);
    names[count] = NULL;
    return names;
}

static void names_free(char **names)
{
    for (size_t i = 0; names[i] != NULL; i++) {
        free(names[i]);
    }
    free(names);
}

/* Is `to` in the directory `from`? Then copying would never end. */
static bool is_inside(const char *from, const char *to)
{
    struct stat source, above;
    char *path = strdup(to);
    bool inside = false;
    if (path == NULL || stat(from, &source) != 0) {
        free(path);
        return false;
    }
    for (;;) {
        char *slash = strrchr(path, '/');
        if (slash == NULL) {
            inside = stat(".", &above) == 0 && above.st_ino == source.st_ino && above.st_dev == source.st_dev;
            break;
        }
        *slash = '\0';
        if (path[0] == '\0') {
            break;
        }
        if (stat(path, &above) == 0 && above.st_ino == source.st_ino && above.st_dev == source.st_dev) {
            inside = true;
            break;
        }
    }
    free(path);
    return inside;
}

static int copy_directory(const struct cli *cli, const char *from, const char *to, const struct stat *status)
{
    int result = 0;
    if (is_inside(from, to)) {
        fprintf(stderr, "%s: %.200s cannot be copied into itself, %.200s\n", cli->name, from, to);
        return 1;
    }
    if (!tool_is_directory(to) && mkdir(to, (status->st_mode & 0777) | 0700) != 0) {
        return tool_failed(cli, to);
    }
    char **names = names_of(cli, from);
    for (size_t i = 0; names != NULL && names[i] != NULL; i++) {
        char *source = tool_path(cli, from, names[i]), *target = tool_path(cli, to, names[i]);
        result |= tool_copy_path(cli, source, target, true);
        free(source);
        free(target);
    }
    if (names == NULL) {
        return 1;
    }
    names_free(names);
    return result;
}

int tool_copy_path(const struct cli *cli, const char *from, const char *to, bool recursive)
{
    struct stat status;
    if (stat(from, &status) != 0) {
        return tool_failed(cli, from);
    }
    if (!S_ISDIR(status.st_mode)) {
        return copy_file(cli, from, to, &status);
    }
    if (!recursive) {
        fprintf(stderr, "%s: %.200s is a directory, which only -r copies\n", cli->name, from);
        return 1;
    }
    return copy_directory(cli, from, to, &status);
}

int tool_remove(const struct cli *cli, const char *path, bool recursive, bool force)
{
    struct stat status;
    int result = 0;
    if (stat(path, &status) != 0) {
        return force && errno == ENOENT ? 0 : tool_failed(cli, path);
    }
    if (!S_ISDIR(status.st_mode)) {
        return unlink(path) == 0 ? 0 : tool_failed(cli, path);
    }
    if (!recursive) {
        fprintf(stderr, "%s: %.200s is a directory, which only -r removes\n", cli->name, path);
        return 1;
    }
    char **names = names_of(cli, path);
    for (size_t i = 0; names != NULL && names[i] != NULL; i++) {
        char *inner = tool_path(cli, path, names[i]);
        result |= tool_remove(cli, inner, true, force);
        free(inner);
    }
    if (names != NULL) {
        names_free(names);
    }
    if (result == 0 && rmdir(path) != 0) {
        result = tool_failed(cli, path);
    }
    return result;
}
