/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Random operations of several clients at once on files, directories and pipes, against the model: `files_fuzz SEED COUNT`. Space runs out,
 * chunks cannot be had, and buffers vanish in the middle of a copy; what an error leaves is compared, too.
 */
#include "files_fuzz.h"
#include "files_host.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define CHUNK_MOST 16

uint64_t operation;
uint8_t scratch[MODEL_BYTES];
static uint64_t state;

_Noreturn void fuzz_fail(const char *what, int line)
{
    fprintf(stderr, "operation %llu: line %d: %s\n", (unsigned long long)operation, line, what);
    abort();
}

uint64_t random_below(uint64_t n)
{
    state ^= state << 13;
    state ^= state >> 7;
    state ^= state << 17;
    return state % n;
}

bool was_short(void)
{
    return files_host_chunks >= files_host_most || files_memory.used + 64 * 1024 > files_memory.most;
}

/* Of something that is there, from the root down. */
static void existing_path(char *path)
{
    const struct node *node = files_root;
    while (node_is_directory(node) && node->count > 0 && random_below(6) > 0) {
        node = node->entry[random_below(node->count)];
        path = stpcpy(stpcpy(path, "/"), node->name);
    }
}

void random_path(char *path)
{
    static const char *const words[] = {"a", "b", "c", "d", "e", "f", ".", "..", "longer-name"};
    unsigned depth = 1 + random_below(4);
    *path = 0;
    if (random_below(2)) {
        existing_path(path);
        depth = random_below(8) == 0 || *path == 0;
    }
    for (unsigned i = 0; i < depth; i++) {
        strcat(path, random_below(16) ? "/" : "//");
        strcat(path, words[random_below(sizeof words / sizeof words[0] - (random_below(4) ? 3 : 0))]);
    }
    if (random_below(12) == 0) strcat(path, "/");
    if (random_below(64) == 0) memmove(path, path + 1, strlen(path));
    if (random_below(64) == 0) strcat(path, "/\377");
    if (random_below(128) == 0) {
        size_t length = 250 + random_below(10);
        memset(path + 1, 'x', length);
        path[1 + length] = 0;
    }
    if (random_below(256) == 0) {
        for (unsigned i = 0; i < 600; i++)
            memcpy(path + 2 * i, "/.", 3);
    }
}

/* A file as load.c makes them, whose contents are somewhere else. */
static void do_load(void)
{
    static uint8_t base[20000];
    struct place place;
    struct node *node;
    char path[2048];
    int expected;
    random_path(path);
    if (path_walk(path, &place) != ERR_OK || place.node != NULL || place.slash || files_memory.nodes > 300) return;
    if (!(place.directory->mode & MODE_WRITE)) return;
    if (node_make(place.directory, place.name, place.length, MODE_FILE | 0600, &node) != ERR_OK) {
        MUST(was_short());
        return;
    }
    MUST(model_open(path, 2 | 16, 0600, &expected) == ERR_OK);
    for (size_t i = 0; i < sizeof base; i++)
        base[i] = (uint8_t)(i * 7 + i / 256 + 1);
    node->content.base = base;
    node->content.base_bytes = node->content.bytes = 1 + random_below(sizeof base);
    model[expected].bytes = node->content.bytes;
    memcpy(model[expected].data, base, node->content.bytes);
}

static void do_path(void)
{
    char path[2048], other[2048];
    uint32_t mode = random_below(4) ? 0755 : (uint32_t)random_below(512);
    struct place place;
    struct model_place expected;
    err_t err, same;
    random_path(path);
    random_path(other);
    unsigned what = (unsigned)random_below(6);
    if (files_memory.nodes > 300 && what < 2) what += 2; /* the model has no more than MODEL_NODES */
    err = what == 0 || what == 1 ? path_mkdir(path, mode)
          : what == 2            ? path_rmdir(path)
          : what == 3            ? path_unlink(path)
          : what == 4            ? path_rename(path, other)
                                 : path_walk(path, &place);
    if (err == ERR_NO_SPACE) {
        MUST(was_short());
        return;
    }
    same = what == 0 || what == 1 ? model_mkdir(path, mode)
           : what == 2            ? model_rmdir(path)
           : what == 3            ? model_unlink(path)
           : what == 4            ? model_rename(path, other)
                                  : model_walk(path, &expected);
    if (err != same) fprintf(stderr, "what %u '%s' '%s': %u, not %u\n", what, path, other, err, same);
    MUST(err == same);
    if (what != 5 || err != ERR_OK) return;
    MUST((place.node != NULL) == (expected.node >= 0));
    if (place.node != NULL && random_below(8) == 0) {
        mode = expected.node == 0 || random_below(2) ? 0755 : (uint32_t)random_below(512);
        place.node->mode = (place.node->mode & MODE_TYPE) | mode;
        model[expected.node].mode = mode;
    }
}

static void compare(const struct node *node, int expected)
{
    MUST(node_is_directory(node) == model[expected].directory);
    MUST((node->mode & MODE_PERMISSIONS) == model[expected].mode);
    MUST(node->opens == (uint32_t)model[expected].opens);
    if (!node_is_directory(node)) {
        size_t count;
        MUST(node->content.bytes == model[expected].bytes);
        MUST(content_read(&node->content, 0, scratch, sizeof scratch, files_copy_plainly, &count) == ERR_OK);
        MUST(count == model[expected].bytes && memcmp(scratch, model[expected].data, count) == 0);
        return;
    }
    MUST(node->count == (uint32_t)model_children(expected));
    const char *after = "";
    const struct node *child;
    while ((child = node_next(node, after)) != NULL) {
        int next = model_next(expected, after);
        char path[FILE_PATH_MAX + 1];
        MUST(next >= 0 && strcmp(child->name, model[next].name) == 0 && child->parent == node);
        MUST(path_of(child, path) == ERR_OK);
        compare(child, next);
        after = child->name;
    }
    MUST(model_next(expected, after) < 0);
}

static void (*const operations[])(void) = {do_open,  do_open,  do_read,     do_read, do_read,  do_write,
                                           do_write, do_write, do_seek,     do_seek, do_close, do_path,
                                           do_path,  do_path,  do_truncate, do_pipe};

int main(int argc, char **argv)
{
    uint64_t count = argc > 2 ? strtoull(argv[2], NULL, 0) : 100000;
    state = (argc > 1 ? strtoull(argv[1], NULL, 0) : 1) * 0x9e3779b97f4a7c15ull | 1;
    MUST(files_init(files_host_store(), 4 << 20, NULL) == ERR_OK);
    model_init();
    pipes_begin();
    files_host_most = CHUNK_MOST;
    for (operation = 0; operation < count; operation++) {
        if (random_below(1000) == 0) files_host_most = random_below(4) == 0 ? 0 : CHUNK_MOST;
        if (random_below(2000) == 0)
            files_memory.most = random_below(3) ? 4 << 20 : files_memory.used + random_below(100000);
        if (random_below(40) == 0) do_share();
        if (random_below(40) == 0) do_load();
        if (random_below(200) == 0) do_end();
        operations[random_below(sizeof operations / sizeof operations[0])]();
        if (random_below(8) == 0) files_reap();
        if (operation % 512 == 0) compare(files_root, 0);
    }
    compare(files_root, 0);
    for (unsigned i = 0; i < 1000; i++)
        do_end();
    compare(files_root, 0);
    pipes_end();
    files_end();
    model_end();
    MUST(files_memory.used == 0 && files_memory.nodes == 0 && files_memory.open_files == 0 && files_host_chunks <= 1);
    return 0;
}
