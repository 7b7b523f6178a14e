/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * fs is killed at every step of every operation: what its successor finds is the tree before it or the tree after it, all of it, and nothing
 * is in use beside that. Then it is killed while it recovers, too; then operations and kills are random.
 *
 * A kill is a longjmp, so what was on the heap is lost, as it would be; leaks are not looked for.
 */
#include "files_kept.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#define CHUNKS 8 /* that the tests need, at most */
#define DUMP_BYTES 65536

/* Asked by the sanitizer, whatever its options say. */
int __lsan_is_turned_off(void);
int __lsan_is_turned_off(void)
{
    return 1;
}

static unsigned steps, kill_at;
static jmp_buf killed;

static void step(void)
{
    if (++steps == kill_at) longjmp(killed, 1);
}

/*
 * The store, put aside and brought back.
 */
struct aside {
    bool there[CHUNKS];
    uint8_t chunk[CHUNKS][FILE_CHUNK];
};

static size_t chunk_bytes(uint32_t n)
{
    return n == 0 ? files_host_store()->bytes : FILE_CHUNK;
}

static void put_aside(struct aside *aside)
{
    for (uint32_t n = 0; n < CHUNKS; n++) {
        aside->there[n] = n == 0 || files_host_there[n];
        if (aside->there[n]) memcpy(aside->chunk[n], files_host_store()->base + n * FILE_CHUNK, chunk_bytes(n));
    }
}

static void bring_back(const struct aside *aside)
{
    for (uint32_t n = 0; n < CHUNKS; n++) {
        if (n > 0 && files_host_there[n] && !aside->there[n]) files_chunk_unmap(n);
        if (n > 0 && !files_host_there[n] && aside->there[n]) assert_true(files_chunk_map(n));
        if (aside->there[n]) memcpy(files_host_store()->base + n * FILE_CHUNK, aside->chunk[n], chunk_bytes(n));
    }
}

static uint32_t dropped; /* at the last recovery */

static err_t recover(void)
{
    return files_recover(files_host_store(), MOST, NULL, &dropped);
}

/*
 * All that can be seen of the tree, as a text.
 */
static size_t dump_node(const struct node *node, char *text, size_t used)
{
    static uint8_t contents[BIG + 3 * FILE_BLOCK];
    char path[FILE_PATH_MAX + 1];
    size_t count = 0;
    uint64_t sum = 14695981039346656037u;
    assert_int_equal(path_of(node, path), ERR_OK);
    if (node_is_file(node))
        assert_int_equal(content_read(&node->content, 0, contents, sizeof contents, files_copy_plainly, &count), ERR_OK);
    for (size_t i = 0; i < count; i++)
        sum = (sum ^ contents[i]) * 1099511628211u;
    used += (size_t)snprintf(text + used, DUMP_BYTES - used, "%s #%llu %o %llu %llu/%zu %llx %s\n", path,
                             (unsigned long long)node->number, node->mode, (unsigned long long)node->modified,
                             (unsigned long long)node->content.bytes, count, (unsigned long long)sum,
                             node->origin != NULL ? node->origin : "-");
    for (uint32_t i = 0; i < node->count; i++)
        used = dump_node(node->entry[i], text, used);
    assert_true(used < DUMP_BYTES);
    return used;
}

static void dump(char *text)
{
    dump_node(files_root, text, 0);
}

static struct aside start, half;
static char before[DUMP_BYTES], after[DUMP_BYTES], found[DUMP_BYTES];

/* true: it was killed. */
static bool run_killed(void (*run)(void), unsigned at)
{
    volatile bool was = true;
    steps = 0;
    kill_at = at;
    files_host_step = step;
    if (setjmp(killed) == 0) {
        run();
        was = false;
    }
    files_host_step = NULL;
    return was;
}

static void recover_plainly(void)
{
    recover();
}

/* Of the same tree the same memory is in use, whatever became of it: counted, and by a recovery of what was recovered. */
static void successor_check(const char *name, unsigned at)
{
    if (recover() != ERR_OK || dropped > 0) fail_msg("%s, step %u: not recovered", name, at);
    dump(found);
    if (strcmp(found, before) != 0 && strcmp(found, after) != 0)
        fail_msg("%s, step %u:\n%s\nis neither\n%s\nnor\n%s", name, at, found, before, after);
}

/* The memory that the tree at hand takes, all of it: it is freed, and what is left is nothing. */
static void nothing_leaks(const char *name, unsigned at)
{
    files_end();
    if (files_memory.used != 0 || files_memory.nodes != 0 || files_host_chunks > 1)
        fail_msg("%s, step %u: %llu bytes, %llu nodes, %u chunks are left", name, at,
                 (unsigned long long)files_memory.used, (unsigned long long)files_memory.nodes, files_host_chunks);
}

static void begin(void (*run)(void))
{
    bring_back(&start);
    assert_int_equal(recover(), ERR_OK);
    dump(before);
    files_memory.now = 2000;
    run();
    dump(after); /* as it was, and as a successor has it */
    assert_int_equal(recover(), ERR_OK);
    dump(found);
    assert_string_equal(found, after);
}

static void test_kills_at_every_step(void **unused)
{
    tree_make();
    put_aside(&start);
    for (size_t i = 0; i < operations_count; i++) {
        bool more = true;
        unsigned at = 0;
        begin(operations[i].run);
        assert_string_not_equal(before, after);
        while (more) {
            bring_back(&start);
            assert_int_equal(recover(), ERR_OK);
            files_memory.now = 2000;
            more = run_killed(operations[i].run, ++at);
            successor_check(operations[i].name, at);
            nothing_leaks(operations[i].name, at);
        }
        assert_true(at > 8); /* there were steps to be killed at */
    }
}

static void test_kills_in_recovery(void **unused)
{
    tree_make();
    put_aside(&start);
    for (size_t i = 0; i < operations_count; i++) {
        begin(operations[i].run);
        for (unsigned at = 1;; at += 5) {
            bring_back(&start);
            assert_int_equal(recover(), ERR_OK);
            files_memory.now = 2000;
            if (!run_killed(operations[i].run, at)) break;
            put_aside(&half);
            for (unsigned again = 1; run_killed(recover_plainly, again); again++) {
                successor_check(operations[i].name, at);
                bring_back(&half);
            }
            successor_check(operations[i].name, at);
        }
    }
}

static void random_operation(void)
{
    static const char *const names[] = {"/a", "/b", "/d/a", "/d/" LONG_NAME, "/d", "/e", "/e/c", "/d/e/c", "/e/d"};
    const char *name = names[rand() % 9], *other = names[rand() % 9];
    static const size_t sizes[] = {1, 100, 4096, 5000, 20000, 65536};
    size_t size = sizes[rand() % 6];
    switch (rand() % 12) {
    case 0:
        path_mkdir(name, 0755);
        break;
    case 1:
        path_unlink(name);
        break;
    case 2:
        path_rmdir(name);
        break;
    case 3:
        path_rename(name, other);
        break;
    case 4:
        truncate_to(name, rand() % 2 ? 0 : (uint64_t)rand() % 100000);
        break;
    case 5:
        files_reap();
        break;
    case 6:
    case 7:
        write_at(name, OPEN_CREATE, 0, 0, 0);
        break;
    default:
        write_at(name, rand() % 3 ? 0 : OPEN_APPEND, (uint64_t)rand() % 300000, size, (uint8_t)rand());
    }
}

static unsigned seed;

static void seeded(void)
{
    srand(seed);
    random_operation();
    if (rand() % 4 == 0) random_operation(); /* after a whole one, with what that has left on the heap */
}

static void test_random_kills(void **unused)
{
    unsigned kills = 0;
    tree_make();
    for (unsigned round = 0; round < 1500; round++) {
        static char middle[DUMP_BYTES];
        seed = round * 2;
        put_aside(&start);
        assert_int_equal(recover(), ERR_OK);
        dump(before);
        files_memory.now = 2000 + round;
        srand(seed);
        random_operation();
        dump(middle);
        bool second = rand() % 4 == 0;
        if (second) random_operation();
        dump(after);
        bring_back(&start);
        assert_int_equal(recover(), ERR_OK);
        files_memory.now = 2000 + round;
        kills += run_killed(seeded, 1 + (unsigned)(round * 7919u % 29));
        assert_int_equal(recover(), ERR_OK);
        assert_int_equal(dropped, 0);
        dump(found);
        if (strcmp(found, before) != 0 && strcmp(found, middle) != 0 && strcmp(found, after) != 0)
            fail_msg("round %u:\n%s\nis neither\n%s\nnor\n%s\nnor\n%s", round, found, before, middle, after);
    }
    print_message("%u kills\n", kills);
    assert_true(kills > 200);
    nothing_leaks("random", 0);
}

/* Killed before the tree was whole, or of another layout: it is not taken, and nothing of it stays. */
static void test_a_tree_that_is_not_whole(void **unused)
{
    tree_make();
    files_give_up();
    assert_int_equal(files_host_chunks, 0);
    assert_int_equal(recover(), ERR_NOT_FOUND);
    tree_make();
    nothing_leaks("begun again", 0);
}

/*
 * What was much in a file is freed in steps. Meanwhile the file goes, and another one comes where its node was: what is left of the first is
 * not the second one's.
 */
static void test_a_node_in_place_of_another(void **unused)
{
    tree_make();
    truncate_to("/big", 0);
    path_unlink("/big");
    write_at("/second", OPEN_CREATE, 0, 3 * FILE_BLOCK, 9);
    dump(before);
    assert_int_equal(recover(), ERR_OK);
    dump(found);
    assert_string_equal(found, before);
    nothing_leaks("a node in place of another", 0);
}

/* Without memory to take what is there nothing is lost: the next one takes it. */
static void test_no_memory_to_recover(void **unused)
{
    tree_make();
    dump(before);
    files_host_refuses = true;
    assert_int_equal(recover(), ERR_NO_MEMORY);
    files_host_refuses = false;
    assert_int_equal(recover(), ERR_OK);
    dump(found);
    assert_string_equal(found, before);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_kills_at_every_step),
        cmocka_unit_test(test_kills_in_recovery),
        cmocka_unit_test(test_random_kills),
        cmocka_unit_test(test_a_tree_that_is_not_whole),
        cmocka_unit_test(test_a_node_in_place_of_another),
        cmocka_unit_test(test_no_memory_to_recover),
    };
    return cmocka_run_group_tests(tests, 0, 0);
}
