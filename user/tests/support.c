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

uint64_t mdb_count_still(void)
{
    uint64_t count = mdb_count(), last;
    unsigned still = 0;

    while (still < 20) {
        thread_sleep_ms(5);
        last = count;
        count = mdb_count();
        still = count == last ? still + 1 : 0;
    }
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

uint64_t random_next(uint64_t *state)
{
    uint64_t x = *state ? *state : 0x9e3779b97f4a7c15ull;

    x ^= x >> 12;
    x ^= x << 25;
    x ^= x >> 27;
    *state = x;
    return x * 0x2545f4914f6cdd1dull;
}
