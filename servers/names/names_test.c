/* SPDX-License-Identifier: BSD-2-Clause */
/* The table of names and who waits for one: order, ownership, shares. */
#include "names_table.h"
#include "waiters.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define CAPACITY 64

static struct name_entry entries[CAPACITY];
static uint32_t sorted[CAPACITY];
static struct name_table table;

static err_t add(const char *name, uint64_t owner)
{
    return name_table_add(&table, name, strlen(name), owner, owner, (cptr_t)(owner + 100), NAME_COPIED);
}

static const struct name_entry *find(const char *name)
{
    return name_table_find(&table, name, strlen(name));
}

static int setup(void **state)
{
    name_table_init(&table, entries, sorted, CAPACITY, 20);
    return 0;
}

static void finds_what_was_added(void **state)
{
    cptr_t endpoint;
    assert_int_equal(add("term", 1), ERR_OK);
    assert_int_equal(add("te", 2), ERR_OK);
    assert_int_equal(add("terminal", 3), ERR_OK);
    assert_int_equal(find("term")->owner, 1);
    assert_int_equal(find("te")->owner, 2);
    assert_null(find("ter"));
    assert_int_equal(add("te", 3), ERR_EXISTS);
    assert_int_equal(name_table_remove(&table, "te", 2, 3, &endpoint), ERR_PERMISSION);
    assert_int_equal(name_table_remove(&table, "te", 2, 2, &endpoint), ERR_OK);
    assert_int_equal(endpoint, 102);
    assert_int_equal(name_table_remove(&table, "te", 2, 2, &endpoint), ERR_NOT_FOUND);
    assert_int_equal(find("terminal")->owner, 3);
}

static void enumerates_in_order(void **state)
{
    char got[256] = "";
    add("pl011", 1);
    add("uart.1", 1);
    add("uart.0", 2);
    add("art", 2);
    add("term", 3);
    uint32_t at = UINT32_MAX;
    const struct name_entry *entry;
    while ((entry = name_table_next(&table, "art", 3, "", 0, &at)) != NULL) {
        strcat(strcat(got, entry->name), " ");
    }
    assert_string_equal(got, "art uart.0 uart.1 ");
    at = UINT32_MAX;
    assert_string_equal(name_table_next(&table, "", 0, "pl011", 5, &at)->name, "term");
    at = UINT32_MAX;
    assert_string_equal(name_table_next(&table, "", 0, "q", 1, &at)->name, "term");
}

static void U6_odd_names(void **state)
{
    char longer[65];
    memset(longer, 'x', 64);
    longer[64] = 0;
    static const char *const odd[] = {"", " ", "a b", "a/b", "a\n", "\x80", "caf\xc3\xa9", "\x1b[2J"};
    for (size_t i = 0; i < sizeof(odd) / sizeof(odd[0]); i++) {
        assert_int_equal(add(odd[i], 1), ERR_INVALID);
        assert_null(find(odd[i]));
    }
    assert_int_equal(add(longer, 1), ERR_INVALID);
    assert_int_equal(name_table_add(&table, "a\0b", 3, 1, 1, 1, NAME_COPIED), ERR_INVALID);
    longer[63] = 0;
    assert_int_equal(add(longer, 1), ERR_OK);
    uint32_t at = UINT32_MAX;
    assert_null(name_table_next(&table, "", 0, "\x80", 1, &at));
    assert_int_equal(table.count, 1);
}

static void U8_one_client_takes_all_names(void **state)
{
    char name[16];
    unsigned got = 0;
    for (int i = 0; i < 200; i++) {
        snprintf(name, sizeof(name), "n%d", i);
        got += add(name, 7) == ERR_OK;
    }
    assert_int_equal(got, 20);
    assert_int_equal(add("other", 8), ERR_OK);
    cptr_t endpoint;
    const struct name_entry *entry;
    while ((entry = name_table_owned(&table, 7)) != NULL) {
        assert_int_equal(name_table_remove(&table, entry->name, strlen(entry->name), 7, &endpoint), ERR_OK);
        got--;
    }
    assert_int_equal(got, 0);
    assert_int_equal(table.count, 1);
    assert_non_null(find("other"));
}

static void random_against_a_model(void **state)
{
    uint64_t owner_of[40] = {0};
    srand(2);
    for (int round = 0; round < 50000; round++) {
        int n = rand() % 40;
        uint64_t owner = 1 + (uint64_t)rand() % 4;
        char name[8];
        cptr_t endpoint;
        snprintf(name, sizeof(name), "%d", n);
        if (rand() % 2) {
            unsigned own = 0;
            for (int i = 0; i < 40; i++) {
                own += owner_of[i] == owner;
            }
            err_t want = owner_of[n] ? ERR_EXISTS : own >= 20 ? ERR_TOO_MANY : ERR_OK;
            assert_int_equal(add(name, owner), want);
            if (want == ERR_OK) owner_of[n] = owner;
        } else {
            err_t want = !owner_of[n] ? ERR_NOT_FOUND : owner_of[n] != owner ? ERR_PERMISSION : ERR_OK;
            assert_int_equal(name_table_remove(&table, name, strlen(name), owner, &endpoint), want);
            if (want == ERR_OK) owner_of[n] = 0;
        }
        const struct name_entry *entry = find(name);
        assert_int_equal(entry ? entry->owner : 0, owner_of[n]);
    }
}

static void U8_waits_are_shared(void **state)
{
    static struct waiter places[16];
    struct waiter_table waiters = {places, 16};
    int token[8];
    for (int i = 0; i < 4; i++) {
        assert_int_equal(waiter_add(&waiters, "x", 1, &token[i]), ERR_OK);
    }
    assert_int_equal(waiter_add(&waiters, "x", 1, &token[4]), ERR_TOO_MANY);
    assert_int_equal(waiter_add(&waiters, "y", 2, &token[5]), ERR_OK);
    assert_ptr_equal(waiter_take(&waiters, "y"), &token[5]);
    assert_null(waiter_take(&waiters, "y"));
    for (int i = 0; i < 4; i++) {
        assert_non_null(waiter_take_of(&waiters, 1));
    }
    assert_null(waiter_take_of(&waiters, 1));
    assert_int_equal(waiter_add(&waiters, "z", 1, &token[0]), ERR_OK);
    waiter_remove(&waiters, &token[0]);
    assert_null(waiter_take(&waiters, "z"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(finds_what_was_added, setup),
        cmocka_unit_test_setup(enumerates_in_order, setup),
        cmocka_unit_test_setup(U6_odd_names, setup),
        cmocka_unit_test_setup(U8_one_client_takes_all_names, setup),
        cmocka_unit_test_setup(random_against_a_model, setup),
        cmocka_unit_test(U8_waits_are_shared),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
