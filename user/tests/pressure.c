/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The machine under pressure: RAM, slots, page tables, places for processes used up by one or by several. Services answer
 * all the time, errors say what has run out, and with the culprits all that they had is back.
 */
#include "child.h"
#include "support.h"
#include <idl/mem.h>
#include <idl/names.h>
#include <paging/ram.h>
#include <stdlib.h>
#include <threads/thread.h>
#include <threads/time.h>

#define CULPRITS 8
#define ANSWER_MS 3000 /* far more than any answer takes, also where the host is slow */

static const char *culprit;

/* One question to each service, each answered in time. */
static void services_answer(void)
{
    struct proc_info info[PROC_PAGE];
    struct mem_totals totals;
    uint64_t pid;
    uint32_t count;
    cptr_t found;
    ticks_t deadline = deadline_after_ms(ANSWER_MS);

    CHECK_OK(names_lookup(names_default(), "term", &pid, &found));
    CHECK_OK(cap_free(found));
    CHECK_OK(proc_list(proc_default(), 0, info, PROC_PAGE, &count));
    EXPECT(count > 4);
    CHECK_OK(mem_totals(mem_default(), &totals));
    EXPECT_EQ(totals.kernel + totals.boot + totals.ramdisk + totals.other + totals.used + totals.free, totals.total);
    EXPECT(clock_ticks() < deadline);
}

/* Processes of that name; with `act`, each is given to it. */
static unsigned each_victim(err_t (*act)(uint64_t pid))
{
    struct proc_info info[PROC_PAGE];
    unsigned found = 0;
    uint64_t after = 0;
    uint32_t count;

    while (!proc_list(proc_default(), after, info, PROC_PAGE, &count) && count) {
        for (uint32_t i = 0; i < count; i++) {
            after = info[i].pid;
            if (info[i].state != PROC_STATE_ENDED && !strcmp(info[i].name, "victim")) {
                found++;
                if (act) act(info[i].pid);
            }
        }
    }
    return found;
}

static err_t victim_pause(uint64_t pid)
{
    return proc_pause(proc_default(), pid);
}

static err_t victim_kill(uint64_t pid)
{
    return proc_kill(proc_default(), pid);
}

/* Runs `count` of the culprits side by side, asks services meanwhile, and kills them. */
static void press(unsigned count)
{
    struct proc_exit exit;
    uint64_t pids[CULPRITS];
    unsigned started = 0;

    while (started < count && child_start(culprit, &pids[started]) == ERR_OK) {
        started++;
    }
    EXPECT(started > 0);
    for (unsigned i = 0; i < (test_quick() ? 10u : 20u) && !test_failed(); i++) {
        thread_sleep_ms(20);
        services_answer();
        err_t err = i % 8 ? ERR_OK : child_run("victim exit 0", &exit);
        EXPECT(err == ERR_OK || err == ERR_NO_MEMORY || err == ERR_QUOTA);
    }
    for (unsigned i = 0; i < started; i++) {
        proc_kill(proc_default(), pids[i]);
        CHECK_OK(child_wait(pids[i], 20000, &exit));
    }
}

static void press_one(void)
{
    press(1);
}

static void press_several(void)
{
    press(test_quick() ? 3 : 4);
}

static void by_one_and_by_several(const char *line)
{
    culprit = line;
    leaves_nothing(press_one);
    if (!test_failed()) leaves_nothing(press_several);
}

static void memory_taken(void)
{
    by_one_and_by_several("victim hold");
}

static void memory_touched(void)
{
    by_one_and_by_several("victim touch");
}

static void slots_used_up(void)
{
    by_one_and_by_several(test_soak() ? "victim slots" : "victim slots poor");
}

static void tables_used_up(void)
{
    by_one_and_by_several(test_soak() ? "victim tables" : "victim tables poor");
}

static cptr_t taken[4096];

static err_t take_all(unsigned *count)
{
    err_t err = ERR_OK;

    for (*count = 0; *count < 4096 && !err; *count += !err) {
        err = ram_alloc(1 << 20, &taken[*count]);
    }
    return err;
}

static void give_all(unsigned count)
{
    for (unsigned i = 0; i < count; i++) {
        EXPECT_ERR(cap_free(taken[i]), ERR_OK);
    }
}

static void run_out(void)
{
    struct mem_account account;
    struct proc_exit exit;
    unsigned count;
    uint64_t pids[2] = {0};

    err_t err = take_all(&count);
    EXPECT_ERR(err, ERR_QUOTA); /* one process alone meets its quota first */
    CHECK_OK(mem_info(mem_default(), 0, &account));
    EXPECT(account.used <= account.quota && account.quota - account.used < 1 << 20);
    services_answer();
    give_all(count);
    for (unsigned i = 0; i < 2; i++) {
        CHECK_OK(child_hold_all(&pids[i]));
    }
    err = take_all(&count);
    EXPECT_ERR(err, ERR_NO_MEMORY); /* far below the quota: it is the machine that has no more */
    services_answer();
    give_all(count);
    for (unsigned i = 0; i < 2; i++) {
        CHECK_OK(proc_kill(proc_default(), pids[i]));
        CHECK_OK(child_wait(pids[i], 20000, &exit));
    }
}

static void errors_tell_quota_from_memory(void)
{
    leaves_nothing(run_out);
}

/* Each starts others like itself, and they do too. Killing one by one would only make room: all are paused first. */
static void bomb(void)
{
    struct proc_exit exit;
    uint64_t pid;

    CHECK_OK(child_start("victim bomb", &pid));
    for (unsigned i = 0; i < (test_quick() ? 20u : 30u) && !test_failed(); i++) {
        thread_sleep_ms(20);
        services_answer();
    }
    test_note("%u processes", each_victim(NULL));
    for (unsigned i = 0, paused = 0; i < 100 && each_victim(victim_pause) != paused; i++) {
        paused = each_victim(NULL);
    }
    for (unsigned i = 0; i < 100 && each_victim(victim_kill); i++) {
        thread_sleep_ms(20);
    }
    EXPECT_EQ(each_victim(NULL), 0);
    CHECK_OK(child_wait(pid, 20000, &exit));
    CHECK_OK(child_run("victim exit 0", &exit));
}

static void spawning_without_end(void)
{
    leaves_nothing(bomb);
}

static void kill_spawning(void)
{
    const unsigned kills = test_soak() ? 1000 : test_quick() ? 10 : 40;
    uint64_t seed = test_seed();
    struct proc_exit exit;
    uint64_t pid;

    for (unsigned i = 0; i < kills; i++) {
        CHECK_OK(child_start("victim breed", &pid));
        thread_sleep_us(random_next(&seed) % 25000);
        CHECK_OK(proc_kill(proc_default(), pid));
        CHECK_OK(child_wait(pid, 10000, &exit));
        EXPECT_EQ(exit.kind, EXIT_KILLED);
    }
}

static void kills_in_the_middle_of_spawning(void)
{
    leaves_nothing(kill_spawning);
}

static void spawn_often(void)
{
    const unsigned rounds = test_soak() ? 10000 : test_quick() ? 20 : 200;
    struct proc_exit exit;

    for (unsigned i = 0; i < rounds; i++) {
        CHECK_OK(child_run("victim exit 3", &exit));
        CHECK_EQ(exit.status, 3);
    }
}

static void spawns_and_exits(void)
{
    leaves_nothing(spawn_often);
}

/* Blocks of 1 to 256 pages come and go at random, until `most` bytes are left free, and around there. */
static void fragment(uint64_t most)
{
    const unsigned operations = test_soak() ? 1000000 : test_quick() ? 4000 : 20000;
    uint64_t seed = test_seed(), held = 0;
    static uint64_t bytes[4096];
    struct mem_totals totals;
    struct mem_account account;
    unsigned live = 0;

    CHECK_OK(mem_totals(mem_default(), &totals));
    CHECK_OK(mem_info(mem_default(), 0, &account));
    uint64_t goal = totals.free - most;
    if (goal > account.quota - account.used - (4 << 20)) goal = account.quota - account.used - (4 << 20);
    for (unsigned i = 0; i < operations && !test_failed(); i++) {
        bool more = live < 4096 && (held < goal - (8 << 20) || (held < goal && random_next(&seed) % 2));
        if (more) {
            bytes[live] = (1 + random_next(&seed) % 256) * PAGE_SIZE;
            held += bytes[live];
            EXPECT_ERR(ram_alloc(bytes[live], &taken[live]), ERR_OK);
            live++;
        } else {
            unsigned n = (unsigned)(random_next(&seed) % live--);
            EXPECT_ERR(cap_free(taken[n]), ERR_OK);
            held -= bytes[n];
            taken[n] = taken[live];
            bytes[n] = bytes[live];
        }
    }
    CHECK_OK(mem_totals(mem_default(), &totals));
    test_note("%u blocks, %llu KiB held, free %llu KiB, largest %llu KiB", live, (unsigned long long)held >> 10,
              (unsigned long long)totals.free >> 10, (unsigned long long)totals.largest >> 10);
    EXPECT(totals.largest >= totals.free / 2);
    give_all(live);
}

static void fragment_half(void)
{
    fragment(ram_free() / 2);
}

static void largest_block_after_random_frees(void)
{
    leaves_nothing(fragment_half);
}

/* Is all RAM this core's? If not, pieces of other cores' come meanwhile, between which there are holes. */
static bool all_is_ours(void)
{
    struct mem_totals totals = {0};

    return mem_totals(mem_default(), &totals) == ERR_OK && totals.total == totals.machine;
}

/* Others hold half of the RAM, this process all but a tenth. */
static void fragment_nine_tenths(void)
{
    struct mem_totals totals;
    struct proc_exit exit;
    uint64_t pid;

    CHECK_OK(child_hold_all(&pid));
    CHECK_OK(mem_totals(mem_default(), &totals));
    fragment(totals.total / 10);
    CHECK_OK(proc_kill(proc_default(), pid));
    CHECK_OK(child_wait(pid, 20000, &exit));
}

static void largest_block_when_little_is_free(void)
{
    if (all_is_ours()) {
        leaves_nothing(fragment_nine_tenths);
    } else {
        test_skip("for a machine of one core");
    }
}

#define SCATTER_PAGES 256 /* of a MiB */
#define SLOT_BLOCKS 40    /* of a MiB, for the slots of them */

/* With no memory left blocks are split into pages, of which every second one is freed: mem needs a record or two for each. */
static void scatter_blocks(unsigned blocks)
{
    struct proc_exit exit;
    uint64_t pid;
    unsigned count = 0, whole;
    cptr_t *page = malloc(blocks * SCATTER_PAGES * sizeof(*page));

    CHECK(page);
    CHECK_OK(child_hold_all(&pid)); /* first: how much is left for us is the same each time then */
    take_all(&whole);
    uint64_t used = ram_used(), given = 0;
    for (; given < SLOT_BLOCKS && whole; given++) {
        EXPECT_ERR(cap_free(taken[--whole]), ERR_OK);
    }
    for (unsigned i = 0; i < 5000 && ram_used() > used - (given << 20); i++) { /* it comes back by way of the monitor */
        thread_sleep_ms(1);
    }
    EXPECT(ram_used() <= used - (given << 20));
    for (unsigned i = 0; i < blocks && whole && !test_failed(); i++) {
        cptr_t block = taken[--whole];
        page[count++] = block;
        for (uint64_t n = SCATTER_PAGES - 1; n > 0 && slot_alloc(&page[count]) == ERR_OK; n--) {
            EXPECT_ERR(cap_split(page[count++], block, n * PAGE_SIZE), ERR_OK);
        }
    }
    while (!test_failed() && whole < 4096 && ram_alloc(1 << 20, &taken[whole]) == ERR_OK) { /* what the slots left */
        whole++;
    }
    for (unsigned i = 0; i < count; i += 2) {
        EXPECT_ERR(cap_free(page[i]), ERR_OK);
        if (i % 8192 == 0) services_answer();
    }
    services_answer();
    for (unsigned i = 1; i < count; i += 2) {
        EXPECT_ERR(cap_free(page[i]), ERR_OK);
    }
    test_note("%u pages, freed one by one", count);
    give_all(whole);
    free(page);
    CHECK_OK(proc_kill(proc_default(), pid));
    CHECK_OK(child_wait(pid, 20000, &exit));
}

static void scatter(void)
{
    scatter_blocks(test_quick() ? 20 : test_soak() ? 200 : 60);
}

static void every_second_page_freed_with_no_memory_left(void)
{
    /* First more than mem can describe; from that it keeps slots and page tables of its own for another time. */
    if (test_soak()) scatter_blocks(440);
    leaves_nothing(scatter);
}

/* A hundred thousand blocks (in a soak) need 200,000 records of mem's, which are given back. */
static void many_blocks(void)
{
    const unsigned count = test_quick() ? 5000 : test_soak() ? 100000 : 20000;
    cptr_t *block = malloc(count * sizeof(*block));
    unsigned made = 0;
    err_t err = ERR_OK;

    CHECK(block);
    while (made < count && (err = ram_alloc(PAGE_SIZE, &block[made])) == ERR_OK) {
        made++;
    }
    test_note("%u blocks of a page: %s", made, err_name(err));
    EXPECT(made == count || err == ERR_QUOTA || err == ERR_NO_SLOTS);
    for (unsigned i = 0; i < made; i += 2) {
        EXPECT_ERR(cap_free(block[i]), ERR_OK);
    }
    for (unsigned i = 1; i < made; i += 2) {
        EXPECT_ERR(cap_free(block[i]), ERR_OK);
    }
    free(block);
}

static void many_blocks_leave_no_records(void)
{
    leaves_nothing(many_blocks);
    if (!test_failed() && all_is_ours()) leaves_nothing(fragment_nine_tenths);
}

static const struct test tests[] = {
    TEST(errors_tell_quota_from_memory),
    TEST(memory_taken),
    TEST(memory_touched),
    TEST(slots_used_up),
    TEST(tables_used_up),
    TEST(spawning_without_end),
    TEST(kills_in_the_middle_of_spawning),
    TEST(spawns_and_exits),
    TEST(largest_block_after_random_frees),
    TEST(largest_block_when_little_is_free),
    TEST(every_second_page_freed_with_no_memory_left),
    TEST(many_blocks_leave_no_records),
};
TEST_MAIN(tests)
