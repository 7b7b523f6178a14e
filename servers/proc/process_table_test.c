/* SPDX-License-Identifier: BSD-2-Clause */
/* The table of processes: pids, parents, records, waits, and that no process can use it up. */
#include "process_table.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <kept/kept.h>

#define ENTRIES 32

static struct process entries[ENTRIES];
static uint32_t next_number;
static struct process_waiter waiters[8];
static struct process_table table;

static int setup(void **state)
{
    static const struct process_limits limits = {
        .processes = ENTRIES, .reserved = 4, .children = 10, .records = 6, .waiters = 8, .waits = 3};
    memset(entries, 0, sizeof(entries));
    next_number = 0;
    process_table_init(&table, entries, &next_number, waiters, &limits, 0);
    return 0;
}

static struct process *add(pid_abi_t parent, uint32_t flags)
{
    struct process *process;
    return process_add(&table, 0, parent, "x", flags, &process) == ERR_OK ? process : NULL;
}

/* Where proc is killed: at the n-th step of what it does, if at all. */
static unsigned steps, kill_at;
static jmp_buf killed;

void kept_step(void)
{
    if (++steps == kill_at) longjmp(killed, 1);
}

/* As proc does both: told, then forgotten. */
static err_t wait_with(const struct process_waiter *wait, struct process *ended)
{
    struct process *record;
    err_t err = process_wait(&table, wait, &record);
    if (err != ERR_OK) return err;
    *ended = *record;
    process_forget(&table, record);
    return ERR_OK;
}

static err_t wait_for(pid_abi_t parent, pid_abi_t child, void *token, struct process *ended)
{
    struct process_waiter wait = {parent, child, 99, token};
    return wait_with(&wait, ended);
}

static bool end(struct process *process, uint32_t kind, uint32_t code, uint32_t status, void **token)
{
    process_stopped(process, kind, code, status);
    if (!process_end(&table, process, token)) return false;
    process_forget(&table, process);
    return true;
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
    assert_false(end(a, 1, 7, 7, &token));
    assert_true(end(b, 1, 8, 8, &token));
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
    end(ended, 1, 0, 0, &token);
    assert_int_equal(table.records, 1);
    end(parent, 1, 0, 0, &token);
    assert_int_equal(table.records, 0);
    assert_int_equal(table.count, 1);
    end(alive, 1, 0, 0, &token);
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
    assert_true(end(child, 1, 0, 0, &token));
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
    assert_true(end(child, 2, 0, 137, &token));
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
        end(child, 1, (uint32_t)i, 0, &token);
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
            if (some != NULL && !some->ended) end(some, 1, 0, 0, &token);
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
    assert_false(end(child, 1, 3, 3, &token));
    struct process_waiter wait = {1ull << 32 | 9, pid, 1, &wait};
    assert_int_equal(wait_with(&wait, &ended), ERR_OK);
    assert_int_equal(ended.exit_code, 3);
    assert_int_equal(process_add(&table, 0, 1ull << 32 | 9, "second", 0, &child), ERR_OK);
    assert_false(end(child, 1, 0, 0, &token));
    process_guest_remove(&table, guest);
    assert_null(process_find(&table, 1ull << 32 | 9));
    assert_int_equal(table.count, 0);
    assert_int_equal(table.records, 0);
}

/*
 * Kills at each step: a table of some processes, one operation, cut off at its n-th step; then the successor's table must be
 * one that the operation's beginning or its end could have left, and go on working.
 */
struct operation {
    const char *name;
    void (*run)(void);
};

static pid_abi_t parent_pid, child_pid, ended_pid;

static void some_processes(void)
{
    setup(NULL);
    void *token;
    struct process *parent = add(0, 0);
    parent_pid = parent->pid;
    child_pid = add(parent_pid, 0)->pid;
    struct process *child = add(parent_pid, 0);
    ended_pid = child->pid;
    end(child, 1, 5, 5, &token);
    add(child_pid, 0);
    add(child_pid, PROCESS_DETACHED);
}

static void do_add(void)
{
    add(parent_pid, 0);
}
static void do_end_child(void)
{
    void *token;
    end(process_find(&table, child_pid), 1, 9, 9, &token);
}
static void do_end_waited_for(void)
{
    struct process ended;
    wait_for(parent_pid, child_pid, &ended, &ended);
    do_end_child();
}
static void do_end_parent(void)
{
    void *token;
    end(process_find(&table, parent_pid), 1, 1, 1, &token);
}
static void do_wait(void)
{
    struct process ended;
    wait_for(parent_pid, ended_pid, &ended, &ended);
}
static void do_guest(void)
{
    struct process *guest, *child;
    process_guest_add(&table, 1ull << 32 | 9, &guest);
    process_add(&table, 0, 1ull << 32 | 9, "child", 0, &child);
    process_guest_remove(&table, guest);
}

/* What must hold of any table, and what proc does of what it finds in one: stopped processes are ended. */
static void successor_check(void)
{
    static const struct process_limits limits = {
        .processes = ENTRIES, .reserved = 4, .children = 10, .records = 6, .waiters = 8, .waits = 3};
    void *token;
    uint32_t count = 0, records = 0, last = 0, used = 0;
    process_table_init(&table, entries, &next_number, waiters, &limits, 0);
    for (uint32_t i = 0; i < ENTRIES; i++) {
        struct process *p = process_of_number(&table, i);
        if (p != NULL && p->exit_kind != 0 && !p->ended) process_end(&table, p, &token);
    }
    for (struct process *p = process_find_after(&table, 0); p != NULL; p = p->next, count++) {
        uint32_t children = 0;
        struct process *parent = process_find(&table, p->parent);
        for (struct process *c = table.first; c != NULL; c = c->next)
            children += c->parent == p->pid;
        assert_int_equal(children, p->children);
        assert_ptr_equal(process_find(&table, p->pid), p);
        assert_true(p->pid > last && p->pid < next_number);
        assert_true(p->parent == 0 || (parent != NULL && !parent->ended));
        assert_false(p->ended && p->parent == 0);
        assert_int_equal(p->ended, p->exit_kind != 0);
        last = (uint32_t)p->pid;
        records += p->ended;
    }
    for (uint32_t i = 0; i < ENTRIES; i++)
        used += entries[i].used && !(entries[i].flags & PROCESS_GUEST);
    assert_int_equal(used, count);
    assert_int_equal(records, table.records);
    /* It goes on: a new one has a pid that was never given, and the rest can end. */
    uint32_t before = next_number;
    struct process *fresh = add(0, 0);
    assert_true(fresh->pid >= before);
    while (table.first != NULL) {
        struct process *p = table.first;
        if (p->ended)
            process_forget(&table, p);
        else
            end(p, 1, 0, 0, &token);
    }
}

/* A record that nobody was told of is there still; what was running is, or is known to have stopped. */
static void nothing_lost(const char *name)
{
    struct process *parent = process_find(&table, parent_pid), *record = process_find(&table, ended_pid);
    if (parent == NULL || parent->exit_kind != 0) return;
    if (strcmp(name, "wait") != 0) assert_true(record != NULL && record->ended && record->exit_code == 5);
    struct process *child = process_find(&table, child_pid);
    if (child != NULL && child->ended) assert_int_equal(child->exit_code, 9);
    if (strcmp(name, "end of a child") == 0) assert_non_null(child);
}

static void kills_at_every_step(void **state)
{
    static const struct operation operations[] = {{"add", do_add},
                                                  {"end of a child", do_end_child},
                                                  {"end that is waited for", do_end_waited_for},
                                                  {"end of a parent", do_end_parent},
                                                  {"wait", do_wait},
                                                  {"guest", do_guest}};
    (void)state;
    for (volatile size_t i = 0; i < sizeof(operations) / sizeof(operations[0]); i++) {
        volatile bool whole = false;
        volatile unsigned at = 0;
        while (!whole) {
            kill_at = 0;
            some_processes();
            steps = 0;
            at = at + 1;
            kill_at = at;
            if (setjmp(killed) == 0) {
                operations[i].run();
                whole = true;
            }
            kill_at = 0;
            static const struct process_limits limits = {
                .processes = ENTRIES, .reserved = 4, .children = 10, .records = 6, .waiters = 8, .waits = 3};
            process_table_init(&table, entries, &next_number, waiters, &limits, 0);
            nothing_lost(operations[i].name);
            successor_check();
        }
        assert_true(at > 2); /* there were steps to be killed at */
    }
}

/* Whatever stands there, nothing is believed that could not have been written. */
static void a_state_of_noise(void **state)
{
    static const struct process_limits limits = {
        .processes = ENTRIES, .reserved = 4, .children = 10, .records = 6, .waiters = 8, .waits = 3};
    (void)state;
    srand(5);
    for (int round = 0; round < 200; round++) {
        some_processes();
        for (int n = 0; n < 50; n++)
            ((unsigned char *)entries)[(size_t)rand() % sizeof(entries)] = (unsigned char)rand();
        process_table_init(&table, entries, &next_number, waiters, &limits, 0);
        for (struct process *p = table.first; p != NULL; p = p->next)
            assert_ptr_equal(process_find(&table, p->pid) != NULL ? p : NULL, p);
    }
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
        cmocka_unit_test_setup(kills_at_every_step, setup),
        cmocka_unit_test_setup(a_state_of_noise, setup),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
