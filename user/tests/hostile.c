/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A client that misbehaves for as long as it is let: `hostile BEHAVIOUR SERVICE`. And `hostile measure SERVICE [BEHAVIOUR|all [ROUNDS]]`: what an
 * honest client notices of it. The rows of the page on hostile input are named beside each behaviour.
 */
#include "child.h"
#include "hostile.h"
#include "raw_client.h"
#include <idl/mem.h>
#include <idl/names.h>
#include <idl/proc.h>
#include <messaging/channel.h>
#include <stdio.h>
#include <stdlib.h>
#include <threads/thread.h>

#define THREADS 8
#define CHILDREN 4
#define ROUNDS 12

static const struct target *target;
static cptr_t to; /* where messages for it go */
static uint64_t seed = 1;

/* Without waiting for room. */
static err_t throw(unsigned method, uint64_t bytes, unsigned words, cptr_t cap)
{
    struct raw call = {.x = {raw_header(method, 0xf000, bytes), ~0ull, ~0ull, ~0ull, ~0ull, ~0ull, ~0ull, ~0ull,
                             LMP_CALL(words, 0), to, cap}};
    return raw_call(&call);
}

/* And wait when there is none. */
static void toss(unsigned method, uint64_t bytes, unsigned words, cptr_t cap)
{
    if (throw(method, bytes, words, cap)) thread_yield();
}

static unsigned dice(unsigned sides)
{
    return (unsigned)(random_next(&seed) % sides);
}

static void unknown_methods(void)
{
    toss(100 + dice(1000), 0, 1, 0);
}
static void empty_messages(void)
{
    toss(0, 0, 0, 0);
}
static void ones(void)
{
    unsigned words = 1 + dice(8);
    toss(dice(24), (words - 1) * 8, words, 0);
}
static void huge_header(void)
{
    toss(dice(24), 0xffffffff - dice(16), 8, 0);
}
static void odd_header(void)
{
    toss(dice(24), 1 + 2 * dice(100), 1 + dice(8), 0);
}
/* A message of 60,000 bytes that never ends. */
static void endless_message(void)
{
    toss(dice(24), 60000, 8, 0);
}
static void unwanted_capability(void)
{
    toss(dice(24), 0, 1, SLOT_RAM);
}
static void own_endpoint(void)
{
    toss(dice(24), 0, 1, SLOT_ENDPOINT);
}
static void bind_nonsense(void)
{
    toss(RAW_BIND, 0, 1, dice(2) ? SLOT_RAM : SLOT_ENDPOINT);
}
static void replies_to_nothing(void)
{
    toss(dice(24) | RAW_REPLY, 8, 2, 0);
}
static void random_words(void)
{
    struct raw call = {.x = {[8] = LMP_CALL(dice(9), 0), [9] = to}};
    for (unsigned i = 0; i < 8; i++)
        call.x[i] = random_next(&seed) >> dice(64);
    if (raw_call(&call)) thread_yield();
}
static void random_calls(void)
{
    struct raw call = {.x = {raw_header(dice(24), 0xf000, 48), [8] = LMP_CALL(7, 0), [9] = to}};
    for (unsigned i = 1; i < 7; i++)
        call.x[i] = dice(3) ? dice(64) : random_next(&seed) >> dice(64);
    if (raw_call(&call)) thread_yield();
}
/* Its messages come as fast as they can be made. */
static void flood(void)
{
    throw(200, 0, 1, 0);
}
static void flood_of_zeros(void)
{
    throw(dice(24), 0, 1, 0);
}

static void honest_call(void)
{
    for (unsigned k = 0; target->calls[k]; k++)
        target->calls[k]();
}
static void calls(void)
{
    honest_call();
}
static void calls_given_up(void)
{
    ticks_t old = rpc_set_deadline(clock_ticks() + 1 + dice(2000));
    honest_call();
    rpc_set_deadline(old);
}

static int caller(void *argument)
{
    (void)argument;
    for (;;)
        honest_call();
    return 0;
}
static void calls_of_threads(void)
{
    for (unsigned i = 0; i < THREADS; i++) {
        struct thread *thread;
        static const struct thread_options options = {.name = "caller", .detached = true};
        if (thread_create(&thread, caller, NULL, &options)) break;
    }
    caller(NULL);
}

/* A client of a service that is bound by name: it reads no replies, */
static void never_reads(void)
{
    if (!raw.service && raw_open(target->name)) return;
    struct raw call = {.x = {raw_header(300, 1, 0), [8] = LMP_CALL(1, 0), [9] = raw.service}};
    if (raw_call(&call)) thread_yield();
}
/* or comes and goes. */
static void binds(void)
{
    if (!raw_open(target->name)) raw_close();
}
static void binds_and_leaves_halfway(void)
{
    uint64_t words[8] = {raw_header(dice(16), 5, 60000), 255};
    if (!raw_open(target->name) && !raw_fragment(raw.service, words, 8, SLOT_RAM)) raw_close();
}

/* What a child does, with which behaviour; it is killed after `ms`. */
static void child(const char *behaviour, unsigned ms)
{
    char line[64];
    uint64_t pid;
    struct proc_exit exit;
    snprintf(line, sizeof(line), "hostile %s %s", behaviour, target->name);
    if (child_start(line, &pid)) return;
    thread_sleep_us(ms * 1000 + dice(1000));
    proc_kill(proc_default(), pid);
    child_wait(pid, 20000, &exit);
}
static void dies_in_mid_call(void)
{
    child("calls", 1);
}
static void dies_in_mid_message(void)
{
    child("endless_message", 1);
}
static void dies_while_flooding(void)
{
    child("flood", 1);
}

/* A client that is stopped in the middle: it takes no reply, and does not die. */
static void paused(void)
{
    static uint64_t pids[CHILDREN];
    char line[64];
    struct proc_exit exit;
    unsigned i = dice(CHILDREN);
    if (pids[i]) {
        proc_kill(proc_default(), pids[i]);
        child_wait(pids[i], 20000, &exit);
        pids[i] = 0;
    }
    snprintf(line, sizeof(line), "hostile calls %s", target->name);
    if (child_start(line, &pids[i])) return;
    thread_sleep_us(500 + dice(1000));
    proc_pause(proc_default(), pids[i]);
}

static void several(void)
{
    static uint64_t pids[CHILDREN];
    char line[64];
    snprintf(line, sizeof(line), "hostile calls %s", target->name);
    for (unsigned i = 0; i < CHILDREN; i++) {
        if (!pids[i]) child_start(line, &pids[i]);
    }
    honest_call();
}

/* As much memory as it gets, then calls. */
static void no_memory(void)
{
    static bool taken;
    cptr_t ram;
    for (uint64_t bytes = 1 << 24; !taken && bytes >= PAGE_SIZE; bytes /= 2) {
        while (!mem_alloc(mem_default(), bytes, 0, &ram)) {
        }
    }
    taken = true;
    honest_call();
}
/* A capability that is gone when it is looked at. */
static void revoked_capability(void)
{
    static cptr_t ram, copy;
    if (!ram && ram_new(&ram, PAGE_SIZE)) return;
    if (cap_copy_new(&copy, ram)) return;
    throw(dice(24), 0, 1, copy);
    cap_revoke(ram);
    cap_free(copy);
}
static void looks_up_and_forgets(void)
{
    uint64_t pid;
    cptr_t found;
    if (!names_lookup(names_default(), target->born ? "term" : target->name, &pid, &found)) cap_free(found);
    honest_call();
}

static const struct {
    const char *name;
    void (*run)(void);
    bool by_name; /* only services that clients bind to */
} behaviours[] = {
    {"unknown_methods", unknown_methods, false},                  /* U2 */
    {"empty_messages", empty_messages, false},                    /* U2 */
    {"ones", ones, false},                                        /* U2 */
    {"huge_header", huge_header, false},                          /* U2 */
    {"odd_header", odd_header, false},                            /* U2 */
    {"endless_message", endless_message, false},                  /* U2, U3 */
    {"unwanted_capability", unwanted_capability, false},          /* U2 */
    {"own_endpoint", own_endpoint, false},                        /* U2 */
    {"bind_nonsense", bind_nonsense, false},                      /* U2 */
    {"replies_to_nothing", replies_to_nothing, false},            /* U2 */
    {"random_words", random_words, false},                        /* U2 */
    {"random_calls", random_calls, false},                        /* U2, U6 */
    {"flood", flood, false},                                      /* U3 */
    {"flood_of_zeros", flood_of_zeros, false},                    /* U3 */
    {"calls", calls, false},                                      /* U8 */
    {"calls_given_up", calls_given_up, false},                    /* U3 */
    {"calls_of_threads", calls_of_threads, false},                /* U8 */
    {"never_reads", never_reads, true},                           /* U3 */
    {"binds", binds, true},                                       /* U8 */
    {"binds_and_leaves_halfway", binds_and_leaves_halfway, true}, /* U3 */
    {"dies_in_mid_call", dies_in_mid_call, false},                /* U3 */
    {"dies_in_mid_message", dies_in_mid_message, false},          /* U3 */
    {"dies_while_flooding", dies_while_flooding, false},          /* U3 */
    {"paused", paused, false},                                    /* U3 */
    {"several", several, false},                                  /* U8 */
    {"no_memory", no_memory, false},                              /* U8 */
    {"revoked_capability", revoked_capability, false},            /* U3 */
    {"looks_up_and_forgets", looks_up_and_forgets, false},        /* U8 */
};
#define BEHAVIOURS (sizeof(behaviours) / sizeof(behaviours[0]))

const char *hostile_name(unsigned number)
{
    return number < BEHAVIOURS ? behaviours[number].name : NULL;
}

bool hostile_skips(unsigned number, const struct target *of)
{
    return behaviours[number].by_name && of->born != 0;
}

static int usage(void)
{
    fprintf(stderr,
            "usage: hostile measure SERVICE [BEHAVIOUR|all [ROUNDS]], hostile BEHAVIOUR SERVICE; behaviours:\n");
    for (unsigned i = 0; i < BEHAVIOURS; i++)
        fprintf(stderr, "  %s\n", behaviours[i].name);
    return 2;
}

int main(int argc, char **argv)
{
    if (argc >= 3 && !strcmp(argv[1], "measure")) {
        target = target_find(argv[2]);
        unsigned rounds = argc > 4 ? (unsigned)atoi(argv[4]) : ROUNDS;
        const char *only = argc > 3 && strcmp(argv[3], "all") ? argv[3] : NULL;
        return target ? honest_measure(target, only, rounds) : usage();
    }
    target = argc == 3 ? target_find(argv[2]) : NULL;
    if (!target) return usage();
    for (unsigned i = 0; i < BEHAVIOURS; i++) {
        if (strcmp(argv[1], behaviours[i].name)) continue;
        to = target->born;
        if (!to && channel_bind(target->channel())) return 3;
        if (!to) to = target->channel()->endpoint;
        for (;;)
            behaviours[i].run();
    }
    return usage();
}
