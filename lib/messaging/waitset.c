/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Waitsets: a queue of events that anybody may post to, timers that only the owner touches, and signals, which are peers
 * whose bit posts an event.
 */
#include "internal.h"
#include <caps/caps.h>

void waitset_init(struct waitset *waitset)
{
    *waitset = (struct waitset){0};
}

void event_post(struct waitset *waitset, struct event *event)
{
    bool was = dispatcher_disable_nested();
    if (!event->queued) {
        event->queued = true;
        room_count++;
        event->next = NULL;
        if (waitset->first)
            waitset->last->next = event;
        else
            waitset->first = event;
        waitset->last = event;
        if (waitset->waiter) thread_wake(waitset->waiter, ERR_OK);
    }
    dispatcher_enable_nested(was);
}

bool event_cancel(struct waitset *waitset, struct event *event)
{
    dispatcher_disable();
    bool found = event->queued;
    struct event *before = NULL;
    for (struct event *e = waitset->first; found && e; before = e, e = e->next) {
        if (e != event) continue;
        if (before)
            before->next = e->next;
        else
            waitset->first = e->next;
        if (waitset->last == e) waitset->last = before;
        break;
    }
    event->queued = false;
    dispatcher_enable();
    return found;
}

static struct event *event_take(struct waitset *waitset)
{
    dispatcher_disable();
    struct event *event = waitset->first;
    if (event) {
        waitset->first = event->next;
        event->queued = false;
    }
    dispatcher_enable();
    return event;
}

void timer_set(struct waitset *waitset, struct timer *timer, ticks_t deadline)
{
    if (timer->deadline) {
        struct timer **at = &waitset->timers;
        while (*at && *at != timer)
            at = &(*at)->next;
        if (*at) *at = timer->next;
    }
    event_cancel(waitset, &timer->event);
    timer->waitset = waitset;
    timer->deadline = deadline;
    if (!deadline) return;
    struct timer **at = &waitset->timers;
    while (*at && (*at)->deadline <= deadline)
        at = &(*at)->next;
    timer->next = *at;
    *at = timer;
}

static void timers_due(struct waitset *waitset)
{
    ticks_t now = clock_ticks();
    while (waitset->timers && waitset->timers->deadline <= now) {
        struct timer *timer = waitset->timers;
        waitset->timers = timer->next;
        timer->deadline = 0;
        event_post(waitset, &timer->event);
    }
}

static void signal_came(void *object)
{
    struct signal *signal = object;
    event_post(signal->waitset, &signal->event);
}

err_t signal_open(struct waitset *waitset, struct signal *signal, void (*run)(struct event *event), void *context)
{
    *signal = (struct signal){.event = {.run = run, .context = context}, .waitset = waitset};
    messaging_upcalls.hung_up[PEER_SIGNAL] = signal_came;
    err_t error = peer_add(PEER_SIGNAL, signal, &signal->bit);
    if (error) return error;
    error = cap_mint_new(&signal->endpoint, SLOT_ENDPOINT, peer_at(signal->bit)->badge, MINT_HANGUP);
    if (error) peer_remove(signal->bit, true);
    return error;
}

void signal_close(struct signal *signal)
{
    if (!signal->endpoint) return;
    event_cancel(signal->waitset, &signal->event);
    dispatcher_disable();
    peer_remove(signal->bit, false);
    dispatcher_enable();
    cap_free(signal->endpoint);
    signal->endpoint = 0;
}

/* Without a server: sleep until an event is posted. */
static err_t events_wait(struct waitset *waitset, ticks_t deadline)
{
    err_t error = ERR_OK;
    dispatcher_disable();
    if (waitset->first) {
        dispatcher_enable();
        return ERR_OK;
    }
    waitset->waiter = dispatcher.current;
    error = thread_block(NULL, deadline);
    waitset->waiter = NULL;
    return error;
}

err_t waitset_step(struct waitset *waitset, ticks_t deadline)
{
    for (;;) {
        if (waitset->timers) timers_due(waitset);
        if (waitset->first) {
            struct event *event = event_take(waitset);
            event->run(event);
            return ERR_OK;
        }
        ticks_t until = waitset->timers ? waitset->timers->deadline : 0;
        bool timer_first = until && (!deadline || until < deadline);
        if (!timer_first) until = deadline;
        err_t error = waitset->server ? server_wait(waitset->server, until) : events_wait(waitset, until);
        if (!error && !waitset->first && waitset->server) return ERR_OK; /* a request was handled */
        if (error && !timer_first) return error;
    }
}

err_t waitset_wait(struct waitset *waitset, ticks_t deadline)
{
    waitset->once = true;
    return waitset_step(waitset, deadline);
}
