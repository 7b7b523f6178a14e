/* SPDX-License-Identifier: BSD-2-Clause */
/* The tree that files_kept_test.c begins with, and one operation of each kind, to be killed in. */
#include "files_kept.h"
#include <stdarg.h>
#include <string.h>
#include <setjmp.h>
#include <cmocka.h>

#define PROGRAM_BYTES (3 * FILE_BLOCK + 100)
#define ORIGIN_AT (PROGRAM_BYTES + 16) /* its name in the ramdisk, as cpio has it */

static uint8_t bytes[BIG];

/* In two halves, between which one may be killed. */
static bool copy(void *to, const void *from, size_t count)
{
    memcpy(to, from, count / 2);
    kept_step();
    memcpy((char *)to + count / 2, (const char *)from + count / 2, count - count / 2);
    kept_step();
    return true;
}

void write_at(const char *path, uint32_t flags, uint64_t at, size_t count, uint8_t seed)
{
    struct open_file *file;
    uint64_t now;
    size_t done;
    for (size_t i = 0; i < count; i++)
        bytes[i] = (uint8_t)(i * 7 + i / 251 + seed);
    if (open_path(path, flags | OPEN_WRITE, 0644, &file) != ERR_OK) return;
    open_seek(file, (int64_t)at, 0, &now);
    open_write(file, bytes, count, copy, &done);
    open_put(file);
}

void truncate_to(const char *path, uint64_t size)
{
    struct open_file *file;
    if (open_path(path, OPEN_WRITE, 0, &file) != ERR_OK) return;
    open_truncate(file, size);
    open_put(file);
}

static void from_ramdisk(const char *path)
{
    struct place place;
    struct node *node;
    assert_int_equal(path_walk(path, &place), ERR_OK);
    assert_int_equal(node_make(place.directory, place.name, place.length, MODE_FILE | 0755, &node), ERR_OK);
    node->origin = strcpy((char *)files_host_ramdisk + ORIGIN_AT, "origin");
    node->content.base = files_host_ramdisk;
    node->content.base_bytes = node->content.bytes = PROGRAM_BYTES;
}

void tree_make(void)
{
    files_host_step = NULL;
    for (uint32_t n = 0; n < HOST_CHUNKS; n++) {
        if (files_host_there[n]) files_chunk_unmap(n);
    }
    for (size_t i = 0; i < PROGRAM_BYTES; i++)
        files_host_ramdisk[i] = (uint8_t)(i * 13 + 5);
    assert_int_equal(files_init(files_host_store(), MOST, NULL), ERR_OK);
    files_memory.now = 1000;
    path_mkdir("/d", 0755);
    path_mkdir("/d/e", 0700);
    path_mkdir("/empty", 0755);
    path_mkdir("/void", 0755);
    from_ramdisk("/program");
    from_ramdisk("/d/e/written");
    write_at("/d/e/written", 0, 5000, 10, 3);
    write_at("/d/small", OPEN_CREATE, 0, 100, 1);
    write_at("/d/three", OPEN_CREATE, 0, 3 * FILE_BLOCK + 50, 2);
    write_at("/d/" LONG_NAME, OPEN_CREATE, 0, 5000, 3);
    write_at("/big", OPEN_CREATE, 0, BIG, 4);
    files_ready();
}

static void do_mkdir(void)
{
    path_mkdir("/d/new", 0711);
}
static void do_create(void)
{
    write_at("/d/" LONG_NAME "-2", OPEN_CREATE, 0, 0, 0);
}
static void do_unlink(void)
{
    path_unlink("/d/three");
}
static void do_unlink_big(void)
{
    path_unlink("/big");
    while (files_reap())
        ;
}
static void do_unlink_open(void)
{
    struct open_file *file;
    open_path("/d/three", OPEN_READ, 0, &file);
    path_unlink("/d/three");
    open_put(file);
}
static void do_rmdir(void)
{
    path_rmdir("/empty");
}
static void do_rename(void)
{
    path_rename("/d/small", "/d/a-longer-name-than-it-had-before");
}
static void do_rename_away(void)
{
    path_rename("/d/e/written", "/" LONG_NAME);
}
static void do_rename_over(void)
{
    path_rename("/d/small", "/big");
    while (files_reap())
        ;
}
static void do_rename_directory(void)
{
    path_rename("/d", "/empty");
}
static void do_append(void)
{
    write_at("/d/small", OPEN_APPEND, 0, 100, 9);
}
static void do_append_blocks(void)
{
    write_at("/d/three", OPEN_APPEND, 0, 2 * FILE_BLOCK, 9);
}
static void do_overwrite(void)
{
    write_at("/d/three", 0, 10, 80, 9);
}
static void do_overwrite_both_ends(void)
{
    write_at("/d/three", 0, 10, 3 * FILE_BLOCK, 9);
}
static void do_overwrite_blocks(void)
{
    write_at("/d/three", 0, 0, 3 * FILE_BLOCK, 9);
}
static void do_write_most(void)
{
    write_at("/big", 0, 1, 16 * FILE_BLOCK, 9);
}
static void do_write_far(void)
{
    write_at("/d/small", 0, 50000, 3, 9);
}
static void do_write_ramdisk(void)
{
    write_at("/program", 0, 4000, 200, 9);
}
static void do_shrink(void)
{
    truncate_to("/d/three", FILE_BLOCK + 9);
}
static void do_shrink_ramdisk(void)
{
    truncate_to("/program", FILE_BLOCK + 9);
}
static void do_grow(void)
{
    truncate_to("/d/small", 3 * FILE_BLOCK);
}
static void do_empty(void)
{
    truncate_to("/d/three", 0);
}
static void do_empty_big(void)
{
    truncate_to("/big", 0);
    while (files_reap())
        ;
}
static void do_open_truncate(void)
{
    write_at("/big", OPEN_TRUNCATE, 0, 0, 0);
}
static void do_overwrite_without_space(void)
{
    files_memory.most = files_memory.used + FILE_BLOCK;
    write_at("/d/three", 0, 10, 3 * FILE_BLOCK, 9);
    files_memory.most = MOST;
}

const struct operation operations[] = {{"mkdir", do_mkdir},
                                       {"create", do_create},
                                       {"unlink", do_unlink},
                                       {"unlink big", do_unlink_big},
                                       {"unlink open", do_unlink_open},
                                       {"rmdir", do_rmdir},
                                       {"rename", do_rename},
                                       {"rename away", do_rename_away},
                                       {"rename over", do_rename_over},
                                       {"rename directory", do_rename_directory},
                                       {"append", do_append},
                                       {"append blocks", do_append_blocks},
                                       {"overwrite", do_overwrite},
                                       {"overwrite both ends", do_overwrite_both_ends},
                                       {"overwrite blocks", do_overwrite_blocks},
                                       {"write most", do_write_most},
                                       {"write far", do_write_far},
                                       {"write ramdisk", do_write_ramdisk},
                                       {"shrink", do_shrink},
                                       {"shrink ramdisk", do_shrink_ramdisk},
                                       {"grow", do_grow},
                                       {"empty", do_empty},
                                       {"empty big", do_empty_big},
                                       {"open truncate", do_open_truncate},
                                       {"overwrite without space", do_overwrite_without_space}};
const unsigned operations_count = sizeof operations / sizeof operations[0];
