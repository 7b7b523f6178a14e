/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Processes: started, waited for, killed in every state, a thousand times over, with every byte and every capability back.
 */
#include "child.h"
#include "support.h"
#include <idl/mem.h>
#include <idl/names.h>
#include <messaging/channel.h>
#include <stdio.h>
#include <threads/thread.h>

static void exit_codes(void)
{
    struct proc_exit exit;

    CHECK_OK(child_run("victim exit 0", &exit));
    EXPECT_EQ(exit.kind, EXIT_NORMAL);
    EXPECT_EQ(exit.status, 0);
    CHECK_OK(child_run("victim exit 42", &exit));
    EXPECT_EQ(exit.code, 42);
    EXPECT_EQ(exit.status, 42);
    CHECK_OK(child_run("victim exit 1000", &exit));
    EXPECT_EQ(exit.status, 1000 & 0xff);
}

static void not_a_program(void)
{
    uint64_t pid;

    CHECK_ERR(child_start("no-such-program", &pid), ERR_NOT_FOUND);
    CHECK_ERR(child_start("etc/no-such-file", &pid), ERR_NOT_FOUND);
    EXPECT(child_start("etc/inventory", &pid) != ERR_OK); /* a text, not an ELF */
    EXPECT(child_start("../sbin/mem", &pid) != ERR_OK);
    EXPECT(child_start("", &pid) != ERR_OK);
}

static void wait_semantics(void)
{
    struct proc_exit exit;
    uint64_t pid, init = 1;

    CHECK_ERR(proc_wait(proc_default(), 0, &exit), ERR_NOT_FOUND); /* no children */
    CHECK_ERR(proc_wait(proc_default(), init, &exit), ERR_NOT_FOUND);
    CHECK_OK(child_start("victim exit 7", &pid));
    CHECK_OK(proc_wait(proc_default(), 0, &exit));
    EXPECT_EQ(exit.pid, pid);
    EXPECT_EQ(exit.status, 7);
    CHECK_ERR(proc_wait(proc_default(), pid, &exit), ERR_NOT_FOUND);
    CHECK_OK(child_start("victim spin", &pid));
    CHECK_ERR(child_wait(pid, 30, &exit), ERR_TIMEOUT);
    CHECK_OK(proc_kill(proc_default(), pid));
    CHECK_OK(child_wait(pid, 5000, &exit));
    EXPECT_EQ(exit.kind, EXIT_KILLED);
    EXPECT_EQ(exit.status, 137);
}

/* Their places are free again, and none of them takes the exit record from who really waits. */
static void U3_waits_given_up_are_forgotten(void)
{
    struct proc_exit exit;
    uint64_t pid;

    CHECK_OK(child_start("victim sleep", &pid));
    for (unsigned i = 0; i < 60; i++) {
        CHECK_ERR(child_wait(pid, 1, &exit), ERR_TIMEOUT);
    }
    CHECK_OK(proc_kill(proc_default(), pid));
    CHECK_OK(child_wait(pid, 5000, &exit));
    EXPECT_EQ(exit.kind, EXIT_KILLED);
}

static void passed_capability(void)
{
    static const char args[] = "victim\0passed";
    struct proc_exit exit;
    cptr_t ram;
    uint64_t pid;

    CHECK_OK(ram_new(&ram, PAGE_SIZE));
    CHECK_OK(proc_spawn(proc_default(), "victim", args, sizeof(args), "", 0, 0, 8, "", 0, &ram, 1, &pid));
    CHECK_OK(child_wait(pid, 5000, &exit));
    EXPECT_EQ(exit.code, 100 + CAP_RAM);
    CHECK_OK(cap_free(ram));
}

static void spawn_and_exit(void)
{
    const unsigned rounds = test_quick() ? 30 : 1000;
    struct proc_exit exit;

    for (unsigned i = 0; i < rounds; i++) {
        CHECK_OK(child_run("victim exit 3", &exit));
        CHECK_EQ(exit.status, 3);
    }
}

static void spawn_and_exit_leave_nothing(void)
{
    leaves_nothing(spawn_and_exit);
}

static const char *victim_line;
static unsigned victim_ms;

/* Starts it, lets it get where it wants to be, kills it. */
static void kill_some(void)
{
    const char *line = victim_line;
    unsigned ms = victim_ms;
    struct proc_exit exit;
    uint64_t pid;

    for (unsigned i = 0; i < (test_quick() ? 2 : 10); i++) {
        CHECK_OK(child_start(line, &pid));
        if (ms) {
            thread_sleep_ms(ms);
        }
        err_t err = proc_kill(proc_default(), pid);
        CHECK(err == ERR_OK || err == ERR_NOT_FOUND); /* it may have come to its own end first */
        CHECK_OK(child_wait(pid, 5000, &exit));
        if (!err) {
            EXPECT_EQ(exit.kind, EXIT_KILLED);
            EXPECT_EQ(exit.status, 137);
        }
    }
}

static void kill_one(const char *line, unsigned ms)
{
    victim_line = line;
    victim_ms = ms;
    leaves_nothing(kill_some);
}

static void kill_running(void)
{
    kill_one("victim spin", 10);
}

static void kill_blocked(void)
{
    kill_one("victim sleep", 10);
}

static void kill_at_once(void)
{
    kill_one("victim sleep", 0);
}

static void U3_kill_in_mid_call(void)
{
    kill_one("victim await test.never.there", 15);
}

static void kill_faulting(void)
{
    kill_one("victim touch", 15);
}

static void kill_while_it_takes_memory(void)
{
    kill_one("victim hog", 8);
}

static void kill_one_paused(void)
{
    struct proc_exit exit;
    struct proc_info info;
    uint64_t pid;

    CHECK_OK(child_start("victim spin", &pid));
    CHECK_OK(proc_pause(proc_default(), pid));
    CHECK_OK(proc_status(proc_default(), pid, &info));
    EXPECT_EQ(info.state, PROC_STATE_PAUSED);
    CHECK_OK(proc_resume(proc_default(), pid));
    CHECK_OK(proc_status(proc_default(), pid, &info));
    EXPECT(info.state == PROC_STATE_RUNNING || info.state == PROC_STATE_WAITING);
    CHECK_OK(proc_pause(proc_default(), pid));
    CHECK_OK(proc_kill(proc_default(), pid));
    CHECK_OK(child_wait(pid, 5000, &exit));
    EXPECT_EQ(exit.kind, EXIT_KILLED);
}

static void kill_paused(void)
{
    leaves_nothing(kill_one_paused);
}

static void double_fault(void)
{
    struct proc_exit exit;

    CHECK_OK(child_run("victim double", &exit));
    EXPECT_EQ(exit.kind, EXIT_DOUBLE);
    EXPECT_EQ(exit.status, 139);
}

static void K19_double_fault_is_reported(void)
{
    leaves_nothing(double_fault);
}

static void K19_corrupted_dispatcher_frame(void)
{
    struct proc_exit exit;
    char line[48];
    uint64_t pid;

    for (unsigned seed = 1; seed <= (test_quick() ? 4 : 40); seed++) {
        snprintf(line, sizeof(line), "victim corrupt %u", seed);
        CHECK_OK(child_start(line, &pid));
        if (child_wait(pid, 60, &exit) == ERR_TIMEOUT) { /* it may hang on: then it can be killed */
            CHECK_OK(proc_kill(proc_default(), pid));
            CHECK_OK(child_wait(pid, 5000, &exit));
        }
        EXPECT(exit.kind != EXIT_NORMAL);
    }
}

static void lose_each(void)
{
    struct proc_exit exit;
    char line[48];
    static const unsigned slots[] = {SLOT_CSPACE, SLOT_DISPATCHER, SLOT_FRAME, SLOT_VSPACE, SLOT_RAM};

    for (unsigned i = 0; i < sizeof(slots) / sizeof(slots[0]); i++) {
        uint64_t pid;
        snprintf(line, sizeof(line), "victim lose %u", slots[i]);
        CHECK_OK(child_start(line, &pid));
        if (child_wait(pid, 500, &exit) == ERR_TIMEOUT) { /* the kernel or proc hold what it let go of: it lives on */
            CHECK_OK(proc_kill(proc_default(), pid));
            CHECK_OK(child_wait(pid, 5000, &exit));
        }
        EXPECT(exit.kind != EXIT_NORMAL);
    }
}

static void K15_process_loses_what_it_stands_on(void)
{
    leaves_nothing(lose_each);
}

static void trusted_processes_cannot_be_killed(void)
{
    static const char *const trusted[] = {"init", "mem"};
    struct proc_info info[PROC_PAGE];
    uint64_t after = 0;
    uint32_t count;
    unsigned seen = 0;

    do {
        CHECK_OK(proc_list(proc_default(), after, info, PROC_PAGE, &count));
        for (uint32_t i = 0; i < count; i++) {
            after = info[i].pid;
            for (unsigned j = 0; j < sizeof(trusted) / sizeof(trusted[0]); j++) {
                if (!strcmp(info[i].name, trusted[j])) {
                    seen++;
                    EXPECT_ERR(proc_kill(proc_default(), info[i].pid), ERR_PERMISSION);
                    EXPECT_ERR(proc_pause(proc_default(), info[i].pid), ERR_PERMISSION);
                }
            }
        }
    } while (count);
    EXPECT_EQ(seen, 2);
}

static void no_such_process(void)
{

    EXPECT_ERR(proc_kill(proc_default(), 0xffff), ERR_NOT_FOUND);
    EXPECT_ERR(proc_status(proc_default(), 0xffff, &(struct proc_info){0}), ERR_NOT_FOUND);
    EXPECT_ERR(proc_kill(proc_default(), 9ull << 32 | 1), ERR_NOT_FOUND);
}

static void start_and_kill_many(void)
{
    const unsigned wanted = test_quick() ? 12 : 40;
    struct proc_exit exit;
    uint64_t pids[40];

    for (unsigned i = 0; i < wanted; i++) {
        CHECK_OK(child_start(i % 3 ? "victim sleep" : "victim spin", &pids[i]));
    }
    for (unsigned i = 0; i < wanted; i++) {
        CHECK_OK(proc_kill(proc_default(), pids[(i * 7) % wanted]));
    }
    for (unsigned i = 0; i < wanted; i++) {
        CHECK_OK(child_wait(0, 5000, &exit));
    }
}

static void many_at_once(void)
{
    leaves_nothing(start_and_kill_many);
}

/* Children until proc says no; then all of them go. */
static void start_until_refused(void)
{
    static uint64_t pids[1024];
    struct proc_exit exit;
    unsigned started = 0;
    err_t err = ERR_OK;

    while (started < 1024 && !(err = child_start("victim sleep", &pids[started]))) {
        started++;
    }
    if (err != ERR_TOO_MANY && err != ERR_NO_MEMORY && err != ERR_QUOTA) {
        test_fail(__FILE__, __LINE__, "%s after %u processes", err_name(err), started);
    }
    for (unsigned i = 0; i < started; i++) {
        CHECK_OK(proc_kill(proc_default(), pids[i]));
        CHECK_OK(child_wait(pids[i], 5000, &exit)); /* proc does not keep as many exit records as there are children */
    }
    test_note("%u processes", started);
}

static void U8_processes_have_a_limit(void)
{
    if (test_quick()) {
        test_skip("not in the quick suite");
        return;
    }
    leaves_nothing(start_until_refused);
}

/* Others hold all RAM that they can get: what is started then works or is refused, and all comes back. */
static void run_without_memory(void)
{
    struct proc_exit exit;
    uint64_t pids[8];
    unsigned started = 0;

    while (started < 8 && child_hold_all(&pids[started]) == ERR_OK) {
        started++;
    }
    EXPECT(started >= 2);
    for (unsigned i = 0; i < 5; i++) {
        err_t err = child_run("victim exit 0", &exit);
        if (err && err != ERR_NO_MEMORY && err != ERR_QUOTA) {
            test_fail(__FILE__, __LINE__, "%s", err_name(err));
        }
    }
    for (unsigned i = 0; i < started; i++) {
        proc_kill(proc_default(), pids[i]);
        CHECK_OK(child_wait(pids[i], 20000, &exit));
    }
}

static void K17_memory_runs_out(void)
{
    if (test_quick()) {
        test_skip("not in the quick suite");
        return;
    }
    leaves_nothing(run_without_memory);
}

static const struct test tests[] = {
    TEST(exit_codes),
    TEST(not_a_program),
    TEST(wait_semantics),
    TEST(U3_waits_given_up_are_forgotten),
    TEST(passed_capability),
    TEST(spawn_and_exit_leave_nothing),
    TEST(kill_running),
    TEST(kill_blocked),
    TEST(kill_at_once),
    TEST(U3_kill_in_mid_call),
    TEST(kill_faulting),
    TEST(kill_while_it_takes_memory),
    TEST(kill_paused),
    TEST(K19_double_fault_is_reported),
    TEST(K19_corrupted_dispatcher_frame),
    TEST(K15_process_loses_what_it_stands_on),
    TEST(trusted_processes_cannot_be_killed),
    TEST(no_such_process),
    TEST(many_at_once),
    TEST(U8_processes_have_a_limit),
    TEST(K17_memory_runs_out),
};
TEST_MAIN(tests)
