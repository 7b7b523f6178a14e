/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A waitset is what one thread waits on: requests of a server's clients (messaging/server.h), signals (interrupts, hang-ups,
 * doorbells), timers, and events posted by other threads. Handlers run one after the other in the thread that waits,
 * enabled, and may do anything, also free the event that is running.
 */
#ifndef MESSAGING_WAITSET_H
#define MESSAGING_WAITSET_H

#include <abi/errors.h>
#include <abi/types.h>
#include <stdbool.h>
#include <threads/time.h>

struct thread;
struct waitset;
struct server_state;

struct event {
    void (*run)(struct event *event);
    void *context;
    struct event *next;
    bool queued;
};

struct timer {
    struct event event;
    struct waitset *waitset;
    ticks_t deadline; /* 0: not running */
    struct timer *next;
};

struct signal {
    struct event event;
    struct waitset *waitset;
    uint32_t bit;
    cptr_t endpoint; /* badged with `bit`: for irq_bind(), or to give away */
};

struct waitset {
    struct event *first, *last;
    struct timer *timers; /* by deadline */
    struct thread *waiter;
    struct server_state *server; /* whose requests it serves, if any */
    bool once;                   /* return after one request */
};

void waitset_init(struct waitset *waitset);
/* Queue the event unless it is queued already. From any thread. */
void event_post(struct waitset *waitset, struct event *event);
/* Take it back; false: it was not queued. */
bool event_cancel(struct waitset *waitset, struct event *event);
/* The event runs once, when the deadline has passed. Setting it again moves it; 0 stops it. Only by the waitset's thread. */
void timer_set(struct waitset *waitset, struct timer *timer, ticks_t deadline);

/*
 * A signal bit with an endpoint for it; the event runs after the bit was set, once for any number of settings.
 * ERR_TOO_MANY: all bits are taken. signal_close() deletes the endpoint's copies here only.
 */
err_t signal_open(struct waitset *waitset, struct signal *signal, void (*run)(struct event *event), void *context);
void signal_close(struct signal *signal);

/* Handle what there is, or wait for one thing and handle it. ERR_TIMEOUT: nothing came until the deadline (0: none). */
err_t waitset_wait(struct waitset *waitset, ticks_t deadline);

#endif
