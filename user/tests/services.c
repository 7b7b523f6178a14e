/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * names, mem, monitor and init as any process sees them: registrations, waiting for a name, quotas, accounting, the log.
 */
#include "child.h"
#include "support.h"
#include <idl/init.h>
#include <idl/mem.h>
#include <idl/monitor.h>
#include <idl/names.h>
#include <messaging/channel.h>
#include <stdio.h>
#include <threads/thread.h>

static void names_register_lookup_deregister(void)
{
    uint64_t pid, own;
    cptr_t found;

    CHECK_OK(names_register(names_default(), "test.services", SLOT_ENDPOINT));
    CHECK_ERR(names_register(names_default(), "test.services", SLOT_ENDPOINT), ERR_EXISTS);
    CHECK_OK(names_lookup(names_default(), "test.services", &own, &found));
    CHECK_OK(cap_free(found));
    CHECK_OK(names_lookup(names_default(), "proc", &pid, &found));
    EXPECT(pid != own);
    CHECK_OK(cap_free(found));
    CHECK_ERR(names_deregister(names_default(), "proc"), ERR_PERMISSION);
    CHECK_OK(names_deregister(names_default(), "test.services"));
    CHECK_ERR(names_deregister(names_default(), "test.services"), ERR_NOT_FOUND);
    CHECK_ERR(names_lookup(names_default(), "test.services", &pid, &found), ERR_NOT_FOUND);
}

static void U6_names_that_are_none(void)
{
    static const char *const bad[] = {"", "a b", "a/b", "..\\", "\x01", "\xff\xfe", "a\nb", "naïve"};

    for (unsigned i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        EXPECT_ERR(names_register(names_default(), bad[i], SLOT_ENDPOINT), ERR_INVALID);
    }
    EXPECT(names_register(names_default(), "a-name-of-more-than-sixty-three-characters-which-is-one-too-many",
                          SLOT_ENDPOINT) != ERR_OK);
    EXPECT(names_register(names_default(), "test.frame", SLOT_INFO) != ERR_OK); /* not an endpoint */
    EXPECT(names_register(names_default(), "test.none", 0) != ERR_OK);
}

static void names_enumerates_by_part(void)
{
    struct names_entry entries[32];
    uint32_t count;
    char name[32];

    for (unsigned i = 0; i < 40; i++) {
        snprintf(name, sizeof(name), "test.enum.%02u", i);
        CHECK_OK(names_register(names_default(), name, SLOT_ENDPOINT));
    }
    CHECK_OK(names_enumerate(names_default(), "test.enum", "", entries, 32, &count));
    CHECK_EQ(count, 32);
    EXPECT(!strcmp(entries[0].name, "test.enum.00"));
    CHECK_OK(names_enumerate(names_default(), "test.enum", entries[31].name, entries, 32, &count));
    CHECK_EQ(count, 8);
    EXPECT(!strcmp(entries[7].name, "test.enum.39"));
    CHECK_OK(names_enumerate(names_default(), "enum.2", "", entries, 32, &count));
    EXPECT_EQ(count, 10);
    for (unsigned i = 0; i < 40; i++) {
        snprintf(name, sizeof(name), "test.enum.%02u", i);
        CHECK_OK(names_deregister(names_default(), name));
    }
}

static void U8_names_has_a_limit(void)
{
    unsigned made = 0;
    char name[32];
    err_t err = ERR_OK;

    while (made < 5000 && !err) {
        snprintf(name, sizeof(name), "test.many.%u", made);
        err = names_register(names_default(), name, SLOT_ENDPOINT);
        made += !err;
    }
    EXPECT_ERR(err, ERR_TOO_MANY);
    test_note("%u names", made);
    while (made-- > 0) {
        snprintf(name, sizeof(name), "test.many.%u", made);
        CHECK_OK(names_deregister(names_default(), name));
    }
}

static int register_later(void *argument)
{
    (void)argument;
    thread_sleep_ms(20);
    return (int)names_register(names_default(), "test.later", SLOT_ENDPOINT);
}

static void names_awaits(void)
{
    struct thread *thread;
    cptr_t found;
    int code;

    CHECK_OK(thread_create(&thread, register_later, NULL, NULL));
    CHECK_OK(names_await(names_default(), "test.later", NULL, &found));
    CHECK_OK(cap_free(found));
    CHECK_OK(thread_join(thread, &code));
    EXPECT_EQ(code, 0);
    CHECK_OK(names_deregister(names_default(), "test.later"));
}

static void U3_deadline_of_a_call(void)
{
    ticks_t old = rpc_set_deadline(deadline_after_ms(30));
    err_t err = names_await(names_default(), "test.never", NULL, NULL);

    rpc_set_deadline(old);
    EXPECT_ERR(err, ERR_TIMEOUT);
    CHECK_ERR(names_lookup(names_default(), "test.never", NULL, NULL), ERR_NOT_FOUND);
}

static void mem_gives_what_was_asked_for(void)
{
    struct cap_info info;
    struct mem_account before, after;
    cptr_t ram;

    CHECK_OK(mem_info(mem_default(), 0, &before));
    for (uint64_t bytes = PAGE_SIZE; bytes <= 1 << 20; bytes *= 2) {
        CHECK_OK(mem_alloc(mem_default(), bytes, bytes, &ram));
        CHECK_OK(cap_identify(ram, &info));
        EXPECT_EQ(info.type, CAP_RAM);
        EXPECT_EQ(info.bytes, bytes);
        CHECK_OK(cap_free(ram));
    }
    for (unsigned i = 0; i < 200; i++) {
        CHECK_OK(mem_info(mem_default(), 0, &after));
        if (after.used == before.used) {
            break;
        }
        thread_sleep_ms(2);
    }
    EXPECT_EQ(after.used, before.used);
    EXPECT_EQ(after.blocks, before.blocks);
}

static void U2_mem_refuses_nonsense(void)
{
    cptr_t ram;

    EXPECT(mem_alloc(mem_default(), 0, 0, &ram) != ERR_OK);
    EXPECT(mem_alloc(mem_default(), 1, 0, &ram) != ERR_OK);
    EXPECT(mem_alloc(mem_default(), PAGE_SIZE, 12345, &ram) != ERR_OK);
    EXPECT(mem_alloc(mem_default(), ~0ull - PAGE_MASK, 0, &ram) != ERR_OK);
    EXPECT(mem_alloc(mem_default(), PAGE_SIZE, 1ull << 63, &ram) != ERR_OK);
    EXPECT(mem_alloc_within(mem_default(), PAGE_SIZE, 0, 0x1000, 0, &ram) != ERR_OK);
    EXPECT(mem_set_quota(mem_default(), 0, ~0ull) != ERR_OK);
    EXPECT(mem_freed(mem_default(), &(struct mem_range){0x40000000, PAGE_SIZE}, 1, NULL) != ERR_OK);
    EXPECT(mem_ended(mem_default(), 1) != ERR_OK);
    uint64_t next;
    EXPECT(mem_leftovers(mem_default(), 0, &next, NULL, 0, NULL) != ERR_OK);
}

static void mem_accounts_for_every_byte(void)
{
    struct mem_totals t;

    CHECK_OK(mem_totals(mem_default(), &t));
    EXPECT_EQ(t.kernel + t.boot + t.ramdisk + t.other + t.used + t.free, t.total);
    EXPECT(t.largest <= t.free);
}

static void hog(void)
{
    struct proc_exit exit;
    cptr_t ram;

    CHECK_OK(child_run("victim hog", &exit));
    EXPECT_EQ(exit.kind, EXIT_NORMAL);
    EXPECT_EQ(exit.code, 0);
    CHECK_OK(mem_alloc(mem_default(), PAGE_SIZE, 0, &ram)); /* others have not noticed */
    CHECK_OK(cap_free(ram));
}

static void U8_quota_ends_the_hog(void)
{
    leaves_nothing(hog);
}

static void monitor_reads_the_log(void)
{
    char text[4096];
    uint64_t offset = 0, next;
    size_t bytes;
    bool seen = false;

    CHECK_OK(init_log(init_default(), "a line of the services test\nwith a control character"));
    for (unsigned i = 0; i < 64; i++) {
        CHECK_OK(monitor_log_read(monitor_default(), offset, &next, text, sizeof(text), &bytes));
        if (!bytes) {
            break;
        }
        for (size_t j = 0; j + 27 <= bytes; j++) {
            seen |= !memcmp(text + j, "a line of the services test", 27);
        }
        offset = next;
    }
    EXPECT(seen);
}

static void K21_power_is_not_for_everybody(void)
{
    uint64_t a, b, c, d;

    EXPECT_ERR(monitor_power(monitor_default(), 7), ERR_PERMISSION);
    EXPECT(monitor_kernel_info(monitor_default(), 1000, &a, &b, &c, &d) != ERR_OK);
    CHECK_OK(monitor_kernel_info(monitor_default(), KINFO_COUNTS, &a, &b, &c, &d));
    EXPECT(a > 0 && d > 0);
}

static const struct test tests[] = {
    TEST(names_register_lookup_deregister),
    TEST(U6_names_that_are_none),
    TEST(names_enumerates_by_part),
    TEST(U8_names_has_a_limit),
    TEST(names_awaits),
    TEST(U3_deadline_of_a_call),
    TEST(mem_gives_what_was_asked_for),
    TEST(U2_mem_refuses_nonsense),
    TEST(mem_accounts_for_every_byte),
    TEST(U8_quota_ends_the_hog),
    TEST(monitor_reads_the_log),
    TEST(K21_power_is_not_for_everybody),
};
TEST_MAIN(tests)
