/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What the on-target tests share (support.h). Owns nothing.
 */
#include "support.h"
#include <idl/mem.h>
#include <idl/monitor.h>
#include <paging/ram.h>
#include <stdlib.h>
#include <threads/thread.h>

err_t ram_new(cptr_t *ram, uint64_t bytes)
{
    return ram_alloc(bytes, ram);
}

uint64_t mdb_hash(void)
{
    uint64_t hash = 0;

    monitor_kernel_info(monitor_default(), KINFO_MDB, &hash, NULL, NULL, NULL);
    return hash;
}

uint64_t mdb_count(void)
{
    uint64_t count = 0;

    monitor_kernel_info(monitor_default(), KINFO_MDB, NULL, NULL, &count, NULL);
    return count;
}

uint64_t ram_used(void)
{
    struct mem_account account = {0};

    mem_info(mem_default(), 0, &account);
    return account.used;
}

uint64_t ram_free(void)
{
    struct mem_totals totals = {0};

    mem_totals(mem_default(), &totals);
    return totals.free;
}

/* What a machine has when nothing is under way: capabilities, and each process's memory. */
struct holdings {
    uint64_t capabilities, free;
    uint32_t count;
    struct mem_holder holder[CONFIG_MEM_ACCOUNTS];
};

static void holdings_read(struct holdings *holdings)
{
    uint32_t next = 0, count;

    holdings->capabilities = mdb_count();
    holdings->free = ram_free();
    holdings->count = 0;
    do {
        struct mem_holder *room = &holdings->holder[holdings->count];
        if (mem_accounts(mem_default(), next, 16, &next, room, CONFIG_MEM_ACCOUNTS - holdings->count, &count)) return;
        holdings->count += count;
    } while (next);
}

static uint64_t used_by(const struct holdings *holdings, uint64_t pid)
{
    uint64_t used = 0;

    for (uint32_t i = 0; i < holdings->count; i++) {
        if (holdings->holder[i].pid == pid) used += holdings->holder[i].used;
    }
    return used;
}

/* The first process of `a` that has not as much in `b`, or NULL. */
static const struct mem_holder *differs(const struct holdings *a, const struct holdings *b)
{
    for (uint32_t i = 0; i < a->count; i++) {
        if (used_by(a, a->holder[i].pid) != used_by(b, a->holder[i].pid)) return &a->holder[i];
    }
    return NULL;
}

static bool is_same(const struct holdings *a, const struct holdings *b)
{
    return a->capabilities == b->capabilities && a->free == b->free && !differs(a, b) && !differs(b, a);
}

/* Reaping goes on in the background: waits until all is back, or gives up when nothing more comes. */
static bool settles(const struct holdings *before, struct holdings *after)
{
    struct holdings *last = after + 1;

    last->count = 0;
    for (unsigned still = 0; still < 300; still++) {
        holdings_read(after);
        if (is_same(after, before)) return true;
        if (!is_same(after, last)) still = 0;
        *last = *after;
        thread_sleep_ms(5);
    }
    return false;
}

static void holdings_compare(const struct holdings *before, const struct holdings *after)
{
    for (const struct holdings *one = after;; one = before) {
        for (uint32_t i = 0; i < one->count; i++) {
            uint64_t pid = one->holder[i].pid, was = used_by(before, pid), is = used_by(after, pid);
            if (was == is || (one == before && is)) continue;
            test_note("%u.%u%s had %llu bytes and has %llu", (unsigned)(pid >> 32), (unsigned)pid,
                      one->holder[i].ended ? " (ended)" : "", (unsigned long long)was, (unsigned long long)is);
        }
        if (one == before) return;
    }
}

void leaves_nothing(void (*round)(void))
{
    static struct holdings *before; /* and two more: too large for the library's data */
    struct holdings *after;

    if (!before) {
        before = malloc(3 * sizeof(*before));
        CHECK(before);
        memset(before, 0, 3 * sizeof(*before));
    }
    after = before + 1;
    for (unsigned i = 0; i < 3; i++) {
        holdings_read(before);
        round();
        if (test_failed() || settles(before, after)) return;
        test_note("round %u left %lld capabilities and took %lld bytes", i + 1,
                  (long long)(after->capabilities - before->capabilities), (long long)(before->free - after->free));
        holdings_compare(before, after);
    }
    test_fail(__FILE__, __LINE__, "%lld capabilities and %lld bytes are missing",
              (long long)(after->capabilities - before->capabilities), (long long)(before->free - after->free));
}

uint64_t random_next(uint64_t *state)
{
    uint64_t x = *state ? *state : 0x9e3779b97f4a7c15ull;

    x ^= x >> 12;
    x ^= x << 25;
    x ^= x >> 27;
    *state = x;
    return x * 0x2545f4914f6cdd1dull;
}
