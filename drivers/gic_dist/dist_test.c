/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Host tests of the distributor's registers, on memory: what is written where. (Memory has no write-one-to-set registers: the
 * last word written stays.)
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "dist.h"

static uint32_t registers[0x10000 / 4];
static const uint64_t affinity[] = {0x80000000, 0x80000001, 0xff80000102};

static struct dist start(uint32_t version)
{
    memset(registers, 0, sizeof registers);
    registers[1] = 3; /* 128 interrupts */
    registers[0x800 / 4] = 0x04040404;
    return (struct dist){.base = registers, .version = version, .affinity = affinity, .cores = 3};
}

static void init_leaves_the_kernels_interrupts_alone(void **state)
{
    (void)state;
    for (uint32_t version = 2; version <= 3; version++) {
        struct dist dist = start(version);
        assert_int_equal(dist_init(&dist), ERR_OK);
        assert_int_equal(dist.limit, 128);
        assert_int_equal(registers[0x80 / 4], 0);
        assert_int_equal(registers[0x84 / 4], version == 3 ? 0xffffffff : 0);
        assert_int_equal(registers[0x400 / 4 + 7], 0);
        assert_int_equal(registers[0x400 / 4 + 8], 0xa0a0a0a0);
        assert_int_equal(registers[0x400 / 4 + 32], 0);
        assert_int_equal(registers[0], version == 3 ? 0x12 : 3);
        assert_int_equal(registers[0x800 / 4 + 8], version == 2 ? 0x04040404 : 0);
    }
}

static void init_leaves_enabled_interrupts_alone(void **state)
{
    (void)state;
    struct dist dist = start(2);
    registers[0x104 / 4] = 1 << 3;
    registers[0xc00 / 4 + 2] = 2u << 6;
    registers[0x400 / 4 + 8] = 0x40000000;
    assert_int_equal(dist_init(&dist), ERR_OK);
    assert_int_equal(registers[0xc00 / 4 + 2], 2u << 6);
    assert_int_equal(registers[0x400 / 4 + 8], 0x40a0a0a0);
}

static void a_distributor_without_spis_is_refused(void **state)
{
    (void)state;
    struct dist dist = start(3);
    registers[1] = 0;
    assert_int_equal(dist_init(&dist), ERR_DEVICE);
    registers[1] = 0x1f;
    assert_int_equal(dist_init(&dist), ERR_OK);
    assert_int_equal(dist.limit, 1020);
}

static void enable_sets_trigger_and_priority(void **state)
{
    (void)state;
    struct dist dist = start(2);
    dist_init(&dist);
    dist_enable(&dist, 33, true, 0x80);
    assert_int_equal(registers[0xc00 / 4 + 2], 2 << 2);
    assert_int_equal(registers[0x400 / 4 + 8], 0xa0a080a0);
    assert_int_equal(registers[0x104 / 4], 2);
    assert_int_equal(registers[0x184 / 4], 2);
    assert_int_equal(registers[0x284 / 4], 2);
    assert_int_equal(registers[0x384 / 4], 2);
    dist_enable(&dist, 33, false, 0x10);
    assert_int_equal(registers[0xc00 / 4 + 2], 0);
    struct dist_state s = dist_read(&dist, 33);
    assert_true(s.enabled && !s.pending && !s.active && s.priority == 0x10);
}

static void routes(void **state)
{
    (void)state;
    struct dist dist = start(3);
    dist_init(&dist);
    assert_int_equal(dist_route(&dist, 40, 2), ERR_OK);
    assert_int_equal(registers[0x6000 / 4 + 80], 0x102);
    assert_int_equal(registers[0x6000 / 4 + 81], 0xff);
    assert_int_equal(dist_route(&dist, 40, 3), ERR_ARGUMENT);
    dist = start(2);
    dist_init(&dist);
    assert_int_equal(dist_route(&dist, 41, 1), ERR_OK);
    assert_int_equal(registers[0x800 / 4 + 10], 0x04040204);
    dist.cores = 0;
    assert_int_equal(dist_route(&dist, 41, 0), ERR_OK);
    assert_int_equal(registers[0x800 / 4 + 10], 0x04040404);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(init_leaves_the_kernels_interrupts_alone),
        cmocka_unit_test(init_leaves_enabled_interrupts_alone),
        cmocka_unit_test(a_distributor_without_spis_is_refused),
        cmocka_unit_test(enable_sets_trigger_and_priority),
        cmocka_unit_test(routes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
