/* SPDX-License-Identifier: BSD-2-Clause */
/* See kernel/wakes.h. */
#include <abi/syscall.h>
#include <arch/gic.h>
#include <kernel/dispatcher.h>
#include <kernel/sched.h>
#include <kernel/wakes.h>

static struct wake {
    uint64_t ticks;
    uint32_t interrupt, dispatcher;
} wakes[KINFO_WAKES];
static uint64_t count;

void wake_begin(uint64_t ticks)
{
    wakes[count++ % KINFO_WAKES] = (struct wake){.ticks = ticks, .interrupt = gic_pending()};
}

void wake_end(void)
{
    const struct dcb *woken = sched_first();
    wakes[(count - 1) % KINFO_WAKES].dispatcher = woken != NULL ? (uint32_t)woken->number : 0;
}

err_t wake_read(uint64_t n, uint64_t *x)
{
    static const struct wake unknown;
    const struct wake *wake = n < count && n + KINFO_WAKES >= count ? &wakes[n % KINFO_WAKES] : &unknown;
    x[1] = wake->ticks;
    x[2] = wake->interrupt;
    x[3] = wake->dispatcher;
    x[4] = count;
    return ERR_OK;
}
