/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * One binding (bindings.c): what a monitor knows of a channel by UMP, the capabilities that wait to be passed on, and what two monitors tell
 * each other of it. Private to bindings.c.
 */
#ifndef MONITOR_BINDING_H
#define MONITOR_BINDING_H

#include "link.h"
#include <arch/disable.h>
#include <caps/caps.h>
#include <idl/names.h>
#include <messaging/channel.h>
#include <messaging/server.h>

/* Capabilities on their way in one direction: never more than messages of which they are part, which is slots + 1. */
struct queue {
    uint32_t first, count;
    cptr_t *caps;
};

struct binding {
    struct channel channel; /* to the service, if it is on this core; first: hung_up() and relay() get it */
    struct client *client;  /* the leash, if the client is on this core; NULL: none yet, or gone */
    struct binding *next;
    struct event event;  /* something is to be done */
    struct reply *reply; /* of monitor_bind(), until it is answered */
    char name[NAMES_NAME_MAX + 1];
    pid_abi_t server_pid, client_pid;
    uint32_t slots;
    cptr_t bell;                       /* as it came from the client */
    cptr_t ram, frame;                 /* ram: only where the memory is at home */
    uint32_t client_bell, server_bell; /* numbers; of our own core open */
    uint64_t id, other;                /* of this half and of the other one's; other 0: there is none (any more) */
    coreid_t core;                     /* of the other half */
    uint64_t base, bytes;              /* of the frame */
    err_t answer;                      /* of the other half */
    bool asked, answered;              /* the other half */
    struct queue to_server, to_client;
    bool over; /* one side is gone */
    cptr_t caps[];
};

/* What monitors tell each other. */
enum note_kind {
    NOTE_OPEN,   /* to the server's: everything that it needs */
    NOTE_OPENED, /* its answer */
    NOTE_CLOSE,  /* to the server's: the client is gone */
    NOTE_CLOSED, /* to the client's: nothing is left here */
    NOTE_CAP     /* a capability came that stays where it is: the receiver finds it missing */
};

struct note {
    uint64_t kind;
    uint64_t to, from; /* ids of halves */
    uint64_t error, bell;
    uint64_t server_pid, client_pid, slots, base, bytes;
    char name[NAMES_NAME_MAX + 1];
};
#define NOTE_WORDS (sizeof(struct note) / sizeof(uint64_t))
_Static_assert(NOTE_WORDS <= LINK_WORDS, "a note does not fit");

static inline bool queue_put(struct binding *binding, struct queue *queue, cptr_t cap)
{
    bool was = dispatcher_disable_nested();
    bool room = queue->count <= binding->slots;
    if (room) queue->caps[(queue->first + queue->count++) % (binding->slots + 1)] = cap;
    dispatcher_enable_nested(was);
    return room;
}

static inline bool queue_take(struct binding *binding, struct queue *queue, cptr_t *cap)
{
    dispatcher_disable();
    bool any = queue->count != 0;
    if (any) {
        *cap = queue->caps[queue->first];
        queue->first = (queue->first + 1) % (binding->slots + 1);
        queue->count--;
    }
    dispatcher_enable();
    return any;
}

static inline void queue_empty(struct binding *binding, struct queue *queue)
{
    cptr_t cap;
    while (queue_take(binding, queue, &cap)) {
        cap_free(cap);
    }
}

#endif
