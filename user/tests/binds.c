/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * binds CORE KILLS: a few threads bind to proc of core CORE, call it, close, and so on, and it is killed KILLS times while they do, each time after
 * as many more binds as chance says. Whoever was binding must hear of it: each thread gets on after each kill, or the program says which does not.
 */
#include <caps/caps.h>
#include <cli/cli.h>
#include <cores/cores.h>
#include <stdio.h>
#include <stdlib.h>
#include <threads/thread.h>

#define THREADS 6
#define ON 2              /* binds of each thread between two kills */
#define MORE 32           /* and up to so many of all */
#define LIMIT_US 20000000 /* far more than a client waits for a service that is gone (REBIND_MS) */

static const struct cli cli = {"binds", "CORE KILLS", "  Bind to proc of core CORE without end, while it is killed.\n"};

static char name[24];
static uint64_t victim;
static volatile bool over;
static volatile uint32_t binds[THREADS], answers;

static int binder(void *argument)
{
    uint32_t *count = argument;
    struct proc_info info;
    while (!over) {
        struct proc_client client = PROC_CLIENT_NAMED(name);
        if (proc_status(&client, victim, &info) == ERR_OK) answers++;
        proc_client_close(&client);
        (*count)++;
    }
    return 0;
}

static uint32_t sum(void)
{
    uint32_t all = 0;
    for (unsigned i = 0; i < THREADS; i++) {
        all += binds[i];
    }
    return all;
}

static void goes_on(unsigned kill)
{
    ticks_t deadline = deadline_after_us(LIMIT_US);
    uint32_t before[THREADS];
    for (unsigned i = 0; i < THREADS; i++) {
        before[i] = binds[i];
    }
    for (unsigned i = 0; i < THREADS; i++) {
        while (binds[i] - before[i] < ON) {
            thread_yield();
            if (clock_ticks() < deadline) continue;
            printf("binds: thread %u hangs after kill %u\n", i, kill);
            exit(1);
        }
    }
}

static void kill_once(struct proc_client *proc)
{
    err_t err;
    while ((err = proc_kill(proc, victim)) == ERR_NOT_FOUND) {
        thread_yield();
    }
    if (err == ERR_OK || err == ERR_PEER_DEAD) return; /* it ended before it could answer */
    printf("binds: kill: %s\n", err_text(err));
    exit(1);
}

int main(int argc, char **argv)
{
    struct thread *threads[THREADS];
    uint64_t seed = clock_ticks();
    cli_begin(&cli, argc, argv);
    if (argc != 3) cli_refuse(&cli, "which core, and how often?");
    coreid_t core = (coreid_t)cli_number(&cli, "CORE", argv[1], CORES_MAX - 1);
    unsigned kills = (unsigned)cli_number(&cli, "KILLS", argv[2], 1000000);
    struct proc_client *proc = cores_proc(core);
    snprintf(name, sizeof(name), "proc.%u", (unsigned)core);
    victim = (uint64_t)core << 32 | 4;
    for (unsigned i = 0; i < THREADS; i++) {
        if (thread_create(&threads[i], binder, (void *)&binds[i], NULL) != ERR_OK) return 2;
    }
    for (unsigned kill = 1; kill <= kills; kill++) {
        goes_on(kill - 1);
        seed = seed * 6364136223846793005ull + 1442695040888963407ull;
        for (uint32_t until = sum() + (uint32_t)(seed >> 33) % MORE; (int32_t)(until - sum()) > 0;) {
            thread_yield();
        }
        kill_once(proc);
    }
    goes_on(kills);
    over = true;
    for (unsigned i = 0; i < THREADS; i++) {
        thread_join(threads[i], NULL);
    }
    printf("binds: %u kills, %u binds, %u answers\n", kills, sum(), answers);
    return answers != 0 ? 0 : 1;
}
