/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What the on-target tests share (support.h). Owns nothing.
 */
#include "support.h"
#include <idl/mem.h>
#include <idl/monitor.h>
#include <paging/ram.h>
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

/* What a machine has when nothing is under way. */
struct holdings {
    uint64_t capabilities, free;
};

static bool is_same(struct holdings a, struct holdings b)
{
    return a.capabilities == b.capabilities && a.free == b.free;
}

/* Reaping goes on in the background: waits until all is back, or gives up when nothing more comes. */
static bool settles(struct holdings before, struct holdings *after)
{
    struct holdings last = {0};

    for (unsigned still = 0; still < 300; still++) {
        *after = (struct holdings){mdb_count(), ram_free()};
        if (is_same(*after, before)) {
            return true;
        }
        if (!is_same(*after, last)) {
            still = 0;
        }
        last = *after;
        thread_sleep_ms(5);
    }
    return false;
}

void leaves_nothing(void (*round)(void))
{
    struct holdings before, after = {0};

    for (unsigned i = 0; i < 3; i++) {
        before = (struct holdings){mdb_count(), ram_free()};
        round();
        if (test_failed() || settles(before, &after)) {
            return;
        }
    }
    test_fail(__FILE__, __LINE__, "%lld capabilities and %lld bytes are missing",
              (long long)(after.capabilities - before.capabilities), (long long)(before.free - after.free));
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
