/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Files by example: paths and what is none, and want of space at every step of every operation, which must leave everything as it was.
 * files_fuzz.c compares the rest to a model.
 */
#include "files_host.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#define PIPES 8 /* that space is kept aside for */

static int setup(void **unused)
{
    struct node *node;
    if (files_init(files_host_store(), 64 << 20, NULL) != ERR_OK) return -1;
    path_mkdir("/d", 0755);
    path_mkdir("/d/e", 0755);
    return path_open("/d/f", OPEN_WRITE | OPEN_CREATE, 0644, &node) == ERR_OK ? 0 : -1;
}

static int teardown(void **unused)
{
    files_end();
    return files_memory.used == 0 && files_memory.nodes == 0 && files_memory.open_files == 0 ? 0 : -1;
}

static void test_paths(void **unused)
{
    static const struct {
        const char *path, *canonical;
        err_t error;
    } cases[] = {
        {"/", "/", ERR_OK},
        {"//", "/", ERR_OK},
        {"/..", "/", ERR_OK},
        {"/d/../d/./e//", "/d/e", ERR_OK},
        {"/d/e/../../../d/f", "/d/f", ERR_OK},
        {"/d/f/", NULL, ERR_NOT_DIRECTORY},
        {"/d/f/..", NULL, ERR_NOT_DIRECTORY},
        {"/d/f/.", NULL, ERR_NOT_DIRECTORY},
        {"/d/none", NULL, ERR_NOT_FOUND},
        {"/d/none/..", NULL, ERR_NOT_FOUND},
        {"", NULL, ERR_NOT_FOUND},
        {"d", NULL, ERR_INVALID},
        {"./d", NULL, ERR_INVALID},
        {"/\x80", NULL, ERR_INVALID},         /* a continuation alone */
        {"/\xc3", NULL, ERR_INVALID},         /* nothing follows */
        {"/\xc0\xaf", NULL, ERR_INVALID},     /* a slash, too long */
        {"/\xe0\x80\xaf", NULL, ERR_INVALID}, /* the same in three */
        {"/\xed\xa0\x80", NULL, ERR_INVALID}, /* half of a surrogate pair */
        {"/\xf4\x90\x80\x80", NULL, ERR_INVALID},
        {"/\xff", NULL, ERR_INVALID},
        {"/\xc3\xa4\xe2\x82\xac\xf0\x9f\x90\x9f", NULL, ERR_NOT_FOUND}, /* all is well with it */
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct node *node;
        char text[FILE_PATH_MAX + 1];
        err_t err = path_find(cases[i].path, &node);
        if (err != cases[i].error) fail_msg("%s: %u", cases[i].path, err);
        if (err != ERR_OK) continue;
        assert_int_equal(path_of(node, text), ERR_OK);
        assert_string_equal(text, cases[i].canonical);
    }
}

static void test_U6_long_names_and_paths(void **unused)
{
    char path[FILE_PATH_MAX + 200];
    struct node *node;
    memset(path, 'n', sizeof path);
    path[0] = '/';
    path[1 + FILE_NAME_MAX] = 0;
    assert_int_equal(path_mkdir(path, 0755), ERR_OK);
    assert_int_equal(path_rmdir(path), ERR_OK);
    path[1 + FILE_NAME_MAX] = 'n';
    path[2 + FILE_NAME_MAX] = 0;
    assert_int_equal(path_mkdir(path, 0755), ERR_TOO_LONG);
    memset(path, '/', sizeof path);
    path[FILE_PATH_MAX] = 0;
    assert_int_equal(path_find(path, &node), ERR_OK);
    path[FILE_PATH_MAX] = '/';
    path[FILE_PATH_MAX + 1] = 0;
    assert_int_equal(path_find(path, &node), ERR_TOO_LONG);
}

/* Any bytes are refused or taken, and nothing else happens (the sanitizers look on). */
static void test_U6_any_bytes(void **unused)
{
    char path[40];
    struct node *node;
    srand(1);
    for (unsigned round = 0; round < 100000; round++) {
        size_t length = (size_t)rand() % (sizeof path - 1);
        for (size_t i = 0; i < length; i++)
            path[i] = (char)(rand() % 4 ? "/.ad\xc3\xa4"[rand() % 6] : 1 + rand() % 255);
        path[length] = 0;
        err_t err = path_find(path, &node);
        assert_true(err == ERR_OK || err == ERR_NOT_FOUND || err == ERR_INVALID || err == ERR_NOT_DIRECTORY);
    }
}

static err_t operation(unsigned number)
{
    struct node *node;
    struct open_file *file, *other;
    size_t count;
    static char bytes[10000];
    err_t err;
    switch (number) {
    case 0:
        return path_mkdir("/d/new", 0755);
    case 1:
        return path_open("/d/new", OPEN_WRITE | OPEN_CREATE, 0644, &node);
    case 2:
        return path_rename("/d/f", "/d/e/longer-than-before");
    case 3:
        err = open_pipe(&file, &other);
        if (err == ERR_OK) {
            open_put(file);
            open_put(other);
        }
        return err;
    default:
        assert_int_equal(open_path("/d/f", OPEN_WRITE, 0, &file), ERR_OK);
        err = open_write(file, bytes, sizeof bytes, files_copy_plainly, &count);
        if (err == ERR_OK && count < sizeof bytes) { /* as much as there was space for */
            assert_int_equal(open_truncate(file, 0), ERR_OK);
            err = ERR_NO_SPACE;
        }
        open_put(file);
        return err;
    }
}

/* With one byte more each time, until there is enough. */
static void test_K17_no_space(void **unused)
{
    for (unsigned number = 0; number < 5; number++) {
        struct node *directory;
        unsigned failures = 0;
        uint64_t step = number < 3 ? 1 : 512;
        assert_int_equal(setup(NULL), 0);
        assert_int_equal(path_find("/d", &directory), ERR_OK);
        uint64_t used = files_memory.used, nodes = files_memory.nodes;
        for (files_memory.most = used;; files_memory.most += step) {
            err_t err = operation(number);
            if (err == ERR_OK) break;
            assert_int_equal(err, ERR_NO_SPACE);
            assert_int_equal(files_memory.nodes, nodes);
            assert_int_equal(directory->count, 2);
            assert_non_null(node_find(directory, "f", 1));
            /* a directory may keep the room that it has made */
            assert_true(files_memory.used - used <= 8 * sizeof(struct node *));
            failures++;
        }
        assert_true(failures > 0);
        assert_int_equal(teardown(NULL), 0);
    }
    assert_true(files_host_chunks <= 1);
}

static bool none(uint64_t bytes)
{
    return false;
}

static void test_U8_the_rest_of_the_machine_needs_it(void **unused)
{
    struct open_file *file;
    size_t count;
    char *bytes = calloc(1, 200000);
    assert_int_equal(open_path("/d/f", OPEN_WRITE, 0, &file), ERR_OK);
    files_memory.more = none;
    assert_int_equal(open_write(file, bytes, 200000, files_copy_plainly, &count), ERR_OK);
    assert_true(count < 70000);
    assert_int_equal(open_write(file, bytes, 200000, files_copy_plainly, &count), ERR_NO_SPACE);
    files_memory.more = NULL;
    assert_int_equal(open_write(file, bytes, 200000, files_copy_plainly, &count), ERR_OK);
    assert_int_equal(count, 200000);
    open_put(file);
    free(bytes);
}

static void test_U8_a_directory_is_limited(void **unused)
{
    char path[32];
    struct node *node;
    uint32_t count = 0;
    err_t err;
    assert_int_equal(path_mkdir("/full", 0755), ERR_OK);
    do {
        snprintf(path, sizeof path, "/full/%u", count * 7919 % 99991);
        err = path_open(path, OPEN_WRITE | OPEN_CREATE, 0644, &node);
        count += err == ERR_OK;
    } while (err == ERR_OK);
    assert_int_equal(err, ERR_NO_SPACE);
    assert_int_equal(count, DIRECTORY_MOST);
    assert_int_equal(path_rename("/d/f", "/full/f"), ERR_NO_SPACE);
    assert_int_equal(path_rename("/d/f", "/full/0"), ERR_OK); /* in place of another */
    assert_int_equal(path_rename("/full/0", "/full/f"), ERR_OK);
}

/* What is being freed in steps is there for whoever needs it now. */
static void test_space_of_what_is_deleted(void **unused)
{
    struct open_file *file;
    size_t count, bytes = 8 << 20;
    char *much = calloc(1, bytes);
    files_memory.most = files_memory.used + bytes + bytes / 2;
    for (unsigned round = 0; round < 6; round++) {
        assert_int_equal(open_path("/big", OPEN_WRITE | OPEN_CREATE | (round % 2 ? OPEN_TRUNCATE : 0), 0644, &file),
                         ERR_OK);
        assert_int_equal(open_write(file, much, bytes, files_copy_plainly, &count), ERR_OK);
        assert_int_equal(count, bytes);
        if (round == 3) assert_int_equal(open_truncate(file, 0), ERR_OK);
        open_put(file);
        if (round % 2) assert_int_equal(path_unlink("/big"), ERR_OK);
    }
    free(much);
}

/* On a file system without space a pipe can be made, and goes on: what is in it is to be read first, then there is room again. */
static void test_a_pipe_without_space(void **unused)
{
    struct open_file *read[PIPES + 1], *write[PIPES + 1];
    static char text[PIPE_WHOLE], back[PIPE_WHOLE];
    size_t count;
    memset(text, 'x', sizeof text);
    pipes_begin();
    files_memory.most = files_memory.used;
    for (unsigned i = 0; i < PIPES; i++)
        assert_int_equal(open_pipe(&read[i], &write[i]), ERR_OK);
    assert_int_equal(open_pipe(&read[PIPES], &write[PIPES]), ERR_NO_SPACE);
    const struct pipe *pipe = write[0]->pipe;
    for (unsigned round = 0; round < 100; round++) {
        size_t bytes = 1 + round * 977 % PIPE_WHOLE;
        assert_int_equal(open_write(write[0], text, bytes, files_copy_plainly, &count), ERR_OK);
        assert_int_equal(count, bytes);
        assert_int_equal(open_write(write[0], text, sizeof text, files_copy_plainly, &count), ERR_AGAIN);
        assert_false(pipe_is_ready(pipe, OPEN_WRITE, 1)); /* who waits for that does not try again and again */
        assert_int_equal(pipe_ready(pipe, OPEN_WRITE), 0);
        assert_int_equal(open_read(read[0], back, sizeof back, files_copy_plainly, &count), ERR_OK);
        assert_int_equal(count, bytes);
        assert_true(pipe_is_ready(pipe, OPEN_WRITE, PIPE_WHOLE));
    }
    static char much[3 * PIPE_WHOLE];
    assert_int_equal(open_write(write[0], much, sizeof much, files_copy_plainly, &count), ERR_OK);
    assert_true(count > 0 && count <= PIPE_WHOLE);
    for (unsigned i = 0; i < PIPES; i++) {
        open_put(read[i]);
        open_put(write[i]);
    }
    assert_int_equal(open_pipe(&read[0], &write[0]), ERR_OK); /* what was kept aside is kept aside again */
    open_put(read[0]);
    open_put(write[0]);
    pipes_end();
}

static void test_U8_limits_of_a_process(void **unused)
{
    struct session a, b, shared;
    struct open_file *file;
    struct pipe *pipe;
    uint32_t number, count = 0;
    assert_int_equal(session_begin(&a, 7), ERR_OK);
    assert_int_equal(session_begin(&b, 7), ERR_OK);
    for (;;) {
        assert_int_equal(open_path("/d/f", OPEN_READ, 0, &file), ERR_OK);
        if (session_add(count % 2 ? &a : &b, file, &number) != ERR_OK) break;
        count++;
    }
    assert_int_equal(count, ACCOUNT_FILES);
    assert_int_equal(session_share(&shared, &a, file), ERR_TOO_MANY);
    open_put(file);
    assert_int_equal(session_close(&a, 1, &pipe), ERR_OK);
    assert_null(session_find(&a, 1));
    assert_int_equal(session_share(&shared, &a, session_find(&a, 2)), ERR_OK);
    while (session_end(&a, &pipe))
        ;
    while (session_end(&b, &pipe))
        ;
    assert_non_null(session_find(&shared, 0)); /* outlives who shared it */
    assert_false(session_end(&shared, &pipe));
    struct session many[ACCOUNT_CLIENTS];
    for (unsigned i = 0; i < ACCOUNT_CLIENTS; i++)
        assert_int_equal(session_begin(&many[i], 8), ERR_OK);
    assert_int_equal(session_begin(&a, 8), ERR_TOO_MANY);
    for (unsigned i = 0; i < ACCOUNT_CLIENTS; i++)
        assert_false(session_end(&many[i], &pipe));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_paths, setup, teardown),
        cmocka_unit_test_setup_teardown(test_U6_long_names_and_paths, setup, teardown),
        cmocka_unit_test_setup_teardown(test_U6_any_bytes, setup, teardown),
        cmocka_unit_test(test_K17_no_space),
        cmocka_unit_test_setup_teardown(test_U8_the_rest_of_the_machine_needs_it, setup, teardown),
        cmocka_unit_test_setup_teardown(test_U8_a_directory_is_limited, setup, teardown),
        cmocka_unit_test_setup_teardown(test_space_of_what_is_deleted, setup, teardown),
        cmocka_unit_test_setup_teardown(test_a_pipe_without_space, setup, teardown),
        cmocka_unit_test_setup_teardown(test_U8_limits_of_a_process, setup, teardown),
    };
    return cmocka_run_group_tests(tests, 0, 0);
}
