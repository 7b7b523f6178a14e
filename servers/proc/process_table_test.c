/* SPDX-License-Identifier: BSD-2-Clause */
/* The table of processes: pids, parents, records, waits, and that no process can use it up. */
#include "process_table.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define ENTRIES 32

static struct process entries[ENTRIES];
static struct process_waiter waiters[8];
static struct process_table table;

static int setup(void **state)
{
    static const struct process_limits limits = {
        .processes = ENTRIES, .reserved = 4, .children = 10, .records = 6, .waiters = 8, .waits = 3};
    memset(entries, 0, sizeof(entries));
    process_table_init(&table, entries, waiters, &limits, 0);
    return 0;
}

static struct process *add(pid_abi_t parent, uint32_t flags)
{
    struct process *process;
    return process_add(&table, 0, parent, "x", flags, &process) == ERR_OK ? process : NULL;
}

static err_t wait_for(pid_abi_t parent, pid_abi_t child, void *token, struct process *ended)
{
    struct process_waiter wait = {parent, child, 99, token};
    return process_wait(&table, &wait, ended);
}

static void pids_ascend(void **state)
{
    struct process *process;
    assert_int_equal(process_add(&table, 1, 0, "init", PROCESS_TRUSTED, &process), ERR_OK);
    assert_int_equal(process_add(&table, 4, 1, "proc", 0, &process), ERR_OK);
    assert_int_equal(process_add(&table, 3, 1, "late", 0, &process), ERR_INVALID);
    assert_int_equal(process_add(&table, 1ull << 32 | 9, 1, "core 1", 0, &process), ERR_INVALID);
    assert_int_equal(process_add(&table, 0, 1, "", 0, &process), ERR_INVALID);
    assert_int_equal(add(1, 0)->pid, 5);
    assert_int_equal(process_find_after(&table, 0)->pid, 1);
    assert_int_equal(process_find_after(&table, 2)->pid, 4);
    assert_int_equal(process_find_after(&table, 4)->pid, 5);
    assert_null(process_find_after(&table, 5));
    char text[24];
    pid_format(1ull << 32 | 4294967295u, text);
    assert_string_equal(text, "1.4294967295");
}

static void wait_before_and_after_the_end(void **state)
{
    int reply;
    void *token = NULL;
    struct process ended;
    pid_abi_t parent = add(0, 0)->pid;
    struct process *a = add(parent, 0), *b = add(parent, 0);
    pid_abi_t a_pid = a->pid, b_pid = b->pid;
    assert_int_equal(wait_for(parent, b_pid, &reply, &ended), ERR_BUSY);
    assert_false(process_end(&table, a, 1, 7, 7, &token));
    assert_true(process_end(&table, b, 1, 8, 8, &token));
    assert_ptr_equal(token, &reply);
    assert_null(process_find(&table, b_pid));
    assert_int_equal(wait_for(parent, 0, &reply, &ended), ERR_OK);
    assert_int_equal(ended.pid, a_pid);
    assert_int_equal(ended.exit_code, 7);
    assert_int_equal(wait_for(parent, a_pid, &reply, &ended), ERR_NOT_FOUND);
    assert_int_equal(wait_for(parent, 0, &reply, &ended), ERR_NOT_FOUND);
    assert_int_equal(table.count, 1);
}

static void strangers_cannot_wait(void **state)
{
    struct process ended;
    pid_abi_t parent = add(0, 0)->pid, other = add(0, 0)->pid;
    pid_abi_t child = add(parent, 0)->pid;
    add(other, 0);
    assert_int_equal(wait_for(other, child, NULL, &ended), ERR_NOT_FOUND);
    assert_int_equal(wait_for(12345, child, NULL, &ended), ERR_NOT_FOUND);
}

static void orphans_leave_no_record(void **state)
{
    void *token;
    struct process *parent = add(0, 0);
    struct process *ended = add(parent->pid, 0), *alive = add(parent->pid, 0);
    process_end(&table, ended, 1, 0, 0, &token);
    assert_int_equal(table.records, 1);
    process_end(&table, parent, 1, 0, 0, &token);
    assert_int_equal(table.records, 0);
    assert_int_equal(table.count, 1);
    process_end(&table, alive, 1, 0, 0, &token);
    assert_int_equal(table.count, 0);
}

static void a_wait_that_became_hopeless(void **state)
{
    int one, two;
    void *token;
    struct process ended;
    pid_abi_t parent = add(0, 0)->pid;
    struct process *child = add(parent, PROCESS_DETACHED);
    assert_int_equal(wait_for(parent, 0, &one, &ended), ERR_BUSY);
    assert_int_equal(wait_for(parent, 0, &two, &ended), ERR_BUSY);
    assert_false(process_wait_hopeless(&table, parent, &token));
    assert_true(process_end(&table, child, 1, 0, 0, &token));
    assert_true(process_wait_hopeless(&table, parent, &token));
    assert_false(process_wait_hopeless(&table, parent, &token));
}

static void U3_waits_of_a_dead_client(void **state)
{
    int reply;
    void *token;
    struct process ended;
    pid_abi_t parent = add(0, 0)->pid;
    pid_abi_t child = add(parent, 0)->pid;
    for (int i = 0; i < 3; i++) {
        assert_int_equal(wait_for(parent, child, &reply, &ended), ERR_BUSY);
    }
    assert_int_equal(wait_for(parent, child, &reply, &ended), ERR_TOO_MANY);
    for (int i = 0; i < 3; i++) {
        assert_true(process_wait_of_client(&table, 99, &token));
    }
    assert_false(process_wait_of_client(&table, 99, &token));
}

static void U3_a_wait_that_was_given_up(void **state)
{
    int first, second;
    void *token;
    struct process ended;
    pid_abi_t parent = add(0, 0)->pid;
    struct process *child = add(parent, 0);
    assert_int_equal(wait_for(parent, child->pid, &first, &ended), ERR_BUSY);
    process_wait_cancel(&table, &first);
    assert_int_equal(wait_for(parent, child->pid, &second, &ended), ERR_BUSY);
    assert_true(process_end(&table, child, 2, 0, 137, &token));
    assert_ptr_equal(token, &second);
}

static void U8_one_process_takes_the_table(void **state)
{
    struct process *bomb = add(0, 0);
    unsigned children = 0;
    while (add(bomb->pid, 0) != NULL) {
        children++;
    }
    assert_int_equal(children, 10);
    /* many such: the last entries stay for services */
    while (add(0, 0) != NULL) {
    }
    assert_int_equal(table.count, ENTRIES - 4);
    for (int i = 0; i < 4; i++) {
        assert_non_null(add(0, PROCESS_SERVICE));
    }
    assert_null(add(0, PROCESS_SERVICE));
}

static void U8_records_are_bounded(void **state)
{
    void *token;
    struct process ended;
    pid_abi_t parent = add(0, PROCESS_SERVICE)->pid;
    pid_abi_t first = 0;
    for (int i = 0; i < 20; i++) {
        struct process *child = add(parent, 0);
        if (i == 13) first = child->pid;
        process_end(&table, child, 1, (uint32_t)i, 0, &token);
        assert_true(table.records <= 6);
    }
    assert_int_equal(wait_for(parent, first, NULL, &ended), ERR_NOT_FOUND);
    assert_int_equal(wait_for(parent, 0, NULL, &ended), ERR_OK);
    assert_int_equal(ended.exit_code, 14);
}

static void random_births_and_deaths(void **state)
{
    srand(3);
    for (int round = 0; round < 20000; round++) {
        struct process *some = process_of_number(&table, (uint32_t)rand() % ENTRIES);
        struct process ended;
        void *token;
        switch (rand() % 3) {
        case 0:
            add(some != NULL ? some->pid : 0, rand() % 4 == 0 ? PROCESS_DETACHED : 0);
            break;
        case 1:
            if (some != NULL && !some->ended) process_end(&table, some, 1, 0, 0, &token);
            break;
        default:
            if (some != NULL) wait_for(some->pid, 0, &round, &ended);
        }
        uint32_t count = 0, records = 0;
        for (struct process *p = process_find_after(&table, 0); p != NULL; p = p->next) {
            uint32_t children = 0;
            for (struct process *c = table.first; c != NULL; c = c->next) {
                children += c->parent == p->pid;
            }
            assert_int_equal(children, p->children);
            assert_ptr_equal(process_find(&table, p->pid), p);
            count++;
            records += p->ended;
        }
        assert_int_equal(count, table.count);
        assert_int_equal(records, table.records);
    }
}

static void guests_are_parents_only(void **state)
{
    struct process *guest, *child, ended;
    void *token;
    assert_int_equal(process_guest_add(&table, 1ull << 32 | 9, &guest), ERR_OK);
    assert_ptr_equal(process_find(&table, 1ull << 32 | 9), guest);
    assert_int_equal(process_add(&table, 0, 1ull << 32 | 9, "child", 0, &child), ERR_OK);
    pid_abi_t pid = child->pid;
    assert_int_equal(child->parent, 1ull << 32 | 9);
    assert_ptr_equal(process_find_after(&table, 0), child);
    assert_null(child->next);
    /* Its record is kept for the guest, and goes with it. */
    assert_false(process_end(&table, child, 1, 3, 3, &token));
    struct process_waiter wait = {1ull << 32 | 9, pid, 1, &wait};
    assert_int_equal(process_wait(&table, &wait, &ended), ERR_OK);
    assert_int_equal(ended.exit_code, 3);
    assert_int_equal(process_add(&table, 0, 1ull << 32 | 9, "second", 0, &child), ERR_OK);
    assert_false(process_end(&table, child, 1, 0, 0, &token));
    process_guest_remove(&table, guest);
    assert_null(process_find(&table, 1ull << 32 | 9));
    assert_int_equal(table.count, 0);
    assert_int_equal(table.records, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(guests_are_parents_only, setup),
        cmocka_unit_test_setup(pids_ascend, setup),
        cmocka_unit_test_setup(wait_before_and_after_the_end, setup),
        cmocka_unit_test_setup(strangers_cannot_wait, setup),
        cmocka_unit_test_setup(orphans_leave_no_record, setup),
        cmocka_unit_test_setup(a_wait_that_became_hopeless, setup),
        cmocka_unit_test_setup(U3_waits_of_a_dead_client, setup),
        cmocka_unit_test_setup(U3_a_wait_that_was_given_up, setup),
        cmocka_unit_test_setup(U8_one_process_takes_the_table, setup),
        cmocka_unit_test_setup(U8_records_are_bounded, setup),
        cmocka_unit_test_setup(random_births_and_deaths, setup),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
