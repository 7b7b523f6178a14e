/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What a machine has, and leaves_nothing (support.h), which compares it before and after. Owns three holdings and two
 * censuses, made once.
 */
#include "holdings.h"
#include "support.h"
#include <idl/monitor.h>
#include <stdlib.h>
#include <threads/thread.h>

#define POLL_MS 5
#define STILL_BEFORE 20 /* polls that find nothing new: what went before is over */
#define STILL_AFTER 300 /* and: what is missing does not come any more. Each gives every process its turn. */
#define ROUNDS_LEAK 3
#define ROUNDS_KEPT 8

void holdings_read(struct holdings *holdings)
{
    uint32_t next = 0, count;
    unsigned free_slots, all_slots;

    slots_count(&free_slots, &all_slots);
    holdings->capabilities = mdb_count() - all_slots / CNODE_L2_SLOTS;
    holdings->slots = all_slots - free_slots;
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

/* Has each process of `a` as much in `b`? */
static bool have_as_much(const struct holdings *a, const struct holdings *b)
{
    for (uint32_t i = 0; i < a->count; i++) {
        if (used_by(a, a->holder[i].pid) != used_by(b, a->holder[i].pid)) return false;
    }
    return true;
}

bool holdings_are_same(const struct holdings *a, const struct holdings *b)
{
    return a->capabilities == b->capabilities && a->slots == b->slots && a->free == b->free && have_as_much(a, b) &&
           have_as_much(b, a);
}

void holdings_tell(const struct holdings *before, const struct holdings *after)
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

static void census_count(uint32_t *types, uint64_t pid)
{
    static struct proc_capability page[32];
    uint32_t first = 0, count;

    do {
        if (proc_caps(proc_default(), pid, first, &first, page, 32, &count)) return;
        for (uint32_t i = 0; i < count; i++) {
            if (page[i].type < CAP_TYPE_COUNT) types[page[i].type]++;
        }
    } while (first);
}

void census_read(struct census *census)
{
    struct proc_info info[PROC_PAGE];
    uint64_t after = 0;
    uint32_t count;

    memset(census, 0, sizeof(*census));
    while (!proc_list(proc_default(), after, info, PROC_PAGE, &count) && count) {
        for (uint32_t i = 0; i < count && census->count < HOLDINGS_PROCESSES; i++) {
            census->process[census->count].pid = info[i].pid;
            memcpy(census->process[census->count].name, info[i].name, sizeof(info[i].name));
            census_count(census->process[census->count++].types, info[i].pid);
        }
        after = info[count - 1].pid;
    }
}

static const uint32_t *types_of(const struct census *census, uint64_t pid)
{
    static const uint32_t none[CAP_TYPE_COUNT];

    for (uint32_t i = 0; i < census->count; i++) {
        if (census->process[i].pid == pid) return census->process[i].types;
    }
    return none;
}

bool census_tell(const struct census *before, const struct census *after)
{
    static const char *const types[] = CAP_TYPE_NAMES_INIT;
    const uint32_t kept = 1u << CAP_RAM | 1u << CAP_VNODE1 | 1u << CAP_VNODE2 | 1u << CAP_VNODE3 | 1u << CAP_MAPPING;
    bool all_kept = true;

    for (uint32_t i = 0; i < after->count; i++) {
        uint64_t pid = after->process[i].pid;
        const uint32_t *was = types_of(before, pid), *is = after->process[i].types;
        for (unsigned type = 0; type < CAP_TYPE_COUNT; type++) {
            if (was[type] == is[type]) continue;
            test_note("%u.%u %s: %u %s, there were %u", (unsigned)(pid >> 32), (unsigned)pid, after->process[i].name,
                      (unsigned)is[type], types[type], (unsigned)was[type]);
            if (!(kept >> type & 1)) all_kept = false;
        }
    }
    return all_kept;
}

/* Reaping goes on in the background: waits until all is as in `before`, or nothing has changed for so many polls. */
static bool settles(const struct holdings *before, struct holdings *after, unsigned polls)
{
    struct holdings *last = after + 1;

    last->count = 0;
    for (unsigned still = 0; still < polls; still++) {
        holdings_read(after);
        if (before && holdings_are_same(after, before)) return true;
        if (!holdings_are_same(after, last)) still = 0;
        *last = *after;
        thread_sleep_ms(POLL_MS);
    }
    return false;
}

void leaves_nothing(void (*round)(void))
{
    static struct holdings *before; /* and two more: too large for the library's data */
    static struct census *had;      /* and one more */
    struct holdings *after;
    unsigned leaks = 0, grew = 0;

    if (!before) {
        before = calloc(3, sizeof(*before));
        had = calloc(2, sizeof(*had));
        CHECK(before && had);
        for (unsigned i = 0; i < 2; i++) { /* all of it, and what reading needs, is there from now on */
            census_read(&had[i]);
            settles(NULL, before, 1);
        }
    }
    after = before + 1;
    settles(NULL, after, STILL_BEFORE);
    do {
        census_read(had);
        holdings_read(before);
        round();
        if (test_failed() || settles(before, after, STILL_AFTER)) return;
        test_note("round %u left %lld capabilities and took %lld bytes", leaks + grew + 1,
                  (long long)(after->capabilities - before->capabilities), (long long)(before->free - after->free));
        holdings_tell(before, after);
        census_read(had + 1);
        if (census_tell(had, had + 1)) {
            grew++;
        } else {
            leaks++;
        }
    } while (leaks < ROUNDS_LEAK && leaks + grew < ROUNDS_KEPT);
    test_fail(__FILE__, __LINE__, "%lld capabilities, %lld slots of this process and %lld bytes are missing",
              (long long)(after->capabilities - before->capabilities), (long long)(after->slots - before->slots),
              (long long)(before->free - after->free));
}
