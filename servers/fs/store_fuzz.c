/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A store in which words have been overwritten at random: `store_fuzz SEED COUNT`. Recovery ends, and what it takes is a tree in which all can be
 * reached, read, changed and freed; what it has dropped the next one does not meet again.
 */
#include "files_kept.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MUST(condition)                                                                                                \
    if (!(condition)) fail(#condition, __LINE__)
#define CHUNKS 8

/* What was on the heap of a fs that was given up is lost, so leaks are not looked for. */
int __lsan_is_turned_off(void);
int __lsan_is_turned_off(void)
{
    return 1;
}

static uint64_t state, seed_now;
static uint8_t *root_block; /* where the first nodes are */

static void fail(const char *what, int line)
{
    fprintf(stderr, "round %llu: line %d: %s\n", (unsigned long long)seed_now, line, what);
    abort();
}

static uint64_t random_below(uint64_t n)
{
    state ^= state << 13;
    state ^= state >> 7;
    state ^= state << 17;
    return state % n;
}

/* A word of a node, of the state, of the headers, or of what lies in blocks. */
static uint64_t *random_word(void)
{
    uint8_t *base = files_host_store()->base;
    if (random_below(2)) return (uint64_t *)root_block + random_below(16 * 128 / 8);
    if (random_below(3) > 0) return (uint64_t *)base + 8 + random_below(random_below(2) ? 600 : 4000);
    uint32_t n = 0;
    while (n + 1 < CHUNKS && files_host_there[n + 1] && random_below(2))
        n++;
    uint64_t bytes = n == 0 ? files_host_store()->bytes - CHUNK_HEADER : FILE_CHUNK - CHUNK_HEADER;
    return (uint64_t *)(base + n * (uint64_t)FILE_CHUNK + CHUNK_HEADER) + random_below(bytes / 8);
}

/* What may be found there: often the address of something, or what stood elsewhere. */
static uint64_t random_value(void)
{
    uint64_t base = (uint64_t)(uintptr_t)files_host_store()->base;
    switch (random_below(6)) {
    case 0:
        return random_below(8);
    case 1:
        return base + random_below(2) * FILE_CHUNK + random_below(FILE_CHUNK / 32) * 32;
    case 2:
    case 3:
        return *random_word();
    case 4:
        return *random_word() + random_below(64) - 32;
    default:
        return random_below(UINT64_MAX);
    }
}

static uint64_t nodes;

/* All that is beneath it, read to the end. */
static void walk(const struct node *node)
{
    static uint8_t contents[1 << 20];
    char path[FILE_PATH_MAX + 1];
    size_t count;
    nodes++;
    path_of(node, path);
    if (node_is_file(node)) {
        uint64_t at = node->content.bytes > sizeof contents ? node->content.bytes - sizeof contents : 0;
        MUST(content_read(&node->content, 0, contents, FILE_BLOCK, files_copy_plainly, &count) == ERR_OK);
        MUST(content_read(&node->content, at, contents, sizeof contents, files_copy_plainly, &count) == ERR_OK);
    }
    for (uint32_t i = 0; i < node->count; i++) {
        MUST(node->entry[i]->parent == node);
        walk(node->entry[i]);
    }
}

static void tree_check(void)
{
    nodes = 0;
    walk(files_root);
    MUST(nodes == files_memory.nodes);
}

static void tree_use(void)
{
    path_mkdir("/d", 0755);
    path_mkdir("/new", 0755);
    path_rename("/d", "/new/d");
    path_rename("/void", "/new/d/void");
    write_at("/new/d/file", OPEN_CREATE, 0, 3 * FILE_BLOCK, 1);
    write_at("/new/d/three", 0, 100, 2 * FILE_BLOCK, 2);
    truncate_to("/big", random_below(BIG));
    path_unlink("/program");
    while (files_reap())
        ;
}

int main(int argc, char **argv)
{
    uint64_t count = argc > 2 ? strtoull(argv[2], NULL, 0) : 20000, taken = 0, damaged = 0;
    uint32_t dropped;
    state = (argc > 1 ? strtoull(argv[1], NULL, 0) : 1) * 0x9e3779b97f4a7c15ull | 1;
    for (seed_now = 0; seed_now < count; seed_now += 10) {
        tree_make();
        root_block = (uint8_t *)((uintptr_t)files_root & ~(uintptr_t)(FILE_BLOCK - 1));
        for (uint64_t n = 1 + random_below(12); n > 0; n--)
            *random_word() = random_value();
        /* What init has is what there is; and what recovery was doing when it ran out of memory is another matter. */
        if (files_recover(files_host_store(), MOST, NULL, &dropped) != ERR_OK) continue;
        taken++;
        damaged += dropped > 0;
        tree_check();
        tree_use();
        tree_check();
        MUST(files_recover(files_host_store(), MOST, NULL, &dropped) == ERR_OK && dropped == 0);
        tree_check();
        files_end();
        MUST(files_memory.used == 0 && files_memory.nodes == 0);
    }
    printf("store_fuzz: %llu of %llu taken, %llu of them damaged\n", (unsigned long long)taken,
           (unsigned long long)count / 10, (unsigned long long)damaged);
    return count < 1000 || (taken > count / 100 && damaged > 0) ? 0 : 1;
}
