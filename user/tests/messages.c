/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Messages to services that break the rules of doc/architecture.md ("wire format"): each is answered with an error or
 * dropped, and the service goes on for this client and for others. Sent word by word from a mailbox made by hand.
 * Long messages that keep the rules, and clients that die in the middle, too.
 */
#include "child.h"
#include "raw_client.h"
#include "support.h"
#include <idl/names.h>
#include <idl/proc.h>
#include <idl/term.h>
#include <messaging/channel.h>
#include <stdio.h>
#include <stdlib.h>
#include <threads/thread.h>

/* The service answers a well-formed call of an unknown method with ERR_METHOD: the channel is alive. */
static bool alive(void)
{
    struct lmp_slot message;
    uint64_t word = raw_header(0x3fff, 777, 0);

    if (raw_fragment(raw.service, &word, 1, 0)) {
        return false;
    }
    while (raw_reply(&message, NULL)) {
        if (message.words >= 2 && (message.w[0] & 0xffff) == (0x3fff | RAW_REPLY) && (message.w[0] >> 16 & 0xffff) == 777) {
            return message.w[1] == ERR_METHOD;
        }
    }
    return false;
}

/* Whether the client sent nonsense or not, others are served. */
static bool others_are_served(void)
{
    struct proc_info info[PROC_PAGE];
    uint32_t count;

    return !names_lookup(names_default(), "proc", NULL, NULL) &&
           !proc_list(proc_default(), 0, info, PROC_PAGE, &count) && count > 0;
}

/* Services that names knows: the others have only the clients that they were introduced to. */
static const char *const services[] = {"proc", "term", "gic_dist"};

/* Runs `attack` on each service that can be bound to by name. */
static void on_each(void (*attack)(void))
{
    unsigned done = 0;

    for (unsigned i = 0; i < sizeof(services) / sizeof(services[0]); i++) {
        err_t err = raw_open(services[i]);
        if (!EXPECT_ERR(err, ERR_OK)) {
            test_note("bind to %s", services[i]);
            return;
        }
        attack();
        if (!test_failed() && (!alive() || !others_are_served())) {
            test_fail(__FILE__, __LINE__, "%s does not answer any more", services[i]);
        }
        raw_close();
        if (test_failed()) {
            test_note("service %s", services[i]);
            return;
        }
        done++;
    }
    EXPECT(done >= 2);
}

static void attack_unknown_methods(void)
{
    struct lmp_slot message;

    for (unsigned method = 60; method < 0x7fff; method += 3001) {
        uint64_t word = raw_header(method, 3, 0);
        CHECK_OK(raw_fragment(raw.service, &word, 1, 0));
        CHECK(raw_reply(&message, NULL));
        EXPECT_EQ(message.w[0] & 0xffff, method | RAW_REPLY);
        EXPECT_EQ(message.w[1], ERR_METHOD);
    }
}

static void U2_unknown_methods(void)
{
    on_each(attack_unknown_methods);
}

/*
 * The services of the trusted base know this process by the endpoints that it was born with. Whole messages that are
 * wrong inside: the replies go to this process's own library, which drops what it has not asked for.
 */
static void U2_nonsense_on_birth_endpoints(void)
{
    static const cptr_t born[] = {SLOT_INIT, SLOT_MONITOR, SLOT_MEM, SLOT_NAMES};

    CHECK(others_are_served());
    for (unsigned i = 0; i < sizeof(born) / sizeof(born[0]); i++) {
        for (unsigned method = 0; method < 64; method++) {
            for (uint64_t bytes = 0; bytes <= 56; bytes += 28) {
                uint64_t words[8] = {raw_header(method, 0xff00 + method, bytes & ~7ull),
                                     ~0ull,
                                     ~0ull,
                                     ~0ull,
                                     ~0ull,
                                     ~0ull,
                                     ~0ull,
                                     ~0ull};
                CHECK_OK(raw_fragment(born[i], words, 1 + (unsigned)bytes / 8, 0));
            }
        }
        CHECK_OK(raw_fragment(born[i], (uint64_t[8]){0}, 0, 0));
        CHECK_OK(raw_fragment(born[i], (uint64_t[8]){raw_header(3, 0xfe00, 0)}, 1, SLOT_RAM));
    }
    CHECK(others_are_served());
    CHECK(mdb_count() > 0);
    CHECK(ram_used() > 0);
}

static void attack_empty_messages(void)
{
    uint64_t words[8] = {0};

    CHECK_OK(raw_fragment(raw.service, words, 0, 0));
    for (unsigned count = 1; count <= 8; count++) {
        CHECK_OK(raw_fragment(raw.service, words, count, 0));
    }
}

static void U2_empty_messages(void)
{
    on_each(attack_empty_messages);
}

static void attack_wrong_lengths(void)
{
    struct lmp_slot message;

    for (unsigned method = 0; method < 12; method++) {
        for (uint64_t bytes = 0; bytes <= 56; bytes += 8) {
            uint64_t words[8] = {raw_header(method, 9, bytes), ~0ull, ~0ull, ~0ull, ~0ull, ~0ull, ~0ull, ~0ull};
            CHECK_OK(raw_fragment(raw.service, words, 1 + (unsigned)bytes / 8, 0));
            while (raw.box.frame->ring[0].head - raw.box.frame->ring[0].tail > 8) {
                raw_reply(&message, NULL);
            }
        }
    }
}

/* Every method with payloads of all ones: lengths, enums, addresses out of every range. */
static void U2_lengths_and_enums(void)
{
    on_each(attack_wrong_lengths);
}

static void attack_lying_header(void)
{
    static const uint64_t lies[] = {1, 7, 9, 0xffffffff, 0x80000000, 0x7fffffff, 1 << 30, 1 << 24};

    for (unsigned i = 0; i < sizeof(lies) / sizeof(lies[0]); i++) {
        for (unsigned count = 1; count <= 8; count += 7) {
            uint64_t words[8] = {raw_header(i % 4, 20 + i, lies[i])};
            CHECK_OK(raw_fragment(raw.service, words, count, 0));
        }
    }
}

static void U2_header_that_lies(void)
{
    /* After a lie about the length the service may take what follows as the rest: such a channel may close. */
    for (unsigned i = 0; i < 2; i++) {
        CHECK_OK(raw_open(i ? "proc" : "term"));
        attack_lying_header();
        EXPECT(others_are_served());
        raw_close();
    }
}

static void attack_extra_capability(void)
{
    struct lmp_slot message;

    for (unsigned method = 0; method < 12; method++) {
        uint64_t words[8] = {raw_header(method, 4, 0)};
        CHECK_OK(raw_fragment(raw.service, words, 1, SLOT_RAM));
        CHECK(raw_reply(&message, NULL));
        EXPECT(message.w[1] != ERR_OK);
    }
}

static void U2_capability_that_nobody_wants(void)
{
    on_each(attack_extra_capability);
}

static void attack_bind_again(void)
{
    uint64_t word = raw_header(RAW_BIND, 1, 0);

    CHECK_OK(raw_fragment(raw.service, &word, 1, raw.own));
    CHECK_OK(raw_fragment(raw.service, &word, 1, 0));
    CHECK_OK(raw_fragment(raw.service, &word, 1, SLOT_RAM)); /* not an endpoint */
}

static void U2_bind_again_and_wrongly(void)
{
    for (unsigned i = 0; i < 2; i++) {
        CHECK_OK(raw_open(i ? "proc" : "term"));
        attack_bind_again();
        EXPECT(others_are_served());
        raw_close();
    }
}

static void U2_replies_to_nothing(void)
{
    uint64_t words[2] = {raw_header(3 | RAW_REPLY, 1234, 8), 0};

    CHECK_OK(raw_open("proc"));
    for (unsigned i = 0; i < 20; i++) {
        CHECK_OK(raw_fragment(raw.service, words, 2, 0));
        CHECK_OK(raw_fragment(SLOT_ENDPOINT, words, 2, 0)); /* to ourselves: our own library must shrug, too */
    }
    EXPECT(alive());
    EXPECT(others_are_served());
    raw_close();
}

static void U3_client_that_never_reads(void)
{
    CHECK_OK(raw_open("proc"));
    for (unsigned i = 0; i < 400; i++) {
        uint64_t word = raw_header(0x3ffe, i, 0);
        struct raw call = {.x = {word, [8] = LMP_CALL(1, 0), [9] = raw.service}};
        raw_call(&call); /* full is fine */
        if (i % 8 == 0) {
            thread_sleep_ms(1);
        }
    }
    EXPECT(others_are_served());
    raw_close();
    EXPECT(others_are_served());
}

static void U3_client_dies_between_fragments(void)
{
    uint64_t words[8] = {raw_header(0, 5, 60000), 255};

    for (unsigned i = 0; i < 8; i++) {
        CHECK_OK(raw_open(i % 2 ? "proc" : "term"));
        CHECK_OK(raw_fragment(raw.service, words, 8, 0));
        CHECK_OK(raw_fragment(raw.service, words, 8, i % 4 ? 0 : SLOT_RAM));
        raw_close();
        EXPECT(others_are_served());
    }
}

static void U3_client_dies_in_mid_call(void)
{
    uint64_t pid;
    struct proc_exit exit;

    for (unsigned i = 0; i < 5; i++) {
        CHECK_OK(child_start("victim await test.never.registered", &pid));
        thread_sleep_ms(20);
        CHECK_OK(proc_kill(proc_default(), pid));
        CHECK_OK(child_wait(pid, 5000, &exit));
        EXPECT_EQ(exit.kind, EXIT_KILLED);
    }
    EXPECT(others_are_served());
}

static void long_messages(void)
{
    /* 64 KiB of arguments there: many fragments, while other threads' calls go on. */
    char *args = malloc(PROC_ARGS_MAX);
    struct proc_exit exit;
    uint64_t pid;
    size_t at = 0;

    CHECK(args);
    memcpy(args, "victim\0args", 12);
    at = 12;
    memset(args + at, 'x', PROC_ARGS_MAX - at);
    for (size_t i = at + 99; i < PROC_ARGS_MAX; i += 100) {
        args[i] = 0;
    }
    args[PROC_ARGS_MAX - 8] = 0;
    CHECK_OK(proc_spawn(proc_default(), "victim", args, PROC_ARGS_MAX - 7, "HOME=/", 7, 0, 8, "", 0, NULL, 0, &pid));
    CHECK_OK(child_wait(pid, 20000, &exit));
    EXPECT_EQ(exit.kind, EXIT_NORMAL);
    CHECK_ERR(proc_spawn(proc_default(), "victim", args, PROC_ARGS_MAX - 7, args, PROC_ARGS_MAX - 7, 0, 8, "", 0, NULL,
                         0, &pid),
              ERR_TOO_LONG);
    free(args);
}

static int keep_calling(void *argument)
{
    int wrong = 0;

    for (unsigned i = 0; i < 200; i++) {
        uint64_t pid;
        cptr_t endpoint;
        wrong += names_lookup(names_default(), "proc", &pid, &endpoint) != ERR_OK || pid != (uint64_t)(uintptr_t)argument;
        cap_free(endpoint);
    }
    return wrong;
}

static void calls_of_many_threads(void)
{
    struct thread *threads[6];
    uint64_t pid;
    cptr_t endpoint;
    int wrong;

    CHECK_OK(names_lookup(names_default(), "proc", &pid, &endpoint));
    CHECK_OK(cap_free(endpoint));
    for (unsigned i = 0; i < 6; i++) {
        CHECK_OK(thread_create(&threads[i], keep_calling, (void *)(uintptr_t)pid, NULL));
    }
    for (unsigned i = 0; i < 6; i++) {
        CHECK_OK(thread_join(threads[i], &wrong));
        EXPECT_EQ(wrong, 0);
    }
}

static const struct test tests[] = {
    TEST(U2_unknown_methods),         TEST(U2_nonsense_on_birth_endpoints),
    TEST(U2_empty_messages),          TEST(U2_lengths_and_enums),
    TEST(U2_header_that_lies),        TEST(U2_capability_that_nobody_wants),
    TEST(U2_bind_again_and_wrongly),  TEST(U2_replies_to_nothing),
    TEST(U3_client_that_never_reads), TEST(U3_client_dies_between_fragments),
    TEST(U3_client_dies_in_mid_call), TEST(long_messages),
    TEST(calls_of_many_threads),
};
TEST_MAIN(tests)
