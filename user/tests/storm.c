/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * storm [-w] [-k] OPERATIONS ROUND SEED: that many random capability operations in all, by two workers on each core, stopped after each ROUND
 * of them. -w: says "quiet" then and waits for a line, while somebody compares what the cores have. -k: now and then kills a
 * worker in the middle, whatever it does, and starts another. See storm.h. `storm free`: what this core's mem has.
 */
#include "storm.h"
#include "support.h"
#include <cli/cli.h>
#include <cores/cores.h>
#include <idl/monitor.h>
#include <paging/paging.h>
#include <stdio.h>
#include <stdlib.h>
#include <threads/thread.h>
#include <threads/time.h>

#define CORES (STORM_WORKERS / STORM_EACH)
#define READY_US 20000000
#define STALL_US 60000000

static const struct cli cli = {"storm", "[-wk] OPERATIONS ROUND SEED",
                               "  Random capability operations on all cores at once, for a test to look at.\n"
                               "  -w  wait for a line after each ROUND of operations\n"
                               "  -k  kill a worker now and then\n"};
static const char *const names[STORM_OPERATIONS] = {"alloc",  "copy", "mint",    "move", "delete", "revoke",
                                                    "retype", "send", "collect", "map",  "unmap",  "bury"};

static struct storm_page *page;
static cptr_t page_frame;
static struct {
    uint64_t pid;
    unsigned life;
} workers[STORM_WORKERS];
static unsigned count, kills;
static uint64_t random_state;

static unsigned below(unsigned limit)
{
    return (unsigned)((random_next(&random_state) >> 32) * limit >> 32);
}

static void need(err_t err, const char *what)
{
    if (err == ERR_OK) return;
    printf("storm: %s: %s\n", what, err_text(err));
    exit(1);
}

/* What each worker does, if something went wrong. */
static void give_up(const char *why)
{
    printf("storm: %s\n", why);
    for (unsigned i = 0; i < count; i++) {
        struct storm_worker *worker = &page->worker[i];
        printf("storm: worker %u (%u.%u): %u of %u done, at '%s', check of line %u failed: %s\n", i,
               (unsigned)(workers[i].pid >> 32), (unsigned)workers[i].pid, worker->done, worker->goal,
               names[worker->last], worker->failed, err_text(worker->failed_error));
    }
    exit(1);
}

static void worker_start(unsigned i)
{
    char args[64];
    unsigned core = i / STORM_EACH;
    int bytes = snprintf(args, sizeof(args), "storm%cas%c%u%c%u", 0, 0, i, 0, workers[i].life) + 1;
    page->worker[i].ready = 0;
    need(core == 0
             ? proc_spawn(proc_default(), "storm", args, bytes, "", 0, 0, 8, "page", 5, &page_frame, 1, &workers[i].pid)
             : proc_spawn(cores_proc(core), "storm", args, bytes, "", 0, PROC_SPAWN_TIED, 8, "", 0, NULL, 0,
                          &workers[i].pid),
         "spawn");
    if (core != 0) need(monitor_post(monitor_default(), core, STORM_CONTROL + i, page_frame), "post");
    for (ticks_t end = deadline_after_us(READY_US); page->worker[i].ready != workers[i].life + 1; thread_sleep_ms(1)) {
        if (clock_ticks() > end) give_up("a worker does not come up");
    }
}

static int worker_main(unsigned i, unsigned life)
{
    cptr_t frame = SLOT_PASSED;
    vaddr_t va;
    err_t err = ERR_NOT_FOUND;
    for (ticks_t end = deadline_after_us(READY_US); i >= STORM_EACH && err == ERR_NOT_FOUND && clock_ticks() < end;) {
        err = monitor_collect(monitor_default(), STORM_CONTROL + i, &frame);
        if (err != ERR_OK) thread_sleep_ms(1);
    }
    if (i < STORM_EACH) err = ERR_OK;
    if (err == ERR_OK) err = paging_map(frame, 0, PAGE_SIZE, MAP_READ | MAP_WRITE, 0, "storm's page", &va);
    need(err, "no page");
    return storm_work(i, life, (struct storm_page *)va);
}

static void worker_kill(unsigned i)
{
    struct proc_exit end;
    need(proc_kill(cores_proc_of(workers[i].pid), workers[i].pid), "kill");
    need(proc_wait(cores_proc_of(workers[i].pid), workers[i].pid, &end), "wait for the killed");
    workers[i].life++;
    kills++;
    worker_start(i);
}

/* `operations` more in all. Now and then, and the first time, kills one worker when it has done a random part of its own. */
static void round_run(uint32_t operations, bool killing)
{
    unsigned victim = killing && (kills == 0 || below(2) == 0) ? below(count) : count;
    uint32_t when = below(operations / count), goal = operations / count, before = 0;
    ticks_t end = deadline_after_us(STALL_US);
    for (unsigned i = 0; i < count; i++)
        page->worker[i].goal += goal;
    for (;;) {
        uint32_t done = 0;
        bool all = true;
        for (unsigned i = 0; i < count; i++) {
            struct storm_worker *worker = &page->worker[i];
            if (worker->failed) give_up("a check failed");
            all &= worker->done >= worker->goal;
            done += worker->done;
        }
        if (victim < count && page->worker[victim].done + goal >= page->worker[victim].goal + when) {
            worker_kill(victim);
            victim = count;
        }
        if (all) return;
        if (done != before) end = deadline_after_us(STALL_US);
        before = done;
        if (clock_ticks() > end) give_up("nothing goes on");
        thread_sleep_until(deadline_after_us(200 + below(1000)));
    }
}

static void report(uint64_t operations)
{
    uint32_t succeeded = 0;
    for (unsigned i = 0; i < STORM_OPERATIONS; i++) {
        printf("storm: %-8s %8u, of which %8u succeeded\n", names[i], page->count[i], page->succeeded[i]);
        succeeded += page->succeeded[i];
    }
    for (unsigned i = 1; i < STORM_ERRORS; i++) {
        if (page->errors[i] != 0) printf("storm: %8u x %s\n", page->errors[i], err_name(i));
    }
    printf("storm: done: %lu operations on %u cores, %u of which succeeded, %u kills, %u times memory was whole after "
           "a revoke\n",
           (unsigned long)operations, page->cores, succeeded, kills, page->proofs);
}

static void setup(uint64_t seed)
{
    struct monitor_core list[16];
    uint32_t found = 0;
    cptr_t ram;
    vaddr_t va;
    need(ram_new(&ram, PAGE_SIZE), "memory");
    need(cap_retype_new(&page_frame, ram, 0, CAP_FRAME, PAGE_SIZE), "frame");
    cap_free(ram);
    need(paging_map(page_frame, 0, PAGE_SIZE, MAP_READ | MAP_WRITE, 0, "storm's page", &va), "map");
    page = (struct storm_page *)va;
    need(monitor_cores(monitor_default(), 0, list, 16, &found), "cores");
    while (page->cores < found && page->cores < CORES && list[page->cores].state == MONITOR_CORE_UP)
        page->cores++;
    if (page->cores < 2) need(ERR_NOT_FOUND, "another core that is up");
    page->seed = random_state = seed;
    count = page->cores * STORM_EACH;
    printf("storm: seed %lu, %u workers on %u cores\n", (unsigned long)seed, count, page->cores);
    for (unsigned i = 0; i < count; i++)
        worker_start(i);
}

/* `storm free`, run on each core: pages that mem has. */
static int print_free(void)
{
    printf("storm: %lu pages free\n", (unsigned long)(ram_free() / PAGE_SIZE));
    return 0;
}

int main(int argc, char **argv)
{
    bool waiting = false, killing = false;
    if (argc == 4 && !strcmp(argv[1], "as")) return worker_main((unsigned)atoi(argv[2]), (unsigned)atoi(argv[3]));
    if (argc == 2 && !strcmp(argv[1], "free")) return print_free();
    struct cli_options options = {argc, argv, .next = 1};
    for (int letter; (letter = cli_option(&cli, &options, "wk")) != 0;) {
        waiting |= letter == 'w';
        killing |= letter == 'k';
    }
    if (argc - options.next != 3) cli_refuse(&cli, "how many operations, in rounds of how many, and which seed?");
    uint64_t all = cli_number(&cli, "OPERATIONS", argv[options.next], 1000000000), done = 0;
    uint64_t each = cli_number(&cli, "ROUND", argv[options.next + 1], 1000000);
    char line[16];
    setup(cli_number(&cli, "SEED", argv[options.next + 2], UINT32_MAX));
    if (each < count) cli_refuse(&cli, "a round has at least an operation for each worker");
    while (done < all) {
        round_run((uint32_t)each, killing);
        done += each;
        if (!waiting) continue;
        printf("storm: quiet at %lu\n", (unsigned long)done);
        fflush(stdout);
        if (fgets(line, sizeof(line), stdin) == NULL) break;
    }
    page->quit = 1;
    for (unsigned i = 0; i < count; i++) {
        struct proc_exit end;
        need(proc_wait(cores_proc_of(workers[i].pid), workers[i].pid, &end), "wait");
    }
    report(done);
    return 0;
}
