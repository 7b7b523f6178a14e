/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What files are meant to do, as simply as it can be said: nodes in one array, contents whole, paths taken apart word by word. For tests
 * only; it shares no code with what it is compared to.
 */
#ifndef FS_FILES_MODEL_H
#define FS_FILES_MODEL_H

#include "files.h"

#define MODEL_NODES 512
#define MODEL_BYTES 65536 /* a file's, at most */
#define MODEL_NAME 300

struct model_node {
    bool used, directory, linked;
    uint32_t mode; /* permissions */
    int parent;    /* the root's own: 0 */
    char name[MODEL_NAME];
    int opens;
    uint8_t *data;
    size_t bytes;
};
extern struct model_node model[MODEL_NODES];

struct model_place {
    int directory, node; /* node -1: there is none */
    char name[MODEL_NAME];
    bool dots, slash;
};

void model_init(void);
void model_end(void);
err_t model_walk(const char *path, struct model_place *place);
err_t model_open(const char *path, uint32_t flags, uint32_t mode, int *node);
err_t model_mkdir(const char *path, uint32_t mode);
err_t model_rmdir(const char *path);
err_t model_unlink(const char *path);
err_t model_rename(const char *from, const char *to);
void model_close(int node);
void model_resize(int node, size_t bytes);
/* The entry of a directory whose name follows `after`; -1: none. */
int model_next(int directory, const char *after);
int model_children(int directory);

#endif
