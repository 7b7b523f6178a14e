/* SPDX-License-Identifier: BSD-2-Clause */
/* A look-up of a service by its name, by call and reply, with so many names registered; and what registering takes then. */
#include "bench.h"
#include <caps/caps.h>
#include <idl/names.h>
#include <idl/proc.h>
#include <stdio.h>
#include <stdlib.h>
#include <threads/thread.h>

#define EACH 1000 /* names of one process */
#define MOST 10000
#define LOOKS 1000
#define CLIENTS 100
#define CLIENTS_END "bench.names.end"

static uint64_t peer[MOST / EACH + 1];

static const char *name_of(unsigned n)
{
    static char name[NAMES_NAME_MAX + 1];
    snprintf(name, sizeof(name), "bench.names.%u", n);
    return name;
}

/* Registers `count` names from number `first` on, the last one to say that it is ready, and keeps them until it is killed. */
int names_peer(int argc, char **argv)
{
    unsigned first = argc > 0 ? (unsigned)atoi(argv[0]) : 0, count = argc > 1 ? (unsigned)atoi(argv[1]) : 0;
    for (unsigned n = first; n < first + count; n++) {
        BENCH_OK(names_register(names_default(), name_of(n), SLOT_ENDPOINT));
    }
    for (;;) {
        thread_sleep_ms(1000000);
    }
}

static unsigned names_count(void)
{
    static struct names_entry page[NAMES_PAGE];
    char next[NAMES_NAME_MAX + 1] = "", after[NAMES_NAME_MAX + 1];
    uint32_t count, all = 0;
    do {
        snprintf(after, sizeof(after), "%s", next);
        BENCH_OK(names_enumerate(names_default(), "", "", after, next, sizeof(next), page, NAMES_PAGE, &count));
        all += count;
    } while (next[0] != 0);
    return all;
}

/* A peer more, with names up to the total `most`. */
static void peer_start(unsigned k, unsigned first, unsigned most)
{
    char args[64];
    int bytes = snprintf(args, sizeof(args), "bench%cpeer-names%c%u%c%u", 0, 0, first, 0, most - first);
    BENCH_OK(proc_spawn(proc_default(), "bench", args, (uint32_t)bytes + 1, "", 0, 0, 8, "", 0, NULL, 0, &peer[k]));
    BENCH_OK(names_await(names_default(), name_of(most - 1), NULL, NULL));
}

static void look_up(const char *key, unsigned most)
{
    cptr_t endpoint;
    samples_clear(&bench_samples);
    for (unsigned i = 0; i < LOOKS; i++) {
        const char *name = name_of(i * 7919 % most);
        uint32_t start = bench_count();
        err_t err = names_lookup(names_default(), name, NULL, &endpoint);
        samples_add(&bench_samples, start, bench_count());
        BENCH_OK(err);
        BENCH_OK(cap_free(endpoint));
    }
    samples_print(&bench_samples, key, names_count());
}

static void register_more(const char *key)
{
    samples_clear(&bench_samples);
    for (unsigned i = 0; i < 100; i++) {
        const char *name = name_of(MOST + i * 37 % 100);
        uint32_t start = bench_count();
        err_t err = names_register(names_default(), name, SLOT_ENDPOINT);
        samples_add(&bench_samples, start, bench_count());
        BENCH_OK(err);
    }
    samples_print(&bench_samples, key, 1);
    for (unsigned i = 0; i < 100; i++) {
        BENCH_OK(names_deregister(names_default(), name_of(MOST + i)));
    }
}

static void process_end(uint64_t pid)
{
    struct proc_exit exit;
    BENCH_OK(proc_kill(proc_default(), pid));
    BENCH_OK(proc_wait(proc_default(), pid, &exit));
}

/* Starts so many processes with a name each (a process has at most PROC_CHILDREN), registers the one before theirs, and ends them in the end. */
int clients_peer(int argc, char **argv)
{
    static uint64_t child[CLIENTS];
    unsigned first = argc > 0 ? (unsigned)atoi(argv[0]) : 0, count = argc > 1 ? (unsigned)atoi(argv[1]) : 0;
    for (unsigned n = 1; n < count && n < CLIENTS; n++) {
        char args[64];
        int bytes = snprintf(args, sizeof(args), "bench%cpeer-names%c%u%c1", 0, 0, first + n, 0);
        BENCH_OK(proc_spawn(proc_default(), "bench", args, (uint32_t)bytes + 1, "", 0, 0, 8, "", 0, NULL, 0, &child[n]));
        BENCH_OK(names_await(names_default(), name_of(first + n), NULL, NULL));
    }
    BENCH_OK(names_register(names_default(), name_of(first), SLOT_ENDPOINT));
    BENCH_OK(names_await(names_default(), CLIENTS_END, NULL, NULL));
    for (unsigned n = 1; n < count && n < CLIENTS; n++) {
        process_end(child[n]);
    }
    return 0;
}

/* A look-up while there are so many clients, this one included. */
static void look_up_among(const char *key, unsigned clients)
{
    struct proc_exit exit;
    unsigned groups = 0, others = clients - 1;
    for (unsigned first = 0; first < others; first += CLIENTS) {
        char args[64];
        unsigned count = others - first < CLIENTS ? others - first : CLIENTS;
        int bytes = snprintf(args, sizeof(args), "bench%cpeer-clients%c%u%c%u", 0, 0, first, 0, count);
        BENCH_OK(proc_spawn(proc_default(), "bench", args, (uint32_t)bytes + 1, "", 0, 0, 8, "", 0, NULL, 0,
                            &peer[groups++]));
        BENCH_OK(names_await(names_default(), name_of(first), NULL, NULL));
    }
    BENCH_OK(names_register(names_default(), name_of(others), SLOT_ENDPOINT));
    look_up(key, clients);
    BENCH_OK(names_register(names_default(), CLIENTS_END, SLOT_ENDPOINT));
    while (groups > 0) {
        BENCH_OK(proc_wait(proc_default(), peer[--groups], &exit));
    }
    BENCH_OK(names_deregister(names_default(), CLIENTS_END));
    BENCH_OK(names_deregister(names_default(), name_of(others)));
}

void bench_names(void)
{
    look_up_among("names_clients_1", 1);
    look_up_among("names_clients_10", 10);
    look_up_among("names_clients_200", 200);

    unsigned peers = 0, base = names_count();
    struct proc_exit exit;
    unsigned few = base < 10 ? 10 - base : 1;
    peer_start(peers++, 0, few);
    look_up("names_lookup_10", few);
    register_more("names_register_10");
    peer_start(peers++, few, EACH);
    look_up("names_lookup_1000", EACH);
    for (unsigned first = EACH; first < MOST; first += EACH) {
        peer_start(peers++, first, first + EACH);
    }
    look_up("names_lookup_10000", MOST);
    register_more("names_register_10000");
    while (peers > 0) {
        BENCH_OK(proc_kill(proc_default(), peer[--peers]));
        BENCH_OK(proc_wait(proc_default(), peer[peers], &exit));
    }
}
