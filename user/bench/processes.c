/* SPDX-License-Identifier: BSD-2-Clause */
/* Processes, threads, the heap. */
#include "bench.h"
#include <idl/proc.h>
#include <stdlib.h>
#include <threads/thread.h>

static void spawn_and_exit(void)
{
    static const char args[] = "bench_nothing";
    struct proc_exit exit;
    uint64_t pid;

    samples_clear(&bench_samples);
    for (unsigned i = 0; i < 50; i++) {
        uint32_t start = bench_count();
        err_t err = proc_spawn(proc_default(), args, args, sizeof(args), "", 0, 0, 8, "", 0, NULL, 0, &pid);
        err = err ? err : proc_wait(proc_default(), pid, &exit);
        samples_add(&bench_samples, start, bench_count());
        BENCH_OK(err);
        bench_point("spawn_exit", i, bench_samples.value[i]);
        thread_sleep_ms(2); /* what was given back arrives: the next one starts as this one did */
    }
    samples_print(&bench_samples, "spawn_exit", 1);
}

static int nothing(void *argument)
{
    return argument != 0;
}

static void create_and_join(void)
{
    struct thread *thread;

    samples_clear(&bench_samples);
    for (unsigned i = 0; i < 500; i++) {
        uint32_t start = bench_count();
        err_t err = thread_create(&thread, nothing, NULL, NULL);
        err = err ? err : thread_join(thread, NULL);
        samples_add(&bench_samples, start, bench_count());
        BENCH_OK(err);
    }
    samples_print(&bench_samples, "thread_create_join", 1);
}

static void heap(void)
{
    void *volatile block;

    samples_clear(&bench_samples);
    for (unsigned i = 0; i < 2000; i++) {
        uint32_t start = bench_count();
        block = malloc(64);
        free(block);
        samples_add(&bench_samples, start, bench_count());
    }
    samples_print(&bench_samples, "malloc_free_64", 1);
}

void bench_processes(void)
{
    heap();
    create_and_join();
    spawn_and_exit();
}
