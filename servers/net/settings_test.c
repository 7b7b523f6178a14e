/* SPDX-License-Identifier: BSD-2-Clause */
/* What was set by hand survives net: killed at each step of each change, the successor has what there was before or after. */
#include "settings.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <kept/kept.h>

static unsigned steps, kill_at;
static jmp_buf killed;

void kept_step(void)
{
    if (++steps == kill_at) {
        longjmp(killed, 1);
    }
}

static bool change(void)
{
    struct settings_device device = {.address = (uint32_t)rand(), .by_hand = 1};
    switch (rand() % 4) {
    case 0:
        snprintf(device.name, sizeof device.name, "en%d", rand() % 6);
        return settings_set_device(&device);
    case 1:
        return settings_set_server((uint32_t)rand() % 3, (uint32_t)rand());
    case 2:
        return settings_set_neighbour(1 + (uint32_t)rand() % 100, (uint64_t)rand());
    default:
        settings_remove_neighbour((uint32_t)rand() % 100);
        return true;
    }
}

static void killed_at_every_step(void **state)
{
    static struct settings settings, whole;
    static unsigned old, new, refused; /* not on the stack, for longjmp() */
    (void)state;
    srand(1);
    settings_keep(&settings);
    for (int round = 0; round < 20000; round++) {
        struct settings_copy before = *settings_now();
        int seed = rand();
        /* What it would have become without the kill. */
        whole = settings;
        settings_keep(&whole);
        kill_at = 0;
        srand((unsigned)seed);
        refused += !change();
        settings_keep(&settings);
        steps = 0;
        kill_at = 1 + (unsigned)round % 4;
        srand((unsigned)seed);
        if (setjmp(killed) == 0) change();
        bool is_old = memcmp(settings_now(), &before, sizeof before) == 0;
        bool is_new = memcmp(settings_now(), &whole.copy[whole.good & 1], sizeof before) == 0;
        assert_true(is_old || is_new);
        old += is_old && !is_new;
        new += is_new && !is_old;
    }
    assert_true(old > 1000 && new > 1000 && refused > 100);
}

static void found_again(void **state)
{
    static struct settings settings;
    struct settings_device device = {.name = "en0", .address = 1, .netmask = 2, .gateway = 3, .by_hand = 1};
    (void)state;
    kill_at = 0;
    settings_keep(&settings);
    assert_null(settings_device("en0"));
    assert_true(settings_set_device(&device));
    device.address = 9;
    assert_true(settings_set_device(&device));
    assert_true(settings_set_neighbour(7, 0x70));
    assert_true(settings_set_neighbour(8, 0x80));
    assert_true(settings_remove_neighbour(7));
    assert_false(settings_remove_neighbour(7) || settings_remove_neighbour(6) || settings_remove_neighbour(0));
    assert_int_equal(settings_device("en0")->address, 9);
    assert_null(settings_device("en1"));
    assert_int_equal(settings_now()->neighbours[0].address, 0);
    assert_int_equal(settings_now()->neighbours[1].hardware, 0x80);
    for (uint32_t i = 0; i < SETTINGS_NEIGHBOURS - 1; i++)
        assert_true(settings_set_neighbour(100 + i, i));
    assert_false(settings_set_neighbour(99, 1));
    assert_true(settings_set_neighbour(100, 5)); /* one that is there is changed */
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(killed_at_every_step),
        cmocka_unit_test(found_again),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
