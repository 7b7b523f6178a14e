/* SPDX-License-Identifier: BSD-2-Clause */
/* Call and reply through generated stubs, from a thread to another process's thread; also with live FP state on both sides. */
#include "bench.h"
#include <idl/bench.h>
#include <idl/names.h>
#include <idl/proc.h>
#include <messaging/channel.h>
#include <messaging/server.h>
#include <stdlib.h>

#define ROUNDS 1000
#define NAME "bench.rpc"

static volatile double number = 1.5;

static err_t ping(struct call *call)
{
    (void)call;
    return ERR_OK;
}

static err_t ping_fp(struct call *call)
{
    (void)call;
    number *= 1.0001;
    return ERR_OK;
}

static err_t leave(struct call *call)
{
    (void)call;
    exit(0);
}

static const struct bench_ops ops = {.ping = ping, .ping_fp = ping_fp, .leave = leave};
static struct service service = BENCH_SERVICE(&ops);
static struct server server;

int rpc_peer(int argc, char **argv)
{
    (void)argc, (void)argv;
    BENCH_OK(server_init(&server));
    BENCH_OK(server_add(&server, &service));
    BENCH_OK(names_register(names_default(), NAME, service.endpoint));
    server_run(&server);
}

void bench_rpc(void)
{
    static const char args[] = "bench\0peer-rpc";
    struct proc_exit exit;
    cptr_t endpoint;
    uint64_t pid;

    BENCH_OK(proc_spawn(proc_default(), "bench", args, sizeof(args), "", 0, 0, 8, "", 0, NULL, 0, &pid));
    BENCH_OK(names_await(names_default(), NAME, NULL, &endpoint));
    struct bench_client peer = BENCH_CLIENT_SLOT(endpoint);
    BENCH_OK(bench_ping(&peer));
    samples_clear(&bench_samples);
    for (unsigned i = 0; i < ROUNDS; i++) {
        uint32_t start = bench_count();
        err_t err = bench_ping(&peer);
        samples_add(&bench_samples, start, bench_count());
        BENCH_OK(err);
    }
    samples_print(&bench_samples, "lmp_rpc_0w", 1);
    samples_clear(&bench_samples);
    for (unsigned i = 0; i < ROUNDS; i++) {
        number *= 1.0001;
        uint32_t start = bench_count();
        err_t err = bench_ping_fp(&peer);
        number *= 1.0001;
        samples_add(&bench_samples, start, bench_count());
        BENCH_OK(err);
    }
    samples_print(&bench_samples, "lmp_rpc_0w_fp", 1);
    bench_leave(&peer);
    bench_client_close(&peer);
    BENCH_OK(proc_wait(proc_default(), pid, &exit));
}
