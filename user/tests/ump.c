/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Channels by UMP, through generated stubs, to a service in another process, which is this program called with `serve NAME`: on the same
 * core, and again on core 1 if that is up. What the other side does to the shared memory comes from misbehave().
 */
#include "child.h"
#include "support.h"
#include <idl/echo.h>
#include <idl/monitor.h>
#include <idl/names.h>
#include <messaging/server.h>
#include <messaging/ump.h>
#include <paging/paging.h>
#include <stdio.h>
#include <stdlib.h>
#include <threads/thread.h>

#define NAME "test.echo"
#define BELL_BADGE (1ull << 62)

static uint64_t random_state;

static uint64_t random_word(void)
{
    random_state = random_state * 6364136223846793005ull + 1442695040888963407ull;
    return random_state ^ random_state >> 29;
}

/* Nonsense into all that is shared with others: anywhere, or where it means something. */
static void damage(uint64_t seed)
{
    struct paging_region region;
    random_state = seed;
    for (vaddr_t at = VADDR_DYNAMIC; !paging_next(at, &region); at = region.base + region.bytes) {
        if (strcmp(region.name, "messages between cores")) {
            continue;
        }
        volatile uint64_t *words = (volatile uint64_t *)region.base;
        for (unsigned n = (unsigned)(random_word() % 64) + 1; n; n--) {
            uint64_t value = random_word() & 1 ? random_word() : (random_word() % 64) << 8;
            words[random_word() % (region.bytes / 8)] = value;
        }
    }
}

/*
 * The service.
 */
static struct service service;
static uint32_t canceled, waiting;

static err_t serve_nothing(struct call *call)
{
    (void)call;
    return ERR_OK;
}

/* ERR_ARGUMENT: both are the same. */
static err_t serve_sum(struct call *call, uint64_t a, uint32_t b, uint64_t *sum, bool *odd, uint32_t *b_again,
                       uint64_t *a_again)
{
    (void)call;
    if (a == b) return ERR_ARGUMENT;
    *sum = a + b;
    *odd = *sum & 1;
    *b_again = b;
    *a_again = a;
    return ERR_OK;
}

static err_t serve_text(struct call *call, const char *in, char *out)
{
    (void)call;
    strcpy(out, in);
    return ERR_OK;
}

static err_t serve_data(struct call *call, const void *in, size_t in_bytes, void *out, size_t *out_bytes)
{
    (void)call;
    memcpy(out, in, in_bytes);
    *out_bytes = in_bytes;
    return ERR_OK;
}

static err_t serve_capabilities(struct call *call, uint64_t number, const cptr_t *in, uint32_t in_count,
                                uint64_t *same_number, cptr_t *out, uint32_t *out_count)
{
    for (uint32_t i = 0; i < in_count; i++) {
        out[i] = in[in_count - 1 - i];
        call_take_cap(call, in[i]);
    }
    *out_count = in_count;
    *same_number = number;
    call_give_caps(call);
    return ERR_OK;
}

static err_t serve_endpoint(struct call *call, cptr_t *endpoint)
{
    (void)call;
    *endpoint = SLOT_ENDPOINT;
    return ERR_OK;
}

static void count(struct client *client, void *context)
{
    (void)client;
    (*(uint32_t *)context)++;
}

static err_t serve_about(struct call *call, uint64_t *pid, uint32_t *clients)
{
    *pid = call->client->pid;
    service_for_each_client(&service, count, clients);
    return ERR_OK;
}

static err_t serve_hold(struct call *call)
{
    waiting++;
    return call_defer(call) ? ERR_OK : ERR_NO_MEMORY;
}

static err_t serve_held(struct call *call, uint32_t *now, uint32_t *gave_up)
{
    (void)call;
    *now = waiting;
    *gave_up = canceled;
    return ERR_OK;
}

static void hold_canceled(struct reply *reply)
{
    canceled++;
    waiting--;
    reply_drop(reply);
}

static err_t serve_misbehave(struct call *call, uint64_t seed)
{
    (void)call;
    damage(seed);
    return ERR_OK;
}

static err_t serve_leave(struct call *call)
{
    (void)call;
    exit(0);
}

static const struct echo_ops ops = {.nothing = serve_nothing,
                                    .sum = serve_sum,
                                    .text = serve_text,
                                    .data = serve_data,
                                    .capabilities = serve_capabilities,
                                    .endpoint = serve_endpoint,
                                    .about = serve_about,
                                    .hold = serve_hold,
                                    .held = serve_held,
                                    .misbehave = serve_misbehave,
                                    .leave = serve_leave};
static struct service service = ECHO_SERVICE(&ops, .canceled = hold_canceled);

static int serve(const char *name)
{
    static struct server server;
    if (server_init(&server) || server_add(&server, &service) ||
        names_register_identified(names_default(), name, service.number, SLOT_ENDPOINT)) {
        return 1;
    }
    server_run(&server);
}

/*
 * The tests' side.
 */
static uint64_t server_pid;
static struct echo_client echo;
static bool away;                     /* the server is on core 1 */
static struct proc_client *server_by; /* who started it */

static err_t start(const char *line, uint64_t *pid)
{
    static struct proc_client proc_1 = PROC_CLIENT_NAMED("proc.1");
    char args[64];
    size_t bytes = strlen(line) + 1;
    server_by = away ? &proc_1 : proc_default();
    memcpy(args, line, bytes);
    for (size_t i = 0; i < bytes; i++) {
        if (args[i] == ' ') args[i] = 0;
    }
    return proc_spawn(server_by, args, args, bytes, "HOME=/", 7, 0, 8, "", 0, NULL, 0, pid);
}

/* The server's end. */
static err_t server_wait(void)
{
    struct proc_exit exit;
    return proc_wait(server_by, server_pid, &exit);
}

static struct echo_client client_new(void)
{
    struct echo_client client = ECHO_CLIENT_NAMED(NAME);
    client.channel.by_ump = true;
    return client;
}

static bool server_begin(void)
{
    rpc_set_deadline(deadline_after_ms(20000)); /* nothing here takes long: what hangs is an error */
    if (away && names_lookup(names_default(), "proc.1", NULL, NULL) == ERR_NOT_FOUND) {
        test_skip("there is no core 1");
        return false;
    }
    err_t err = start("t_ump serve " NAME, &server_pid);
    uint64_t pid = 0;
    while (!err && pid != server_pid) { /* its predecessor's name may be there yet, on this core */
        err = names_await(names_default(), NAME, &pid, NULL);
        if (pid != server_pid) thread_yield();
    }
    echo = client_new();
    return EXPECT_ERR(err, ERR_OK);
}

static void server_end(void)
{
    EXPECT_ERR(echo_leave(&echo), ERR_PEER_DEAD);
    echo_client_close(&echo);
    EXPECT_ERR(server_wait(), ERR_OK);
    rpc_set_deadline(0);
}

static void short_calls(void)
{
    if (!server_begin()) return;
    uint64_t pid = 0;
    uint32_t clients = 0;
    for (unsigned i = 0; i < 2000; i++) {
        CHECK_ERR(echo_nothing(&echo), ERR_OK);
    }
    for (uint32_t i = 0; i < 2000; i++) {
        uint64_t sum = 0, a = 0, given = (uint64_t)i << 33 | i * 3;
        uint32_t b = 0;
        bool odd = false;
        err_t error = echo_sum(&echo, given, i, &sum, &odd, &b, &a);
        CHECK_ERR(error, given == i ? ERR_ARGUMENT : ERR_OK);
        CHECK(error || (sum == given + i && odd == (sum & 1) && a == given && b == i));
    }
    EXPECT_ERR(echo_about(&echo, &pid, &clients), ERR_OK);
    EXPECT_EQ(pid, ((const struct spawn_info *)VADDR_INFO)->pid);
    EXPECT_EQ(clients, 1);
    EXPECT(echo.channel.ump != NULL);
    server_end();
}

/* What the monitor of the service's core says of our channel to it; false: it knows of none. */
static bool listing_find(struct monitor_channel *found)
{
    static struct monitor_channel page[4];
    uint64_t own = ((const struct spawn_info *)VADDR_INFO)->pid;
    uint32_t next = 0, count;
    do {
        uint32_t core = (uint32_t)(server_pid >> 32);
        if (!EXPECT_ERR(monitor_channels(monitor_default(), core, next, &next, page, 4, &count), ERR_OK)) return false;
        for (uint32_t i = 0; i < count; i++) {
            *found = page[i];
            if (page[i].client == own && page[i].server == server_pid) return true;
        }
    } while (next != 0);
    return false;
}

/* The channel is listed as long as it is there, on one core too, and each call is a message there and one back. */
static void listed(void)
{
    struct monitor_channel first, then;
    if (!server_begin()) return;
    EXPECT_ERR(echo_nothing(&echo), ERR_OK);
    CHECK(listing_find(&first));
    EXPECT(!strcmp(first.service, NAME));
    EXPECT_EQ(first.slots, CONFIG_UMP_SLOTS);
    for (unsigned i = 0; i < 100; i++) {
        CHECK_ERR(echo_nothing(&echo), ERR_OK);
    }
    CHECK(listing_find(&then));
    EXPECT_EQ(then.to, first.to + 100);
    EXPECT_EQ(then.back, first.back + 100);
    EXPECT_EQ(then.filled_to, 0);
    server_end();
    bool there = true;
    for (unsigned i = 0; i < 5000 && there; i++) {
        there = listing_find(&then);
        thread_yield();
    }
    EXPECT(!there);
}

/* Strings and data of all lengths, most of them longer than a ring. */
static void long_messages(void)
{
    static char in[ECHO_DATA], out[ECHO_DATA];
    size_t got;
    if (!server_begin()) return;
    for (unsigned i = 0; i < sizeof(in); i++) {
        in[i] = (char)(i * 7 + i / 251 + 1);
    }
    for (size_t bytes = 0; bytes <= ECHO_DATA; bytes = bytes < 600 ? bytes + 1 : bytes * 5 / 4 + 1) {
        memset(out, 0, sizeof(out));
        CHECK_ERR(echo_data(&echo, in, bytes, out, sizeof(out), &got), ERR_OK);
        CHECK_EQ(got, bytes);
        CHECK(!memcmp(in, out, bytes));
    }
    CHECK_ERR(echo_data(&echo, in, ECHO_DATA, out, sizeof(out), &got), ERR_OK);
    CHECK(!memcmp(in, out, ECHO_DATA));
    server_end();
}

/* Several calls in flight: each gets its own answer. */
static int caller(void *argument)
{
    char in[ECHO_TEXT], out[ECHO_TEXT + 1];
    unsigned number = (unsigned)(uintptr_t)argument;
    rpc_set_deadline(deadline_after_ms(30000));
    for (unsigned i = 0; i < 150; i++) {
        size_t length = (i * 37 + number * 311) % (i % 8 ? 100 : sizeof(in) - 1);
        memset(in, 'a' + (int)(number + i) % 26, length);
        in[length] = 0;
        err_t err = echo_text(&echo, in, out, sizeof(out));
        if (!EXPECT_ERR(err, ERR_OK) || !EXPECT(!strcmp(in, out))) {
            return 1;
        }
    }
    return 0;
}

static void many_threads(void)
{
    struct thread *threads[8];
    if (!server_begin()) return;
    for (uintptr_t i = 0; i < 8; i++) {
        CHECK_ERR(thread_create(&threads[i], caller, (void *)i, NULL), ERR_OK);
    }
    for (unsigned i = 0; i < 8; i++) {
        EXPECT_ERR(thread_join(threads[i], NULL), ERR_OK);
    }
    server_end();
}

/* Capabilities there and back, with the message to which they belong. Between cores it is memory that goes. */
#define SENT 8

/* RAM that nobody has, when no more of it comes back. */
static uint64_t free_settled(void)
{
    uint64_t now = ram_free(), before;
    do {
        before = now;
        thread_sleep_us(100000);
        now = ram_free();
    } while (now != before);
    return now;
}

static void caps_make(cptr_t *caps)
{
    for (unsigned i = 0; i < SENT; i++) {
        cptr_t ram;
        if (!away) {
            CHECK_ERR(cap_mint_new(&caps[i], SLOT_ENDPOINT, 1000 + i, 0), ERR_OK);
            continue;
        }
        CHECK_ERR(ram_new(&ram, PAGE_SIZE), ERR_OK);
        if (i % 3) {
            CHECK_ERR(cap_retype_new(&caps[i], ram, 0, i % 3 == 1 ? CAP_FRAME : CAP_DMAFRAME, PAGE_SIZE), ERR_OK);
            cap_free(ram);
        } else {
            caps[i] = ram;
        }
    }
}

/* `other` is what came back for `cap`. */
static void expect_same(cptr_t cap, cptr_t other)
{
    struct cap_info info = {0}, expected = {0};
    EXPECT_ERR(cap_identify(cap, &expected), ERR_OK);
    EXPECT_ERR(cap_identify(other, &info), ERR_OK);
    EXPECT_EQ(info.type, expected.type);
    EXPECT_EQ(info.base, expected.base);
    EXPECT_EQ(info.bytes, expected.bytes);
    EXPECT_EQ(info.rights, expected.rights);
}

static void capabilities(void)
{
    if (!server_begin()) return;
    cptr_t in[SENT], out[SENT];
    uint64_t used = 0;
    caps_make(in);
    for (unsigned n = 0; n < 100; n++) {
        uint64_t number = 0;
        uint32_t got = 0;
        if (n == 10) used = ram_used(); /* slots and all have been made */
        CHECK_ERR(echo_capabilities(&echo, n, in, n % 9, &number, out, SENT, &got), ERR_OK);
        CHECK_EQ(number, n);
        CHECK_EQ(got, n % 9);
        for (unsigned i = 0; i < got; i++) {
            expect_same(in[got - 1 - i], out[i]);
            cap_free(out[i]);
        }
    }
    for (unsigned i = 0; i < SENT; i++) {
        cap_free(in[i]);
    }
    if (away) used -= SENT * PAGE_SIZE;
    for (unsigned i = 0; i < 500 && ram_used() != used; i++) { /* it comes home from the other core */
        thread_sleep_us(10000);
    }
    EXPECT_EQ(ram_used(), used);
    server_end();
}

/* What never leaves its core is refused where it is sent, and harms nothing else. */
static void capabilities_that_stay(void)
{
    cptr_t in[3], out[3];
    uint64_t number;
    uint32_t got;
    err_t expected = away ? ERR_COPY : ERR_OK;
    if (!server_begin()) return;
    for (unsigned at = 0; at < 3; at++) { /* in each fragment */
        for (unsigned i = 0; i < 3; i++) {
            if (i == at)
                CHECK_ERR(cap_mint_new(&in[i], SLOT_ENDPOINT, 1000 + i, 0), ERR_OK);
            else
                CHECK_ERR(ram_new(&in[i], PAGE_SIZE), ERR_OK);
        }
        CHECK_ERR(echo_capabilities(&echo, at, in, 3, &number, out, 3, &got), expected);
        for (unsigned i = 0; i < 3; i++) {
            cap_free(in[i]);
            if (!expected) cap_free(out[i]);
        }
        CHECK_ERR(echo_nothing(&echo), ERR_OK);
    }
    CHECK_ERR(echo_endpoint(&echo, &out[0]), expected); /* the service's */
    if (!expected) cap_free(out[0]);
    CHECK_ERR(echo_nothing(&echo), ERR_OK);
    server_end();
}

static uint32_t clients(void)
{
    uint32_t number = 0;
    EXPECT_ERR(echo_about(&echo, NULL, &number), ERR_OK);
    return number;
}

static void await_clients(uint32_t number)
{
    for (unsigned i = 0; i < 5000 && clients() != number; i++) {
        thread_yield();
    }
    EXPECT_EQ(clients(), number);
}

/* A process that sends capabilities all the time is killed at any point, or the service is. Nothing is left of them. */
static void killed_while_giving(unsigned round)
{
    struct proc_exit exit;
    uint64_t pid;
    CHECK_ERR(child_start("t_ump give " NAME, &pid), ERR_OK);
    await_clients(2);
    for (unsigned n = 0; n < round * 7; n++) {
        CHECK_ERR(echo_nothing(&echo), ERR_OK);
    }
    if (round % 2) {
        CHECK_ERR(proc_kill(proc_default(), pid), ERR_OK);
        await_clients(1);
    } else {
        CHECK_ERR(proc_kill(server_by, server_pid), ERR_OK);
        EXPECT_ERR(server_wait(), ERR_OK);
        echo_client_close(&echo);
    }
    CHECK_ERR(child_wait(pid, 20000, &exit), ERR_OK);
    if (round % 2 == 0) CHECK(server_begin());
}

static void capabilities_and_ends(void)
{
    uint64_t before = 0;
    unsigned rounds = test_quick() ? 6 : 24;
    if (!server_begin()) return;
    for (unsigned round = 0; round < rounds; round++) {
        killed_while_giving(round);
        if (round == 3) before = free_settled(); /* services have grown to what they need */
    }
    for (unsigned i = 0; i < 500 && ram_free() < before; i++) {
        thread_sleep_us(10000);
    }
    EXPECT(ram_free() >= before);
    server_end();
}

static void deadlines(void)
{
    uint32_t now = 0, gave_up = 0;
    if (!server_begin()) return;
    EXPECT_ERR(echo_nothing(&echo), ERR_OK);
    /* Some may pass before the call has even gone. */
    for (unsigned i = 0; i < 100 && gave_up < 5; i++) {
        ticks_t before = rpc_set_deadline(deadline_after_ms(5));
        EXPECT_ERR(echo_hold(&echo), ERR_TIMEOUT);
        rpc_set_deadline(before);
        EXPECT_ERR(echo_held(&echo, &now, &gave_up), ERR_OK);
        EXPECT_EQ(now, 0);
    }
    EXPECT_EQ(gave_up, 5);
    server_end();
}

static int holder(void *argument)
{
    (void)argument;
    return (int)echo_hold(&echo);
}

static void await_held(struct echo_client *client, uint32_t count_wanted)
{
    uint32_t now = 0, gave_up;
    for (unsigned i = 0; i < 2000 && now != count_wanted; i++) {
        CHECK_ERR(echo_held(client, &now, &gave_up), ERR_OK);
        thread_yield();
    }
    EXPECT_EQ(now, count_wanted);
}

static void server_dies(void)
{
    struct thread *threads[3];
    int code;
    if (!server_begin()) return;
    EXPECT_ERR(echo_nothing(&echo), ERR_OK);
    for (unsigned i = 0; i < 3; i++) {
        CHECK_ERR(thread_create(&threads[i], holder, NULL, NULL), ERR_OK);
    }
    await_held(&echo, 3);
    CHECK_ERR(proc_kill(server_by, server_pid), ERR_OK);
    for (unsigned i = 0; i < 3; i++) {
        CHECK_ERR(thread_join(threads[i], &code), ERR_OK);
        EXPECT_ERR((err_t)code, ERR_PEER_DEAD);
    }
    EXPECT_ERR(echo_nothing(&echo), ERR_PEER_DEAD);
    echo_client_close(&echo);
    EXPECT_ERR(server_wait(), ERR_OK);
    if (!server_begin()) return; /* and another one is found by the same name */
    EXPECT_ERR(echo_nothing(&echo), ERR_OK);
    server_end();
}

static void clients_come_and_go(void)
{
    struct proc_exit exit;
    uint64_t pid;
    if (!server_begin()) return;
    EXPECT_EQ(clients(), 1);
    for (unsigned i = 0; i < 20; i++) {
        struct echo_client another = client_new();
        CHECK_ERR(echo_nothing(&another), ERR_OK);
        echo_client_close(&another);
    }
    CHECK_ERR(child_start("t_ump hold " NAME, &pid), ERR_OK);
    await_held(&echo, 1);
    EXPECT(clients() > 1);
    CHECK_ERR(proc_kill(proc_default(), pid), ERR_OK);
    CHECK_ERR(child_wait(pid, 20000, &exit), ERR_OK);
    for (unsigned i = 0; i < 2000 && clients() != 1; i++) {
        thread_yield();
    }
    EXPECT_EQ(clients(), 1);
    server_end();
}

/* A client that does what it likes in the shared memory is cut off or not; it and nobody else. */
static void U4_hostile_client(void)
{
    struct proc_exit exit;
    if (!server_begin()) return;
    for (unsigned seed = 1; seed <= (test_quick() ? 10u : 40u); seed++) {
        char line[64];
        snprintf(line, sizeof(line), "t_ump attack " NAME " %u", seed);
        CHECK_ERR(child_run(line, &exit), ERR_OK);
        EXPECT_EQ(exit.kind, EXIT_NORMAL);
        CHECK_ERR(echo_nothing(&echo), ERR_OK);
    }
    for (unsigned i = 0; i < 2000 && clients() != 1; i++) {
        thread_yield();
    }
    EXPECT_EQ(clients(), 1);
    server_end();
}

static void U4_hostile_server(void)
{
    unsigned broken = 0;
    if (!server_begin()) return;
    for (unsigned seed = 1; seed <= (test_quick() ? 10u : 40u); seed++) {
        struct echo_client victim = client_new();
        ticks_t before = rpc_set_deadline(deadline_after_ms(200));
        err_t err = echo_misbehave(&victim, seed);
        for (unsigned i = 0; i < 40 && !err; i++) {
            err = echo_nothing(&victim);
        }
        broken += err != ERR_OK;
        EXPECT(err == ERR_OK || err == ERR_MESSAGE || err == ERR_PEER_DEAD || err == ERR_TIMEOUT);
        echo_client_close(&victim);
        rpc_set_deadline(before);
    }
    EXPECT(broken > 0);
    struct echo_client again = client_new();
    EXPECT_ERR(echo_nothing(&again), ERR_OK);
    echo_client_close(&again);
    echo = client_new();
    server_end();
}

/* The memory goes away under both: the service cuts this client off, and lives. */
static void U4_frame_revoked(void)
{
    cptr_t frame, bell, leash, ring;
    if (!server_begin()) return;
    EXPECT_ERR(echo_nothing(&echo), ERR_OK);
    for (unsigned i = 0; i < 3; i++) {
        CHECK_ERR(cap_mint_new(&bell, SLOT_ENDPOINT, BELL_BADGE, 0), ERR_OK);
        CHECK_ERR(monitor_bind(monitor_default(), NAME, server_pid, 29, bell, &frame, &leash, &ring), ERR_OK);
        EXPECT_EQ(clients(), 2);
        CHECK_ERR(cap_revoke(frame), ERR_OK);
        EXPECT_ERR(doorbell_ring(ring), ERR_OK);
        if (away) cap_free(leash); /* there the memory stays until the channel ends */
        for (unsigned n = 0; n < 2000 && clients() != 1; n++) {
            thread_yield();
        }
        EXPECT_EQ(clients(), 1);
        if (!away) cap_free(leash);
        cap_free(ring);
        cap_free(bell);
        cap_free(frame);
    }
    server_end();
}

static void U4_bad_bindings(void)
{
    cptr_t frame, bell, leash, ring;
    if (!server_begin()) return;
    CHECK_ERR(cap_mint_new(&bell, SLOT_ENDPOINT, BELL_BADGE, 0), ERR_OK);
    struct monitor_client *monitor = monitor_default();
    EXPECT_ERR(monitor_bind(monitor, NAME, server_pid, 3, bell, &frame, &leash, &ring), ERR_ARGUMENT);
    EXPECT_ERR(monitor_bind(monitor, NAME, server_pid, 1025, bell, &frame, &leash, &ring), ERR_ARGUMENT);
    EXPECT_ERR(monitor_bind(monitor, NAME, server_pid, 29, SLOT_NAMES, &frame, &leash, &ring), ERR_PERMISSION);
    EXPECT_ERR(monitor_bind(monitor, NAME, server_pid, 29, SLOT_FRAME, &frame, &leash, &ring), ERR_PERMISSION);
    EXPECT_ERR(monitor_bind(monitor, NAME, (uint64_t)77 << 32, 29, bell, &frame, &leash, &ring), ERR_NOT_FOUND);
    EXPECT_ERR(monitor_bind(monitor, "no.such", server_pid, 29, bell, &frame, &leash, &ring), ERR_NOT_FOUND);
    EXPECT_ERR(echo_nothing(&echo), ERR_OK);
    cap_free(bell);
    server_end();
}

/* What the child processes do. */
static int attack(uint64_t seed)
{
    struct echo_client victim = client_new();
    rpc_set_deadline(deadline_after_ms(100));
    for (unsigned i = 0; i < 3; i++) {
        echo_nothing(&victim);
        damage(seed + i * 1000);
    }
    echo_nothing(&victim);
    return 0;
}

/* Until the service is gone. */
static int give(void)
{
    cptr_t in[SENT], out[SENT];
    uint64_t number;
    uint32_t got;
    err_t err = ERR_OK;
    echo = client_new();
    for (unsigned i = 0; i < SENT; i++) {
        err = err ? err : ram_new(&in[i], PAGE_SIZE);
    }
    while (!err) {
        err = echo_capabilities(&echo, 0, in, SENT, &number, out, SENT, &got);
        for (unsigned i = 0; i < got && !err; i++) {
            cap_free(out[i]);
        }
    }
    return err == ERR_PEER_DEAD ? 0 : 1;
}

static int hold(void)
{
    echo = client_new();
    return (int)echo_hold(&echo);
}

#define TESTS(X)                                                                                                       \
    X(short_calls)                                                                                                     \
    X(listed)                                                                                                          \
    X(long_messages)                                                                                                   \
    X(many_threads)                                                                                                    \
    X(capabilities)                                                                                                    \
    X(capabilities_that_stay)                                                                                          \
    X(capabilities_and_ends)                                                                                           \
    X(deadlines)                                                                                                       \
    X(server_dies)                                                                                                     \
    X(clients_come_and_go)                                                                                             \
    X(U4_hostile_client)                                                                                               \
    X(U4_hostile_server)                                                                                               \
    X(U4_frame_revoked)                                                                                                \
    X(U4_bad_bindings)
#define AWAY(test)                                                                                                     \
    static void test##_between_cores(void)                                                                             \
    {                                                                                                                  \
        away = true;                                                                                                   \
        test();                                                                                                        \
    }
TESTS(AWAY)

static const struct test tests[] = {
    TEST(short_calls),
    TEST(listed),
    TEST(long_messages),
    TEST(many_threads),
    TEST(capabilities),
    TEST(capabilities_that_stay),
    TEST(capabilities_and_ends),
    TEST(deadlines),
    TEST(server_dies),
    TEST(clients_come_and_go),
    TEST(U4_hostile_client),
    TEST(U4_hostile_server),
    TEST(U4_frame_revoked),
    TEST(U4_bad_bindings),
    TEST(short_calls_between_cores),
    TEST(listed_between_cores),
    TEST(long_messages_between_cores),
    TEST(many_threads_between_cores),
    TEST(capabilities_between_cores),
    TEST(capabilities_that_stay_between_cores),
    TEST(capabilities_and_ends_between_cores),
    TEST(deadlines_between_cores),
    TEST(server_dies_between_cores),
    TEST(clients_come_and_go_between_cores),
    TEST(U4_hostile_client_between_cores),
    TEST(U4_hostile_server_between_cores),
    TEST(U4_frame_revoked_between_cores),
    TEST(U4_bad_bindings_between_cores),
};

int main(int argc, char **argv)
{
    if (argc == 3 && !strcmp(argv[1], "serve")) return serve(argv[2]);
    if (argc == 3 && !strcmp(argv[1], "hold")) return hold();
    if (argc == 3 && !strcmp(argv[1], "give")) return give();
    if (argc == 4 && !strcmp(argv[1], "attack")) return attack(strtoull(argv[3], NULL, 0));
    return test_main(tests, sizeof(tests) / sizeof(tests[0]), argc, argv);
}
