/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The same calls by LMP and by UMP in time instead of instructions: one machine, one run, each core a thread of its own, so that two
 * cores really work at once (without -icount; the numbers say nothing by themselves, how they compare does). Strings of growing length, with
 * nothing else to do and while another process on the caller's core does nothing but operations on capabilities; and what proc says of a
 * process, of this core by LMP, of the other by UMP.
 */
#include "bench.h"
#include <caps/caps.h>
#include <caps/slots.h>
#include <cores/cores.h>
#include <idl/bench.h>
#include <idl/names.h>
#include <idl/proc.h>
#include <messaging/channel.h>
#include <paging/ram.h>
#include <stdio.h>
#include <string.h>
#include <threads/time.h>

#define ROUNDS 500
#define LOADED_ROUNDS 60
#define NAME "bench.ump"

static uint32_t nanoseconds(ticks_t ticks)
{
    return (uint32_t)(ticks * 1000000 / (clock_hz() / 1000));
}

/* What loads the processor: until it is killed. */
int load_peer(int argc, char **argv)
{
    cptr_t ram, copy, frame;
    (void)argc, (void)argv;
    BENCH_OK(ram_alloc(4 * PAGE_SIZE, &ram));
    BENCH_OK(slot_alloc(&copy));
    BENCH_OK(slot_alloc(&frame));
    for (;;) {
        BENCH_OK(cap_copy(copy, ram));
        BENCH_OK(cap_retype_unclean(frame, copy, 0, CAP_FRAME, PAGE_SIZE, 1));
        BENCH_OK(cap_revoke(ram));
    }
}

static uint64_t child_start(struct proc_client *proc, const char *args, size_t bytes)
{
    uint64_t pid;
    BENCH_OK(proc_spawn(proc, "bench", args, bytes, "", 0, 0, 8, "", 0, NULL, 0, &pid));
    return pid;
}

static uint32_t figure(const char *key, unsigned n)
{
    uint32_t median = samples_median(&bench_samples);
    printf("result %s %u %u %u ns\n", key, n, median, bench_samples.value[bench_samples.count - 1]);
    bench_point(key, n, median);
    return median;
}

/* Gives the median of a call with the shortest string. */
static uint32_t strings(struct bench_client *peer, const char *key, unsigned rounds)
{
    static char in[BENCH_TEXT + 1], out[BENCH_TEXT + 1];
    uint32_t shortest = 0;
    for (unsigned length = 0; length <= BENCH_TEXT; length = length ? 4 * length : 16) {
        memset(in, 'x', length);
        in[length] = 0;
        samples_clear(&bench_samples);
        for (unsigned i = 0; i < rounds; i++) {
            ticks_t start = clock_ticks();
            err_t err = bench_echo(peer, in, out, sizeof(out));
            samples_add_value(&bench_samples, nanoseconds(clock_ticks() - start));
            BENCH_OK(err);
        }
        uint32_t median = figure(key, length);
        if (length == 0) shortest = median;
    }
    return shortest;
}

/* A peer on `proc`'s core; idle and loaded. */
static uint32_t calls(struct proc_client *proc, const char *idle, const char *loaded)
{
    static const char args[] = "bench\0peer-ump", load_args[] = "bench\0peer-load";
    struct bench_client peer = BENCH_CLIENT_NAMED(NAME);
    struct proc_exit exit;
    uint64_t pid = child_start(proc, args, sizeof(args));
    BENCH_OK(names_await(names_default(), NAME, NULL, NULL));
    uint32_t median = strings(&peer, idle, ROUNDS);
    uint64_t load = child_start(proc_default(), load_args, sizeof(load_args));
    strings(&peer, loaded, LOADED_ROUNDS);
    BENCH_OK(proc_kill(proc_default(), load));
    BENCH_OK(proc_wait(proc_default(), load, &exit));
    bench_leave(&peer);
    bench_client_close(&peer);
    BENCH_OK(proc_wait(proc, pid, &exit));
    return median;
}

static uint32_t status(struct proc_client *proc, uint64_t pid, const char *key)
{
    struct proc_info info;
    samples_clear(&bench_samples);
    for (unsigned i = 0; i < ROUNDS; i++) {
        ticks_t start = clock_ticks();
        err_t err = proc_status(proc, pid, &info);
        samples_add_value(&bench_samples, nanoseconds(clock_ticks() - start));
        BENCH_OK(err);
    }
    return figure(key, 1);
}

static void ratio(const char *key, uint32_t lmp, uint32_t ump)
{
    bench_print(key, 1, lmp != 0 ? (uint64_t)ump * 100 / lmp : 0, "percent");
}

void bench_wall(void)
{
    struct proc_client *other = cores_proc(1);
    if (names_lookup(names_default(), "proc.1", NULL, NULL) != ERR_OK) {
        return; /* one core */
    }
    uint32_t lmp = calls(proc_default(), "wall_lmp_string", "wall_lmp_string_load");
    uint32_t ump = calls(other, "wall_ump_string", "wall_ump_string_load");
    ratio("wall_ump_of_lmp", lmp, ump);
    lmp = status(proc_default(), 4, "wall_status_lmp");
    ump = status(other, (uint64_t)1 << 32 | 4, "wall_status_ump");
    ratio("wall_status_ump_of_lmp", lmp, ump);
}
