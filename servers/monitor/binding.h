/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * One binding: what a monitor knows of a channel by UMP, and what two monitors tell each other of it. Private to bindings.c (its life),
 * binding_ends.c (what is made for it) and binding_caps.c (the capabilities that go along).
 */
#ifndef MONITOR_BINDING_H
#define MONITOR_BINDING_H

#include "link.h"
#include "remote_caps.h"
#include <abi/bootinfo.h>
#include <abi/slots.h>
#include <idl/names.h>
#include <messaging/channel.h>
#include <messaging/server.h>
#include <threads/sync.h>

/* Capabilities on their way in one direction: never more than messages of which they are part, which is slots + 1. 0: one that was lost. */
struct cap_queue {
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
    uint64_t id, other;                /* of this half and of the other one's; 0: there is no other (any more) */
    coreid_t core;                     /* of the other half */
    uint64_t base, bytes;              /* of the frame */
    err_t answer;                      /* of the other half */
    bool asked, answered;              /* the other half */
    struct cap_queue to_server, to_client;
    struct remote_request sending; /* of the one capability that is on its way to the other half, */
    struct timer again;            /* or waits until the monitor has time for it; */
    bool is_sending, is_sent;      /* either of them; the answer has come: */
    err_t send_error;
    bool over; /* one side is gone, */
    bool lost; /* or its whole core is */
    cptr_t caps[];
};

/* What monitors tell each other. */
enum note_kind {
    NOTE_OPEN,   /* to the server's: everything that it needs */
    NOTE_OPENED, /* its answer */
    NOTE_CLOSE,  /* to the server's: the client is gone */
    NOTE_CLOSED, /* to the client's: nothing is left here */
    NOTE_CAP     /* a capability is lost: the receiver finds it missing */
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

#define OWN (((const struct bootinfo *)VADDR_BOOTINFO)->core)

static inline bool is_remote(const struct binding *binding)
{
    return binding->id != 0;
}

static inline bool serves_here(const struct binding *binding)
{
    return binding->server_pid >> 32 == OWN;
}

/* bindings.c */
extern struct mutex bindings_lock; /* of binding->client and the list of bindings */
extern struct waitset bindings_waitset;
extern struct service leash_service;
void binding_post(struct binding *binding); /* have the thread look at it */
err_t note_send(const struct binding *binding, enum note_kind kind, err_t error);
/* Half `id` of a binding with core `from`, which is another one, or NULL; the lock is held. */
struct binding *binding_find(coreid_t from, uint64_t id);

/* The one after `binding` (NULL: the first); the lock is held. */
struct binding *binding_next(const struct binding *binding);

/* binding_ends.c: steps that wait for others, by the thread. */
err_t client_begins(struct binding *binding);  /* a client of this core asks */
err_t client_goes_on(struct binding *binding); /* the other monitor has answered */
err_t server_begins(struct binding *binding);  /* a client of another core asks */
/* Nothing is left here of memory of another core, whoever has what copies. */
void foreign_frame_end(struct binding *binding);

/* binding_caps.c */
void caps_relay(struct binding *binding); /* as far as it goes; by the thread */
/* One has come for the service or client of this core; 0: it is lost. The lock is held. */
void cap_arrived(struct binding *binding, cptr_t cap);
void service_relays(struct channel *channel, cptr_t cap); /* of struct channel */
void client_relays(struct client *client, cptr_t cap);    /* of struct service */
void caps_drop(struct binding *binding);
void binding_caps_init(void);

#endif
