/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * UMP: the ring alone, both ends in this process; and calls through generated stubs to this program as a peer, on the same core (each message
 * wakes a sleeper) and on core 1 if that is up. The counter counts all cores: a round trip is what both sides execute, spinning included.
 */
#include "bench.h"
#include <idl/bench.h>
#include <idl/names.h>
#include <idl/proc.h>
#include <messaging/channel.h>
#include <messaging/server.h>
#include <messaging/ump.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <threads/thread.h>

#define ROUNDS 1000
#define WAKES 100
#define NAME "bench.ump"
#define ASLEEP_MS 20 /* long enough for the peer to have gone to sleep */

static err_t ping(struct call *call)
{
    (void)call;
    return ERR_OK;
}

static err_t echo(struct call *call, const char *in, char *out)
{
    (void)call;
    strcpy(out, in);
    return ERR_OK;
}

static err_t sink(struct call *call, const void *data, size_t bytes)
{
    (void)call, (void)data, (void)bytes;
    return ERR_OK;
}

static err_t leave(struct call *call)
{
    (void)call;
    exit(0);
}

static const struct bench_ops ops = {.ping = ping, .echo = echo, .sink = sink, .leave = leave};
static struct service service = BENCH_SERVICE(&ops);
static struct server server;

int ump_peer(int argc, char **argv)
{
    (void)argc, (void)argv;
    BENCH_OK(server_init(&server));
    BENCH_OK(server_add(&server, &service));
    BENCH_OK(names_register(names_default(), NAME, service.endpoint));
    server_run(&server);
}

/* One slot: sent and received. */
static void message(struct ump *a, struct ump *b, unsigned words, const char *key)
{
    uint64_t w[UMP_WORDS] = {0};
    uint8_t tag = 0;

    samples_clear(&bench_samples);
    for (unsigned i = 0; i < ROUNDS; i++) {
        uint32_t start = bench_count();
        err_t err = ump_send(&a->out, w, words, 1);
        bool wanted = ump_wanted(&a->out);
        err_t err_2 = ump_receive(&b->in, w, &tag);
        samples_add(&bench_samples, start, bench_count());
        BENCH_OK(err ? err : err_2 ? err_2 : wanted);
    }
    samples_print(&bench_samples, key, 1);
}

static void round_trip(struct ump *a, struct ump *b)
{
    uint64_t w[UMP_WORDS] = {0};
    uint8_t tag = 0;

    samples_clear(&bench_samples);
    for (unsigned i = 0; i < ROUNDS; i++) {
        uint32_t start = bench_count();
        err_t err = ump_send(&a->out, w, 1, 1);
        err |= ump_wanted(&a->out);
        err |= ump_receive(&b->in, w, &tag);
        err |= ump_send(&b->out, w, 1, 1);
        err |= ump_wanted(&b->out);
        err |= ump_receive(&a->in, w, &tag);
        samples_add(&bench_samples, start, bench_count());
        BENCH_OK(err);
    }
    samples_print(&bench_samples, "ump_raw_0w", 1);
}

/* What a message costs when the sender fills the ring and the receiver empties it, by the number of slots. */
static void throughput(uint32_t slots)
{
    struct ump_area *area = aligned_alloc(UMP_LINE, UMP_AREA_BYTES(slots));
    struct ump a, b;
    uint64_t w[UMP_WORDS] = {0};
    uint8_t tag = 0;

    if (!area) bench_fail("ump_stream", ERR_NO_MEMORY);
    memset(area, 0, UMP_AREA_BYTES(slots));
    ump_init(&a, area, slots, 0);
    ump_init(&b, area, slots, 1);
    uint32_t start = bench_count(), sent = 0;
    while (sent < 8 * UMP_SLOTS_MAX) {
        while (ump_send(&a.out, w, UMP_WORDS, 1) == ERR_OK)
            sent++;
        while (ump_receive(&b.in, w, &tag) == ERR_OK) {
        }
        ump_room_made(&b.in);
    }
    uint32_t each = (bench_count() - start) / sent;
    bench_print("ump_stream", slots, each, "instructions");
    bench_point("ump_stream", slots, each);
    free(area);
}

static void ring(void)
{
    static struct ump a, b;
    struct ump_area *area = aligned_alloc(UMP_LINE, UMP_AREA_BYTES(CONFIG_UMP_SLOTS));

    if (!area) bench_fail("ump_msg", ERR_NO_MEMORY);
    memset(area, 0, UMP_AREA_BYTES(CONFIG_UMP_SLOTS));
    ump_init(&a, area, CONFIG_UMP_SLOTS, 0);
    ump_init(&b, area, CONFIG_UMP_SLOTS, 1);
    message(&a, &b, UMP_WORDS, "ump_msg");
    message(&a, &b, 1, "ump_msg_1w");
    round_trip(&a, &b);
    free(area);
    for (uint32_t slots = UMP_SLOTS_MIN; slots <= UMP_SLOTS_MAX; slots *= 4) {
        throughput(slots);
    }
}

static void calls(struct bench_client *peer, const char *key)
{
    samples_clear(&bench_samples);
    for (unsigned i = 0; i < ROUNDS; i++) {
        uint32_t start = bench_count();
        err_t err = bench_ping(peer);
        samples_add(&bench_samples, start, bench_count());
        BENCH_OK(err);
    }
    samples_print(&bench_samples, key, 1);
}

static void strings(struct bench_client *peer, const char *key)
{
    static char in[BENCH_TEXT + 1], out[BENCH_TEXT + 1];

    for (unsigned length = 0; length <= BENCH_TEXT; length = length ? 4 * length : 16) {
        memset(in, 'x', length);
        in[length] = 0;
        samples_clear(&bench_samples);
        for (unsigned i = 0; i < 100; i++) {
            uint32_t start = bench_count();
            err_t err = bench_echo(peer, in, out, sizeof(out));
            samples_add(&bench_samples, start, bench_count());
            BENCH_OK(err);
        }
        samples_print(&bench_samples, key, length);
        bench_point(key, length, samples_median(&bench_samples));
    }
}

static uint64_t peer_start(struct proc_client *proc, struct bench_client *peer)
{
    static const char args[] = "bench\0peer-ump";
    uint64_t pid;

    BENCH_OK(proc_spawn(proc, "bench", args, sizeof(args), "", 0, 0, 8, "", 0, NULL, 0, &pid));
    BENCH_OK(names_await(names_default(), NAME, NULL, NULL));
    BENCH_OK(bench_ping(peer));
    return pid;
}

static void peer_end(struct proc_client *proc, struct bench_client *peer, uint64_t pid)
{
    struct proc_exit exit;

    bench_leave(peer);
    bench_client_close(peer);
    BENCH_OK(proc_wait(proc, pid, &exit));
}

/* What proc says of itself. */
static void status(struct proc_client *proc, uint64_t pid, const char *key)
{
    struct proc_info info;

    samples_clear(&bench_samples);
    for (unsigned i = 0; i < ROUNDS; i++) {
        uint32_t start = bench_count();
        err_t err = proc_status(proc, pid, &info);
        samples_add(&bench_samples, start, bench_count());
        BENCH_OK(err);
    }
    samples_print(&bench_samples, key, 1);
}

static void same_core(void)
{
    struct bench_client by_lmp = BENCH_CLIENT_NAMED(NAME), peer = BENCH_CLIENT_NAMED(NAME);
    uint64_t pid;

    peer.channel.by_ump = true;
    pid = peer_start(proc_default(), &peer);
    calls(&peer, "ump_same_core_rpc_0w");
    strings(&by_lmp, "lmp_rpc_string");
    calls(&by_lmp, "lmp_rpc_0w_again"); /* as fast as ever, though the peer has waited for room here */
    bench_client_close(&by_lmp);
    peer_end(proc_default(), &peer, pid);
}

static void between_cores(void)
{
    static struct proc_client proc = PROC_CLIENT_NAMED("proc.1");
    struct bench_client peer = BENCH_CLIENT_NAMED(NAME);
    uint64_t pid;

    if (names_lookup(names_default(), "proc.1", NULL, NULL) != ERR_OK) {
        return; /* one core */
    }
    pid = peer_start(&proc, &peer);
    calls(&peer, "ump_rpc_0w");
    strings(&peer, "ump_rpc_string");
    samples_clear(&bench_samples);
    for (unsigned i = 0; i < WAKES; i++) {
        thread_sleep_ms(ASLEEP_MS);
        uint32_t start = bench_count();
        err_t err = bench_ping(&peer);
        samples_add(&bench_samples, start, bench_count());
        BENCH_OK(err);
    }
    samples_print(&bench_samples, "ump_wake_rpc", 1);
    status(proc_default(), 4, "status_lmp");
    status(&proc, (uint64_t)1 << 32 | 4, "status_ump");
    peer_end(&proc, &peer, pid);
}

void bench_ump(void)
{
    ring();
    same_core();
    between_cores();
}
