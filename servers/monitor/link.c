/* SPDX-License-Identifier: BSD-2-Clause */
/* Monitors' messages; see link.h. A message is cut into slots, all but the last with MORE in the tag. */
#include "link.h"
#include "silence.h"
#include <abi/bootinfo.h>
#include <caps/caps.h>
#include <stdlib.h>
#include <string.h>
#include <threads/sync.h>
#include <threads/thread.h>
#include <threads/time.h>

#define MORE 0x80        /* in a slot's tag; the rest is the kind */
#define SOON_US 100000   /* when it is looked first whether what was sent has been taken, */
#define LATER_US 1000000 /* and then again and again */
#define SILENT_TICKS ticks_from_us(CONFIG_CORE_SILENT_MS * 1000ull)
#define LOSSES_MAX 8

/* A message that waits for room. */
struct queued {
    struct queued *next;
    uint8_t kind;
    unsigned sent, words; /* a multiple of UMP_WORDS */
    uint64_t w[];
};

struct link {
    bool open;
    cptr_t bell;
    struct ump ump;
    struct mutex lock; /* of ump.out and the queue */
    struct queued *first, *last;
    struct silence silence;
    unsigned got; /* words of the message that is being received */
    uint64_t w[LINK_WORDS];
};

struct waitset link_waitset;
static struct link links[CORES_MAX];
static link_handler handlers[LINK_KINDS];
static struct signal signal;
static void (*cores_changed)(void);
static void (*core_silent)(coreid_t core);
static void (*losses[LOSSES_MAX])(coreid_t core);
static unsigned loss_count;

/* While something that was sent has not been taken, a timer runs; else nothing does. */
static void watch_begin(struct event *event);
static void watch_look(struct event *event);
static struct event watch_event = {.run = watch_begin};
static struct timer watch_timer = {.event.run = watch_look};
static volatile bool watching;
static ticks_t watched; /* when it was last looked */

void link_handle(enum link_kind kind, link_handler handler)
{
    handlers[kind] = handler;
}

bool link_is_open(coreid_t core)
{
    return core < CORES_MAX && links[core].open;
}

void link_ring(coreid_t core)
{
    doorbell_ring(links[core].bell);
}

/* As much of the message as there is room for; true: all of it. The lock is held. */
static bool send_some(struct link *link, struct queued *message)
{
    while (message->sent < message->words) {
        bool last = message->sent + UMP_WORDS >= message->words;
        uint8_t tag = message->kind | (last ? 0 : MORE);
        err_t err = ump_send(&link->ump.out, message->w + message->sent, UMP_WORDS, tag);
        if (err == ERR_LMP_FULL && !ump_room_wanted(&link->ump.out)) continue;
        if (err != ERR_OK) return false;
        message->sent += UMP_WORDS;
        if (ump_wanted(&link->ump.out)) doorbell_ring(link->bell);
    }
    return true;
}

static void queue_send(struct link *link)
{
    while (link->first != NULL && send_some(link, link->first)) {
        struct queued *sent = link->first;
        link->first = sent->next;
        free(sent);
    }
    if (link->first == NULL) link->last = NULL;
}

/* Has what was sent been taken out of the ring? */
static enum silence_state ring_look(struct link *link, ticks_t now)
{
    mutex_lock(&link->lock);
    uint64_t taken = atomic_load_explicit(&link->ump.out.control->acknowledged, memory_order_relaxed);
    uint64_t sent = link->ump.out.number - 1;
    mutex_unlock(&link->lock);
    return silence_look(&link->silence, sent, taken, now, SILENT_TICKS);
}

static void watch_look(struct event *event)
{
    ticks_t now = clock_ticks();
    (void)event;
    bool away = silence_was_away(watched, now, ticks_from_us(LATER_US), SILENT_TICKS);
    watched = now;
    watching = false; /* who sends from here on begins anew */
    for (coreid_t core = 0; core < CORES_MAX; core++) {
        struct link *link = &links[core];
        if (away) link->silence.since = 0;
        enum silence_state state = link->open ? ring_look(link, now) : SILENCE_NONE;
        if (state == SILENCE_LOST) core_silent(core);
        if (state == SILENCE_WAITS) watching = true;
    }
    if (watching) timer_set(&link_waitset, &watch_timer, deadline_after_us(LATER_US));
}

static void watch_begin(struct event *event)
{
    (void)event;
    watched = clock_ticks();
    for (coreid_t core = 0; core < CORES_MAX; core++) {
        links[core].silence.since = 0;
        if (links[core].open) ring_look(&links[core], watched);
    }
    timer_set(&link_waitset, &watch_timer, deadline_after_us(SOON_US));
}

void link_on_loss(void (*lost)(coreid_t core))
{
    losses[loss_count++] = lost;
}

void link_lose(coreid_t core)
{
    struct link *link = &links[core];
    if (!link->open) return;
    mutex_lock(&link->lock);
    link->open = false;
    while (link->first != NULL) {
        struct queued *message = link->first;
        link->first = message->next;
        free(message);
    }
    link->last = NULL;
    mutex_unlock(&link->lock);
    for (unsigned i = 0; i < loss_count; i++) {
        losses[i](core);
    }
}

err_t link_send(coreid_t to, enum link_kind kind, const uint64_t *w, unsigned words)
{
    if (!link_is_open(to)) return ERR_NOT_FOUND;
    if (words == 0 || words > LINK_WORDS) return ERR_TOO_LONG;
    struct link *link = &links[to];
    unsigned padded = (words + UMP_WORDS - 1) / UMP_WORDS * UMP_WORDS;
    struct queued *message = calloc(1, sizeof(*message) + padded * sizeof(w[0]));
    if (message == NULL) return ERR_NO_MEMORY;
    message->kind = kind;
    message->words = padded;
    memcpy(message->w, w, words * sizeof(w[0]));
    mutex_lock(&link->lock);
    if (!link->open) { /* it has been lost meanwhile */
        mutex_unlock(&link->lock);
        free(message);
        return ERR_NOT_FOUND;
    }
    if (link->last != NULL) {
        link->last->next = message;
    } else {
        link->first = message;
    }
    link->last = message;
    queue_send(link);
    mutex_unlock(&link->lock);
    if (!watching) {
        watching = true;
        event_post(&link_waitset, &watch_event);
    }
    return ERR_OK;
}

static void slot_take(coreid_t from, struct link *link, const uint64_t *w, uint8_t tag)
{
    uint8_t kind = tag & ~MORE;
    if (link->got + UMP_WORDS <= LINK_WORDS) memcpy(link->w + link->got, w, UMP_WORDS * sizeof(w[0]));
    link->got += UMP_WORDS;
    if (tag & MORE) return;
    unsigned words = link->got;
    link->got = 0;
    if (kind < LINK_KINDS && words <= LINK_WORDS && handlers[kind] != NULL) handlers[kind](from, link->w, words);
}

/* Everything that has come, until nothing is left and the bell will ring for more. */
static void receive(coreid_t from, struct link *link)
{
    uint64_t w[UMP_WORDS];
    uint8_t tag = 0;
    do {
        while (ump_receive(&link->ump.in, w, &tag) == ERR_OK) {
            slot_take(from, link, w, tag);
        }
        if (ump_room_made(&link->ump.in)) doorbell_ring(link->bell);
    } while (link->open && !ump_sleep(&link->ump.in) && !link->ump.in.broken);
}

static void bell_rung(struct event *event)
{
    (void)event;
    cores_changed();
    for (coreid_t core = 0; core < CORES_MAX; core++) {
        struct link *link = &links[core];
        if (!link->open) continue;
        receive(core, link);
        mutex_lock(&link->lock);
        queue_send(link);
        mutex_unlock(&link->lock);
    }
}

void link_open(coreid_t core, void *area, unsigned side, cptr_t bell)
{
    struct link *link = &links[core];
    link->bell = bell;
    ump_init(&link->ump, area, LINK_SLOTS, side);
    link->open = true;
    event_post(&link_waitset, &signal.event); /* nothing rings before the receiver has slept once */
}

static int link_main(void *argument)
{
    (void)argument;
    for (;;) {
        waitset_wait(&link_waitset, 0);
    }
    return 0;
}

err_t link_start(void (*changed)(void), void (*silent)(coreid_t core))
{
    cptr_t bell;
    coreid_t own = ((const struct bootinfo *)VADDR_BOOTINFO)->core;
    cores_changed = changed;
    core_silent = silent;
    waitset_init(&link_waitset);
    err_t err = signal_open(&link_waitset, &signal, bell_rung, NULL);
    if (err == ERR_OK) err = cap_retype_new(&bell, SLOT_DOORBELLS, DOORBELL(own, 0), CAP_DOORBELL, 1);
    if (err == ERR_OK) err = doorbell_bind(bell, signal.endpoint);
    if (err == ERR_OK) event_post(&link_waitset, &signal.event);
    struct thread_options options = {.name = "link", .detached = true, .pinned = true};
    return err == ERR_OK ? thread_create(NULL, link_main, NULL, &options) : err;
}
