/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * names, mem, monitor and init as any process sees them: registrations, waiting for a name, quotas, accounting, the log.
 */
#include "child.h"
#include "support.h"
#include <caps/slots.h>
#include <idl/init.h>
#include <idl/mem.h>
#include <idl/monitor.h>
#include <idl/names.h>
#include <messaging/channel.h>
#include <paging/ram.h>
#include <stdio.h>
#include <string.h>
#include <threads/thread.h>
#include <threads/time.h>

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

static char next[NAMES_NAME_MAX + 1];

static err_t enumerate(const char *pattern, const char *query, const char *after, struct names_entry *entries,
                       uint32_t *count)
{
    return names_enumerate(names_default(), pattern, query, after, next, sizeof(next), entries, NAMES_PAGE, count);
}

/* How many names match; they come in alphabetical order. */
static unsigned matches(const char *pattern, const char *query)
{
    struct names_entry entries[NAMES_PAGE];
    char last[NAMES_NAME_MAX + 1] = "", after[NAMES_NAME_MAX + 1];
    uint32_t count, all = 0;

    next[0] = 0;
    do {
        strcpy(after, next);
        EXPECT_ERR(enumerate(pattern, query, after, entries, &count), ERR_OK);
        for (uint32_t i = 0; i < count; i++) {
            EXPECT(strcmp(last, entries[i].name) < 0);
            strcpy(last, entries[i].name);
        }
        all += count;
    } while (next[0]);
    return all;
}

static void names_enumerates_by_pattern(void)
{
    struct names_entry entries[NAMES_PAGE];
    uint32_t count;
    char name[32];

    for (unsigned i = 0; i < 40; i++) {
        snprintf(name, sizeof(name), "test.enum.%02u", i);
        CHECK_OK(names_register(names_default(), name, SLOT_ENDPOINT));
    }
    CHECK_EQ(matches("test.enum.*", ""), 40);
    EXPECT_EQ(matches("*enum.2?", ""), 10);
    EXPECT_EQ(matches("test.enum.[0-1][!1-9]", ""), 2);
    EXPECT_EQ(matches("test.enum", ""), 0);
    CHECK_OK(enumerate("test.enum.*", "", "test.enum.07", entries, &count));
    EXPECT(count > 0 && !strcmp(entries[0].name, "test.enum.08"));
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

static void names_finds_by_property(void)
{
    struct names_entry entries[NAMES_PAGE];
    char name[64];
    cptr_t found;
    uint32_t count;

    CHECK_OK(names_register_with(names_default(), "test.property.b", "type=driver device=test,uart", NAMES_COPIES,
                                 SLOT_ENDPOINT));
    CHECK_OK(names_register_with(names_default(), "test.property.a", "type=driver device=test,net speed=100",
                                 NAMES_COPIES, SLOT_ENDPOINT));
    CHECK_OK(names_find(names_default(), "", "device=test,*", 0, name, sizeof(name), NULL, &found));
    EXPECT(!strcmp(name, "test.property.a"));
    CHECK_OK(cap_free(found));
    CHECK_OK(names_find(names_default(), "test.*", "type=driver device=*uart", 0, name, sizeof(name), NULL, &found));
    EXPECT(!strcmp(name, "test.property.b"));
    CHECK_OK(cap_free(found));
    EXPECT_EQ(matches("test.*", "speed"), 1);
    EXPECT_EQ(matches("test.*", "type=driver"), 2);
    EXPECT_EQ(matches("test.*", "type=driv"), 0);
    CHECK_OK(enumerate("test.*", "speed=1??", "", entries, &count));
    CHECK_EQ(count, 1);
    EXPECT(!strcmp(entries[0].properties, "type=driver device=test,net speed=100"));
    EXPECT_ERR(names_find(names_default(), "test.*", "speed=2", 0, NULL, 0, NULL, NULL), ERR_NOT_FOUND);
    CHECK_OK(names_deregister(names_default(), "test.property.a"));
    CHECK_OK(names_deregister(names_default(), "test.property.b"));
    EXPECT_EQ(matches("test.*", "type"), 0);
}

static void U6_properties_that_are_none(void)
{
    static const char *const bad[] = {"x",      "=y",    "a=",           "a=1 a=2",
                                      "a=\x01", "a/b=c", "a=n\xc3\xa4h", "a=1 b=2 c=3 d=4 e=5 f=6 g=7 h=8 i=9"};
    static const char *const queries[] = {"=y", "a=\t", "a b c d e"};

    for (unsigned i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        EXPECT_ERR(names_register_with(names_default(), "test.bad", bad[i], NAMES_COPIES, SLOT_ENDPOINT), ERR_INVALID);
    }
    for (unsigned i = 0; i < sizeof(queries) / sizeof(queries[0]); i++) {
        EXPECT_ERR(names_find(names_default(), "", queries[i], 0, NULL, 0, NULL, NULL), ERR_INVALID);
    }
}

/* Who has no right to a prefix registers nothing there; what is no right to any is none. */
static void U6_names_of_others(void)
{
    static const char *const others[] = {"fs2", "term.1", "proc", "userx", "tes", "nic", "names"};
    cptr_t right = 0;

    for (unsigned i = 0; i < sizeof(others) / sizeof(others[0]); i++) {
        EXPECT_ERR(names_register(names_default(), others[i], SLOT_ENDPOINT), ERR_PERMISSION);
    }
    EXPECT_ERR(names_grant(names_default(), "nic", &right), ERR_PERMISSION);
    EXPECT_ERR(names_present(names_default(), SLOT_ENDPOINT), ERR_CAP_TYPE);
    EXPECT(names_present(names_default(), 0) != ERR_OK);
    CHECK_OK(names_register(names_default(), "user", SLOT_ENDPOINT));
    CHECK_OK(names_register(names_default(), "user.test", SLOT_ENDPOINT));
    CHECK_OK(names_deregister(names_default(), "user.test"));
    CHECK_OK(names_deregister(names_default(), "user"));
}

static int register_later(void *argument)
{
    thread_sleep_ms(20);
    return (int)names_register_with(names_default(), argument, "kind=late", NAMES_COPIES, SLOT_ENDPOINT);
}

static void names_awaits_a_pattern(void)
{
    struct thread *thread;
    char name[64];
    cptr_t found;
    int code;

    CHECK_OK(thread_create(&thread, register_later, (void *)"test.later.x", NULL));
    CHECK_OK(names_find(names_default(), "test.later.*", "kind=late", 1, name, sizeof(name), NULL, &found));
    EXPECT(!strcmp(name, "test.later.x"));
    CHECK_OK(cap_free(found));
    CHECK_OK(thread_join(thread, &code));
    EXPECT_EQ(code, 0);
    CHECK_OK(names_deregister(names_default(), "test.later.x"));
}

static void names_awaits(void)
{
    struct thread *thread;
    cptr_t found;
    int code;

    CHECK_OK(thread_create(&thread, register_later, (void *)"test.later", NULL));
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

static err_t refuse(uint64_t bytes, cptr_t *ram)
{
    (void)bytes;
    (void)ram;
    return ERR_NO_MEMORY;
}

/* Until the slots are down to their reserve, and the pager has no page left to make more of them. */
static unsigned slots_take(cptr_t *taken, unsigned most)
{
    static const struct ram_source refusing = {.alloc = refuse};
    const struct ram_source *usual = ram_source();
    unsigned count = 0;

    ram_source_set(&refusing);
    do {
        while (count < most && slots_free_count >= SLOT_RESERVE && !slot_alloc_reserved(&taken[count]))
            count++;
    } while (!slots_top_up());
    ram_source_set(usual);
    return count;
}

static void mem_is_bound_without_a_slot_to_spare(void)
{
    static cptr_t taken[8192];
    struct mem_totals t;
    ticks_t deadline = deadline_after_ms(10000);
    unsigned count;

    memset(taken, 1, sizeof(taken)); /* backed */
    channel_close(&mem_default()->channel);
    thread_set_deadline(deadline);
    count = slots_take(taken, sizeof(taken) / sizeof(taken[0]));
    err_t err = mem_totals(mem_default(), &t);
    thread_set_deadline(0);
    EXPECT_ERR(err, ERR_OK);
    EXPECT(clock_ticks() < deadline); /* it did not wait for itself */
    EXPECT(count < sizeof(taken) / sizeof(taken[0]));
    while (count)
        slot_free(taken[--count]);
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
    TEST(names_enumerates_by_pattern),
    TEST(names_finds_by_property),
    TEST(U6_properties_that_are_none),
    TEST(U6_names_of_others),
    TEST(U8_names_has_a_limit),
    TEST(names_awaits),
    TEST(names_awaits_a_pattern),
    TEST(U3_deadline_of_a_call),
    TEST(mem_gives_what_was_asked_for),
    TEST(U2_mem_refuses_nonsense),
    TEST(mem_accounts_for_every_byte),
    TEST(U8_quota_ends_the_hog),
    TEST(mem_is_bound_without_a_slot_to_spare),
    TEST(monitor_reads_the_log),
    TEST(K21_power_is_not_for_everybody),
};
TEST_MAIN(tests)
