/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Messages between two processes straight on the system call: no library on either side while it runs, its entries are
 * replaced (raw.S). The peer is this program, started with `peer-lmp KIND`; it passes its CSpace, so that the
 * client can empty its receive slot between two rounds.
 */
#include "bench.h"
#include "raw_run.h"
#include <abi/dispatcher.h>
#include <abi/spawn_info.h>
#include <arch/disable.h>
#include <caps/caps.h>
#include <caps/slots.h>
#include <idl/names.h>
#include <idl/proc.h>
#include <stdio.h>
#include <string.h>
#include <test/mini.h>
#include <threads/thread.h>

#define ROUNDS 2000
#define SAMPLE_OWN 2 /* one store, one reading of the counter */
#define RING 7
#define RING_SLOTS 4
#define RING_AT (FRAME_AREA_RINGS - RING_SLOTS * sizeof(struct lmp_slot)) /* behind the library's rings */
#define NAME "bench.lmp"

#define FRAME ((volatile struct dispatcher_frame *)VADDR_FRAME)

static cptr_t receive; /* first of the ring's receive slots */

static cptr_t raw_ring(void)
{
    cptr_t endpoint;

    BENCH_OK(slot_alloc_run(RING_SLOTS, &receive));
    BENCH_OK(disp_ring(SLOT_DISPATCHER, RING, RING_AT, RING_SLOTS, receive));
    BENCH_OK(cap_mint_new(&endpoint, SLOT_ENDPOINT, 1, MINT_RING(RING)));
    return endpoint;
}

static void (*server_entry(const char *kind))(void)
{
    return !strcmp(kind, "4w")       ? raw_server_4
           : !strcmp(kind, "8w")     ? raw_server_8
           : !strcmp(kind, "delete") ? raw_server_cap
                                     : raw_server_0;
}

int lmp_peer(int argc, char **argv)
{
    if (argc < 1) {
        return 2;
    }
    BENCH_OK(names_register(names_default(), NAME, raw_ring()));
    thread_sleep_ms(50); /* the client looks us up and waits */
    dispatcher_disable();
    FRAME->entry_run = (uint64_t)raw_server_run;
    FRAME->entry_message = (uint64_t)server_entry(argv[0]);
    raw_wait(SLOT_PASSED, SLOT_CSPACE, receive);
}

/* Runs with the client's raw entries in place of the library's. */
static void raw_section(struct raw_run *run)
{
    uint64_t entry_run, entry_message;

    dispatcher_disable();
    entry_run = FRAME->entry_run;
    entry_message = FRAME->entry_message;
    FRAME->entry_run = (uint64_t)raw_client_run;
    FRAME->entry_message = (uint64_t)raw_client_message;
    raw_client(run);
    FRAME->entry_run = entry_run;
    FRAME->entry_message = entry_message;
    FRAME->pending = 1;
    dispatcher_enable();
}

static void ping_pong(const char *key, const char *kind, unsigned words, cptr_t cap)
{
    char args[64];
    struct raw_run run = {0};
    cptr_t own = raw_ring(), peer, cspace;
    uint64_t pid, server_receive;
    struct proc_exit exit;
    int length = snprintf(args, sizeof(args), "bench%cpeer-lmp%c%s", 0, 0, kind) + 1;

    BENCH_OK(proc_spawn(proc_default(), "bench", args, (size_t)length, "", 0, 0, 8, "", 0, &own, 1, &pid));
    BENCH_OK(names_await(names_default(), NAME, NULL, &peer));
    raw_section(&run); /* the peer's first message brings its CSpace and receive slot; from then on it waits */
    cspace = (cptr_t)run.received;
    server_receive = run.word;
    samples_clear(&bench_samples);
    memset(bench_samples.value, 0, sizeof(bench_samples.value));
    run = (struct raw_run){
        .endpoint = peer, .call = LMP_CALL(words, LMP_BLOCK), .cap = cap, .rounds = ROUNDS, .samples = bench_samples.value};
    if (cap && strcmp(kind, "delete")) {
        run.empty = CAPREF(cspace, server_receive);
    }
    raw_section(&run);
    if (run.error) {
        bench_fail(key, (err_t)run.error);
    }
    bench_samples.count = ROUNDS;
    for (unsigned i = 0; i < ROUNDS; i++) {
        bench_samples.value[i] -= SAMPLE_OWN;
    }
    samples_print(&bench_samples, key, 1);
    BENCH_OK(proc_kill(proc_default(), pid));
    BENCH_OK(proc_wait(proc_default(), pid, &exit));
    cap_free(peer);
    cap_delete(cspace);
    cap_free(own);
    BENCH_OK(disp_ring(SLOT_DISPATCHER, RING, 0, 0, 0));
    slot_free_run(receive, RING_SLOTS);
}

/* To a dispatcher that is ready but does not run: nothing is switched. */
static void signal_busy(void)
{
    static struct mini busy;
    cptr_t endpoint;

    BENCH_OK(mini_new(&busy, mini_spin, NULL));
    BENCH_OK(disp_priority(busy.dispatcher, 7));
    BENCH_OK(disp_ring(busy.dispatcher, 0, DISP_FRAME_RINGS, RING_SLOTS, 0));
    BENCH_OK(cap_mint_new(&endpoint, busy.endpoint, 1, 0));
    BENCH_OK(disp_resume(busy.dispatcher));
    samples_clear(&bench_samples);
    for (unsigned i = 0; i < ROUNDS; i++) {
        register uint64_t x0 __asm__("x0") = i;
        register uint64_t x8 __asm__("x8") = LMP_CALL(0, 0);
        register uint64_t x9 __asm__("x9") = endpoint;
        register uint64_t x10 __asm__("x10") = 0;
        uint32_t start = bench_count();
        __asm__ volatile("svc #0"
                         : "+r"(x0), "+r"(x8), "+r"(x9), "+r"(x10)::"x1", "x2", "x3", "x4", "x5", "x6", "x7", "x11",
                           "x12", "x13", "x14", "x15", "x16", "x17", "x18", "cc", "memory");
        uint32_t end = bench_count();
        err_t err = (err_t)x0;
        samples_add(&bench_samples, start, end);
        BENCH_OK(err);
        busy.frame->ring[0].tail = i + 1;
    }
    samples_print(&bench_samples, "lmp_signal", 1);
    cap_free(endpoint);
    mini_free(&busy);
}

void bench_lmp(void)
{
    signal_busy();
    ping_pong("lmp_raw_0w", "0w", 0, 0);
    ping_pong("lmp_raw_4w", "4w", 4, 0);
    ping_pong("lmp_raw_8w", "8w", 8, 0);
    ping_pong("lmp_raw_cap", "0w", 0, SLOT_INFO);
    ping_pong("lmp_raw_cap_delete", "delete", 0, SLOT_INFO);
}
