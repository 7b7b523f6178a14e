/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * lwIP's timers. Each beats only while there is something for it to do, so that a network on which nothing happens costs nothing: TCP while there
 * are connections, ARP, reassembly and DNS for some time after the last packet, DHCP while it waits or has a lease.
 */
#include "net.h"

#define ACTIVE_MS 30000 /* longer than anything of ARP, reassembly and DNS takes */
#define ARP_SECONDS_MOST ARP_MAXAGE

static uint64_t active_until, slow_at;

static bool slow_wanted(void);
static void slow_run(void);

static struct beat {
    uint32_t period;
    bool (*wanted)(void);
    void (*run)(void);
    uint64_t due; /* 0: it stands still */
} beats[] = {
    {250, streams_active, streams_tick, 0},
    {500, lease_asks, lease_fine, 0},
    {1000, slow_wanted, slow_run, 0},
    {60000, leases_are, lease_coarse, 0},
};

static bool slow_wanted(void)
{
    return net_now() < active_until;
}

/* ARP's entries have aged while it stood still. */
static void slow_run(void)
{
    uint64_t now = net_now(), seconds = (now - slow_at + 500) / 1000;
    slow_at = now;
    for (uint64_t i = 0; i < seconds && i < ARP_SECONDS_MOST; i++)
        etharp_tmr();
    ip_reass_tmr();
    resolve_tick();
}

void timers_active(void)
{
    active_until = net_now() + ACTIVE_MS;
}

uint64_t timers_run(uint64_t now)
{
    uint64_t next = 0;
    for (unsigned i = 0; i < sizeof beats / sizeof beats[0]; i++) {
        struct beat *beat = &beats[i];
        if (beat->due != 0 && now >= beat->due) {
            beat->run();
            beat->due = now + beat->period;
        }
        if (!beat->wanted()) {
            beat->due = 0;
            continue;
        }
        if (beat->due == 0) beat->due = now + beat->period;
        if (next == 0 || beat->due < next) next = beat->due;
    }
    return next;
}
