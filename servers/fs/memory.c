/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Memory for files: counted against a limit, and asked for in steps, so that what files take is known to be there before it is
 * taken.
 */
#include "files.h"
#include <stdlib.h>
#include <string.h>

#define GRANT (64 * 1024u)

struct files_memory files_memory;

static bool reserve(uint64_t bytes)
{
    struct files_memory *memory = &files_memory;
    uint64_t used;
    if (__builtin_add_overflow(memory->used, bytes, &used) || used > memory->most) return false;
    if (used > memory->granted) {
        uint64_t step = (used - memory->granted + GRANT - 1) / GRANT * GRANT;
        if (memory->more != NULL && !memory->more(step)) return false;
        memory->granted += step;
    }
    memory->used = used;
    return true;
}

bool files_reserve(uint64_t bytes)
{
    while (!reserve(bytes)) {
        uint64_t used = files_memory.used;
        if (files_memory.reap == NULL) return false;
        files_memory.reap();
        if (files_memory.used == used) return false;
    }
    return true;
}

void files_release(uint64_t bytes)
{
    struct files_memory *memory = &files_memory;
    memory->used -= bytes;
    if (memory->granted - memory->used >= 2 * GRANT) memory->granted = (memory->used / GRANT + 1) * GRANT;
}

void *files_alloc(size_t bytes)
{
    if (!files_reserve(bytes)) return NULL;
    void *memory = calloc(1, bytes);
    if (memory == NULL) files_release(bytes);
    return memory;
}

void files_free(void *memory, size_t bytes)
{
    if (memory == NULL) return;
    free(memory);
    files_release(bytes);
}

bool files_grow(void **array, uint32_t *room, uint32_t least, size_t element)
{
    uint32_t larger = *room < 4 ? 4 : *room * 2;
    if (larger < least) larger = least;
    void *grown = files_alloc(larger * element);
    if (grown == NULL) return false;
    if (*room > 0) memcpy(grown, *array, *room * element);
    files_free(*array, *room * element);
    *array = grown;
    *room = larger;
    return true;
}

bool files_copy_plainly(void *to, const void *from, size_t bytes)
{
    memcpy(to, from, bytes);
    return true;
}
