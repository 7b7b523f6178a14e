/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What a message between cores costs in a stream, with the rings of this build: 64 KiB one way, which fills the longest ring, and 4 KiB there and
 * back, in calls through generated stubs. Everything that both cores execute is counted, looking for messages and doorbells included.
 * scripts/bench.py runs it with builds of several UMP_SLOTS.
 */
#include "bench.h"
#include <cores/cores.h>
#include <idl/bench.h>
#include <idl/names.h>
#include <messaging/channel.h>
#include <messaging/ump.h>
#include <string.h>

#define NAME "bench.ump"
#define ROUNDS 50
#define WARM 3 /* calls before: what is needed once is there */
#define STREAM_MESSAGE_BYTES (UMP_WORDS * sizeof(uint64_t))

/* `bytes` of payload in one call, either way: its messages. */
static uint32_t messages(uint32_t bytes)
{
    return (bytes + STREAM_MESSAGE_BYTES - 1) / STREAM_MESSAGE_BYTES;
}

static err_t one_way(struct bench_client *peer)
{
    static char data[BENCH_BULK];
    return bench_sink(peer, data, sizeof(data));
}

static err_t both_ways(struct bench_client *peer)
{
    static char in[BENCH_TEXT + 1], out[BENCH_TEXT + 1];
    memset(in, 'x', BENCH_TEXT);
    return bench_echo(peer, in, out, sizeof(out));
}

static void stream(struct bench_client *peer, const char *key, err_t (*call)(struct bench_client *peer), uint32_t count)
{
    for (unsigned i = 0; i < WARM; i++) {
        BENCH_OK(call(peer));
    }
    samples_clear(&bench_samples);
    for (unsigned i = 0; i < ROUNDS; i++) {
        uint32_t start = bench_count();
        err_t err = call(peer);
        samples_add_value(&bench_samples, (bench_count() - start) / count);
        BENCH_OK(err);
    }
    samples_print(&bench_samples, key, CONFIG_UMP_SLOTS);
    bench_point(key, CONFIG_UMP_SLOTS, samples_median(&bench_samples));
}

void bench_slots(void)
{
    static const char args[] = "bench\0peer-ump";
    struct bench_client peer = BENCH_CLIENT_NAMED(NAME);
    struct proc_exit exit;
    uint64_t pid;
    if (names_lookup(names_default(), "proc.1", NULL, NULL) != ERR_OK) {
        return; /* one core */
    }
    BENCH_OK(proc_spawn(cores_proc(1), "bench", args, sizeof(args), "", 0, 0, 8, "", 0, NULL, 0, &pid));
    BENCH_OK(names_await(names_default(), NAME, NULL, NULL));
    stream(&peer, "ump_slots_one_way", one_way, messages(BENCH_BULK) + 1);
    stream(&peer, "ump_slots_both_ways", both_ways, 2 * messages(BENCH_TEXT));
    bench_leave(&peer);
    bench_client_close(&peer);
    BENCH_OK(proc_wait(cores_proc(1), pid, &exit));
}
