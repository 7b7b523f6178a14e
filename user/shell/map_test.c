/* SPDX-License-Identifier: BSD-2-Clause */
/* Who shares memory: overlaps, both ways; not what nobody writes, nor what one process has mapped twice. */
#include "map.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static void shares(void **unused)
{
    (void)unused;
    const struct chan_memory memory[] = {
        {3, 0x3000, 0x2000, true},                              /* overlaps the end of the first, */
        {1, 0x1000, 0x3000, true},                              /* which is mapped twice, */
        {1, 0x1000, 0x3000, false}, {2, 0x1000, 0x1000, false}, /* and its begin, only for reading */
        {2, 0x8000, 0x1000, false},                             /* a program's text: nobody writes it */
        {3, 0x8000, 0x1000, false}, {2, 0xa000, 0x1000, true},  /* side by side */
        {3, 0xb000, 0x1000, true},  {1, 0xc000, 0x1000, true},  /* its own, at two sizes */
        {1, 0xc000, 0x2000, true},  {3, 0x6000, 0x1000, true},  /* and a second piece of two that share already */
        {2, 0x6800, 0x800, true},   {2, 0x1800, 0x200, true},
    };
    struct map map = {.chan.memory = malloc(sizeof memory), .chan.memory_count = sizeof memory / sizeof memory[0]};
    memcpy(map.chan.memory, memory, sizeof memory);
    assert_true(map_share(&map));
    assert_int_equal(map_shared_bytes(&map, 1, 3), 0x1000);
    assert_int_equal(map_shared_bytes(&map, 3, 1), 0x1000);
    assert_int_equal(map_shared_bytes(&map, 1, 2), 0x1000 + 0x200);
    assert_int_equal(map_shared_bytes(&map, 2, 3), 0x800);
    assert_int_equal(map.shared_count, 3);
    for (uint32_t i = 0; i < map.shared_count; i++) {
        assert_true(map.shared[i].a < map.shared[i].b);
    }
    free(map.chan.memory);
    free(map.shared);
}

/* A frame of many: each is connected, and nobody with everybody. */
static void many(void **unused)
{
    (void)unused;
    const struct chan_memory memory[] = {
        {1, 0x1000, 0x1000, true}, {2, 0x1000, 0x1000, true},  {3, 0x1000, 0x1000, true},  {4, 0x1000, 0x1000, true},
        {5, 0x9000, 0x1000, true}, {6, 0x9000, 0x1000, false}, {7, 0x9000, 0x1000, false},
    };
    struct map map = {.chan.memory = malloc(sizeof memory), .chan.memory_count = sizeof memory / sizeof memory[0]};
    memcpy(map.chan.memory, memory, sizeof memory);
    assert_true(map_share(&map));
    assert_int_equal(map.shared_count, 5);
    assert_int_equal(map_shared_bytes(&map, 1, 2), 0x1000);
    assert_int_equal(map_shared_bytes(&map, 2, 3), 0x1000);
    assert_int_equal(map_shared_bytes(&map, 3, 4), 0x1000);
    assert_int_equal(map_shared_bytes(&map, 5, 6), 0x1000);
    assert_int_equal(map_shared_bytes(&map, 5, 7), 0x1000); /* 6 and 7 only read */
    free(map.chan.memory);
    free(map.shared);
}

static void nothing(void **unused)
{
    (void)unused;
    struct map map = {0};
    assert_true(map_share(&map));
    assert_int_equal(map.shared_count, 0);
    assert_int_equal(map_shared_bytes(&map, 1, 2), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(shares), cmocka_unit_test(many), cmocka_unit_test(nothing)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
