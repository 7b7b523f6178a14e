/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The index of the ramdisk: sorted by path, so that looking one up does not read the archive's headers again.
 */
#include "programs.h"
#include <cpio/cpio.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static struct program programs[PROGRAMS_MAX];
static uint32_t count;

static int by_path(const void *a, const void *b)
{
    return strcmp(((const struct program *)a)->path, ((const struct program *)b)->path);
}

err_t programs_index(const void *archive, uint64_t bytes)
{
    struct cpio_entry entry = {.next = 0};
    err_t err;
    while ((err = cpio_next(archive, bytes, &entry)) == ERR_OK) {
        if (!cpio_is_file(&entry)) continue;
        if (count == PROGRAMS_MAX) return ERR_TOO_MANY;
        programs[count++] =
            (struct program){.path = entry.name, .file = entry.data, .offset = entry.offset, .bytes = entry.bytes};
    }
    qsort(programs, count, sizeof(programs[0]), by_path);
    return err == ERR_EOF ? ERR_OK : err;
}

static struct program *path_find(const char *path)
{
    struct program key = {.path = path};
    return bsearch(&key, programs, count, sizeof(programs[0]), by_path);
}

static struct program *name_find(const char *name)
{
    static const char *const folders[] = {"bin", "sbin", "test"};
    char path[CPIO_NAME_MAX + 8];
    for (size_t i = 0; i < sizeof(folders) / sizeof(folders[0]); i++) {
        snprintf(path, sizeof(path), "%s/%s", folders[i], name);
        struct program *program = path_find(path);
        if (program != NULL) return program;
    }
    return NULL;
}

/* Is some component of the path "", "." or ".."? */
static bool path_is_odd(const char *path)
{
    for (;;) {
        size_t length = strcspn(path, "/");
        if (length == 0 || (length == 1 && path[0] == '.') || (length == 2 && path[0] == '.' && path[1] == '.')) {
            return true;
        }
        if (path[length] == 0) return false;
        path += length + 1;
    }
}

err_t program_find(const char *path, struct program **program)
{
    if (path_is_odd(path)) return ERR_INVALID;
    struct program *found = strchr(path, '/') != NULL ? path_find(path) : name_find(path);
    if (found == NULL) return ERR_NOT_FOUND;
    if (!found->read) {
        found->error = elf_read(found->file, found->bytes, &found->image);
        found->read = true;
    }
    *program = found;
    return found->error;
}

const char *program_path(uint32_t number)
{
    return number < count ? programs[number].path : NULL;
}

uint32_t program_number(const struct program *program)
{
    return (uint32_t)(program - programs);
}

const struct program *program_of_number(uint32_t number)
{
    return number < count ? &programs[number] : NULL;
}
