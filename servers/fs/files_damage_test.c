/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A store that makes no sense in one place, as it may be left by a fs that died of it: what is concerned is dropped, and said; the rest is gone on
 * with. store_fuzz.c does the same at random.
 */
#include "files_kept.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

/* What was on the heap of the one before is lost, so leaks are not looked for. */
int __lsan_is_turned_off(void);
int __lsan_is_turned_off(void)
{
    return 1;
}

static uint32_t dropped; /* at the last recovery */

static err_t recover(void)
{
    return files_recover(files_host_store(), MOST, NULL, &dropped);
}

static struct node *at_path(const char *path)
{
    struct node *node;
    assert_int_equal(path_find(path, &node), ERR_OK);
    return node;
}

/* What makes no sense, as it may be left by one that died of it: how it comes about, how much is dropped for it, and what is not there any more. */
static void circle_of_two(void)
{
    at_path("/d")->parent = at_path("/d/e");
}
static void circle_of_one(void)
{
    at_path("/d/e")->parent = at_path("/d/e");
}
static void parent_is_a_file(void)
{
    at_path("/d/e")->parent = at_path("/d/small");
}
static void parent_is_nowhere(void)
{
    at_path("/d/small")->parent = (struct node *)16;
}
static void two_of_one_name(void)
{
    strcpy(at_path("/void")->name, "d");
}
static void one_name_of_two(void)
{
    at_path("/void")->name = at_path("/empty")->name;
}
static void block_of_two_places(void)
{
    uint8_t **block = at_path("/d/three")->content.block;
    *files_block_word(block[1]) = *files_block_word(block[0]);
}
static void contents_from_nowhere(void)
{
    at_path("/program")->content.base += HOST_RAMDISK - FILE_BLOCK;
}
static void origin_from_nowhere(void)
{
    at_path("/program")->origin = (const char *)files_host_ramdisk + HOST_RAMDISK;
}
static void journal_of_nowhere(void)
{
    journal->word[0].at = (uint64_t *)&journal->word[1]; /* not of what operations change */
    journal->words = 1;
}

static const struct damage {
    const char *what;
    void (*make)(void);
    uint32_t dropped;
    const char *gone, *there;
} damages[] = {
    {"a circle of two directories", circle_of_two, 6, "/d", "/big"},
    {"a directory in itself", circle_of_one, 2, "/d/e", "/d/small"},
    {"a file for a directory", parent_is_a_file, 2, "/d/e", "/d/small"},
    {"no directory", parent_is_nowhere, 1, "/d/small", "/d/three"},
    {"two directories of one name", two_of_one_name, 1, "/void", "/big"},
    {"one name of two files", one_name_of_two, 1, "/void", "/empty"},
    {"a block of two places", block_of_two_places, 1, NULL, "/d/three"},
    {"contents from nowhere", contents_from_nowhere, 1, "/program", "/d/e/written"},
    {"a name in the ramdisk from nowhere", origin_from_nowhere, 1, "/program", "/d/e/written"},
    {"a journal of nowhere", journal_of_nowhere, 1, NULL, "/d/small"},
};

/* It is dropped with all that is beneath it, the rest is gone on with, and what was dropped is not met again. */
static void test_damage(void **unused)
{
    for (size_t i = 0; i < sizeof damages / sizeof damages[0]; i++) {
        const struct damage *damage = &damages[i];
        struct node *node;
        tree_make();
        damage->make();
        if (recover() != ERR_OK || dropped != damage->dropped) fail_msg("%s: %u are dropped", damage->what, dropped);
        if (damage->gone != NULL && path_find(damage->gone, &node) != ERR_NOT_FOUND) fail_msg("%s", damage->what);
        if (path_find(damage->there, &node) != ERR_OK) fail_msg("%s: %s is not there", damage->what, damage->there);
        uint64_t used = files_memory.used, nodes = files_memory.nodes;
        assert_int_equal(recover(), ERR_OK);
        assert_int_equal(dropped, 0);
        assert_int_equal(files_memory.used, used);
        assert_int_equal(files_memory.nodes, nodes);
        files_end();
        if (files_memory.used != 0 || files_memory.nodes != 0 || files_host_chunks > 1)
            fail_msg("%s: something is left", damage->what);
    }
}

/* Without a root there is nothing to go on with: fs gives it up, and says so. */
static void test_no_root(void **unused)
{
    tree_make();
    files_state->root->mode = MODE_FILE | 0644;
    assert_int_equal(recover(), ERR_INVALID);
    tree_make();
    files_state->root->parent = files_state->root;
    assert_int_equal(recover(), ERR_INVALID);
    tree_make();
    files_end();
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_damage), cmocka_unit_test(test_no_root)};
    return cmocka_run_group_tests(tests, 0, 0);
}
