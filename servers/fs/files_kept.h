/* SPDX-License-Identifier: BSD-2-Clause */
/* What the two files of the test of kills share: files_kept_operations.c has what is done, files_kept_test.c kills and compares. */
#ifndef FS_FILES_KEPT_H
#define FS_FILES_KEPT_H

#include "files_host.h"

#define MOST (16 << 20)
#define BIG (100 * FILE_BLOCK) /* is freed in steps */
#define LONG_NAME "a-name-of-which-there-are-not-many-since-it-is-longer-than-what-most-people-would-care-to-type"

/* A store with a few of everything in it, of which a successor is to know. */
void tree_make(void);
/* One operation, or, if the file is to be made, two. */
void write_at(const char *path, uint32_t flags, uint64_t at, size_t count, uint8_t seed);
void truncate_to(const char *path, uint64_t size);

struct operation {
    const char *name;
    void (*run)(void);
};
extern const struct operation operations[];
extern const unsigned operations_count;

#endif
