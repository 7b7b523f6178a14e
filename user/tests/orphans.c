/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Memory of processes that are gone which only names itself comes back; what others hold, through whatever circle, does not.
 */
#include "child.h"
#include "support.h"
#include <idl/mem.h>
#include <threads/thread.h>
#include <threads/time.h>

static const char *line;

static void run_line(void)
{
    struct proc_exit exit;
    CHECK_OK(child_run(line, &exit));
    EXPECT_EQ(exit.status, 0);
}

static void all_comes_back(const char *what)
{
    line = what;
    leaves_nothing(run_line);
}

static void a_block_that_holds_its_own_name(void)
{
    all_comes_back("circle self");
}
static void a_hundred_blocks_in_a_circle(void)
{
    all_comes_back("circle ring");
}
static void a_circle_with_all_that_a_process_has(void)
{
    all_comes_back("circle everything");
}
static void a_circle_of_two_processes(void)
{
    all_comes_back("circle cross");
}

/* The child of `circle lend`, whose parent is gone. */
static uint64_t borrower_find(void)
{
    struct proc_info info[PROC_PAGE];
    uint64_t after = 0;
    uint32_t count;
    while (!proc_list(proc_default(), after, info, PROC_PAGE, &count) && count) {
        for (uint32_t i = 0; i < count; i++) {
            after = info[i].pid;
            if (info[i].state != PROC_STATE_ENDED && !strcmp(info[i].name, "circle")) return info[i].pid;
        }
    }
    return 0;
}

/* It uses what it has all the time, and ends if it ever fails; others' leftovers are searched meanwhile. */
static void lend_and_search(void)
{
    struct proc_exit exit;
    CHECK_OK(child_run("circle lend", &exit));
    EXPECT_EQ(exit.status, 0);
    for (unsigned i = 0; i < 5; i++) {
        CHECK_OK(child_run("circle self", &exit));
        thread_sleep_ms(10);
    }
    uint64_t pid = borrower_find();
    EXPECT(pid != 0);
    if (pid == 0) return;
    CHECK_OK(proc_kill(proc_default(), pid));
}

static void what_somebody_holds_stays(void)
{
    leaves_nothing(lend_and_search);
}

static const struct test tests[] = {
    TEST(a_block_that_holds_its_own_name),
    TEST(a_hundred_blocks_in_a_circle),
    TEST(a_circle_with_all_that_a_process_has),
    TEST(a_circle_of_two_processes),
    TEST(what_somebody_holds_stays),
};
TEST_MAIN(tests)
