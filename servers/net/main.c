/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * net: serves net.idl. One thread, which waits for requests, cards and timers, and never looks for work where none was announced. It calls names, init
 * and the drivers of cards.
 */
#include "requests.h"
#include "settings.h"
#include <abi/slots.h>
#include <caps/caps.h>
#include <idl/init.h>
#include <idl/names.h>
#include <kept/kept.h>
#include <messaging/server.h>
#include <stdio.h>
#include <stdlib.h>
#include <threads/time.h>

#define WATCH_US                                                                                                       \
    1000 /* how long a program that has just got packets may take before it has to tell us of its answers */

static struct server server;
static struct event round_event;
static struct timer beat_timer, watch_timer;
static uint64_t beat_due;

uint64_t net_now(void)
{
    return us_from_ticks(clock_ticks()) / 1000;
}

u32_t sys_now(void)
{
    return (u32_t)net_now();
}

void round_post(void)
{
    event_post(&server.waitset, &round_event);
}

void round_watch_later(void)
{
    timer_set(&server.waitset, &watch_timer, deadline_after_us(WATCH_US));
}

static void watch_run(struct event *event)
{
    (void)event;
    round_watched();
}

static void beats_set(void)
{
    uint64_t now = net_now(), due = timers_run(now);
    if (due == beat_due) return;
    beat_due = due;
    timer_set(&server.waitset, &beat_timer, due == 0 ? 0 : deadline_after_ms(due > now ? due - now : 0));
}

static void round_event_run(struct event *event)
{
    (void)event;
    timers_active();
    bool more = round_run();
    nics_flush();
    beats_set();
    if (more) round_post();
}

static void beat_run(struct event *event)
{
    (void)event;
    beat_due = 0;
    beats_set();
    round_post();
}

static void log_failure(const char *what)
{
    char line[120];
    snprintf(line, sizeof line, "net: %s", what);
    init_log(init_default(), line);
}

_Noreturn void stack_failed(const char *what)
{
    log_failure(what);
    abort();
}

/* What was set by hand before we were started again. Without it (no state= in the inventory) it is forgotten with us. */
static void settings_find(void)
{
    static struct kept kept;
    if (kept_open(&kept, SETTINGS_LAYOUT) == ERR_OK && kept.bytes >= sizeof(struct settings)) settings_keep(kept.state);
}

int main(void)
{
    round_event = (struct event){.run = round_event_run};
    beat_timer.event.run = beat_run;
    watch_timer.event.run = watch_run;
    err_t err = server_init(&server);
    if (err == ERR_OK) err = server_add(&server, &net_service);
    if (err == ERR_OK) err = passed_start(&server);
    if (err == ERR_OK) {
        settings_find();
        stack_init();
        device_begin(netif_list); /* lo0 */
        err = nics_start(&server.waitset);
    }
    if (err == ERR_OK) err = names_register_identified(names_default(), "net", net_service.number, SLOT_ENDPOINT);
    if (err == ERR_OK) server_run(&server);
    log_failure(err_text(err));
    return (int)err;
}
