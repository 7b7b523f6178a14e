/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The search for orphans among what processes leave behind. It runs when there is more or less of that than at the last search, and in one go:
 * no process but init has the priority to run before it is over, so nothing moves meanwhile. How long one may take is bounded, and
 * the next one waits a multiple of that.
 */
#include "leftovers.h"
#include "monitor.h"
#include "orphans.h"
#include <caps/caps.h>
#include <idl/mem.h>
#include <stdlib.h>

#define RANGES_MAX 4096
#define LISTED_MAX 16384 /* calls of the kernel: some 10 million instructions */
#define PAUSES 8         /* how much longer than a search takes the next one waits */
#define LEFTOVERS_EACH 32

static struct timer timer;
static struct waitset *home;
static void (*settle_all)(void);
static uint64_t now_left, searched_left; /* bytes, now and after the last search */
static ticks_t next_search;

static err_t list(paddr_t base, uint64_t bytes, paddr_t after, paddr_t found[ORPHANS_LISTED])
{
    uint64_t a[7] = {base, base + bytes, after};
    err_t err = kernel_invoke(SLOT_KERNEL, KERNEL_HOLDERS, a);
    for (unsigned i = 0; i < ORPHANS_LISTED; i++)
        found[i] = a[i];
    return err;
}

/* All of them, in order; NULL: there are too many, or no memory. The caller's. */
static struct orphan_range *ranges_get(size_t *count)
{
    struct mem_range some[LEFTOVERS_EACH];
    struct orphan_range *ranges = malloc(RANGES_MAX * sizeof(*ranges));
    uint64_t from = 0;
    *count = 0;
    do {
        uint32_t got = 0;
        err_t err =
            ranges == NULL ? ERR_NO_MEMORY : mem_leftovers(mem_default(), from, &from, some, LEFTOVERS_EACH, &got);
        if (err != ERR_OK || got > RANGES_MAX - *count) {
            free(ranges);
            return NULL;
        }
        for (uint32_t i = 0; i < got; i++)
            ranges[(*count)++] = (struct orphan_range){.base = some[i].base, .bytes = some[i].bytes};
    } while (from != 0);
    return ranges;
}

/* The end of all capabilities of an orphan. The blocks are not drained here: mem could hand out again what is to be ended yet. */
static void range_end(const struct orphan_range *range)
{
    paddr_t base = range->base, end = base + range->bytes;
    err_t err = ERR_AGAIN;
    while (err == ERR_AGAIN) {
        uint64_t a[7] = {base, end};
        err = kernel_invoke(SLOT_KERNEL, KERNEL_END, a);
        base = a[0];
    }
}

static void search(void)
{
    size_t count;
    uint64_t bytes = 0;
    struct orphan_range *ranges = ranges_get(&count);
    if (ranges == NULL) return;
    if (orphans_mark(ranges, count, list, LISTED_MAX)) {
        for (size_t i = 0; i < count; i++) {
            if (ranges[i].held) continue;
            bytes += ranges[i].bytes;
            range_end(&ranges[i]);
        }
    }
    free(ranges);
    if (bytes == 0) return;
    settle_all();
    log_line("monitor: %llu KiB that only named themselves are free", (unsigned long long)bytes / 1024);
}

static void timer_ran(struct event *event)
{
    (void)event;
    ticks_t start = clock_ticks();
    searched_left = now_left;
    search();
    ticks_t end = clock_ticks();
    next_search = end + PAUSES * (end - start);
}

void leftovers_init(struct waitset *waitset, void (*settle)(void))
{
    home = waitset;
    settle_all = settle;
    timer.event.run = timer_ran;
}

void leftovers_changed(uint64_t bytes)
{
    now_left = bytes;
    if (bytes == searched_left) return;
    searched_left = bytes == 0 ? 0 : searched_left;
    ticks_t now = clock_ticks();
    if (bytes != 0) timer_set(home, &timer, next_search > now ? next_search : now);
}
