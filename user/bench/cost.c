/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Whose instructions a call takes, by LMP and by UMP: the counter has one number for all cores, so scripts/bench_cost.py has QEMU write
 * down every instruction between cost_begin() and cost_end() instead. Before each series this says `trace KEY N` and waits for
 * Enter, and `traced` when it is over.
 */
#include "bench.h"
#include <cores/cores.h>
#include <idl/bench.h>
#include <idl/names.h>
#include <stdio.h>
#include <string.h>

#define NAME "bench.ump"
#define CALLS 5
#define TEXT_MOST 256 /* longer ones only take longer to write down */

/* Where the script begins and ends to count: their addresses are all that it needs. */
__attribute__((noinline)) static void cost_begin(void)
{
    __asm__ volatile("// begin");
}

__attribute__((noinline)) static void cost_end(void)
{
    __asm__ volatile("// end"); /* another text: the compiler makes one function of two that are the same */
}

/* Two more before, which nobody looks at: both sides are then where a caller finds them usually. */
#define COST(key, n, call)                                                                                             \
    do {                                                                                                               \
        printf("trace %s %u\n", key, (unsigned)(n));                                                                   \
        fflush(stdout);                                                                                                \
        getchar();                                                                                                     \
        BENCH_OK(call);                                                                                                \
        BENCH_OK(call);                                                                                                \
        for (unsigned i_ = 0; i_ < CALLS; i_++) {                                                                      \
            cost_begin();                                                                                              \
            err_t err_2 = call;                                                                                        \
            cost_end();                                                                                                \
            BENCH_OK(err_2);                                                                                           \
        }                                                                                                              \
        printf("traced\n");                                                                                            \
        fflush(stdout);                                                                                                \
    } while (0)

static void calls(struct proc_client *proc, const char *ping, const char *text)
{
    static const char args[] = "bench\0peer-ump";
    static char in[BENCH_TEXT + 1], out[BENCH_TEXT + 1];
    struct bench_client peer = BENCH_CLIENT_NAMED(NAME);
    struct proc_exit exit;
    uint64_t pid;

    BENCH_OK(proc_spawn(proc, "bench", args, sizeof(args), "", 0, 0, 8, "", 0, NULL, 0, &pid));
    BENCH_OK(names_await(names_default(), NAME, NULL, NULL));
    COST(ping, 1, bench_ping(&peer));
    for (unsigned length = 0; length <= TEXT_MOST; length = length ? 4 * length : 16) {
        memset(in, 'x', length);
        in[length] = 0;
        COST(text, length, bench_echo(&peer, in, out, sizeof(out)));
    }
    bench_leave(&peer);
    bench_client_close(&peer);
    BENCH_OK(proc_wait(proc, pid, &exit));
}

void bench_cost(void)
{
    struct proc_info info;

    if (names_lookup(names_default(), "proc.1", NULL, NULL) != ERR_OK) {
        return; /* one core */
    }
    calls(proc_default(), "cost_lmp_0w", "cost_lmp_string");
    calls(cores_proc(1), "cost_ump_0w", "cost_ump_string");
    COST("cost_lmp_status", 1, proc_status(proc_default(), 4, &info));
    COST("cost_ump_status", 1, proc_status(cores_proc(1), (uint64_t)1 << 32 | 4, &info));
}
