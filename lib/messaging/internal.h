/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Private to lib/messaging. Floors, from the bottom: peers, rings and LMP (lmp.c), ends of UMP (ump_end.c), rpc, calls by UMP, channel;
 * waitset, clients and replies of a server, its requests, those by UMP. What must reach up from an upcall goes through the tables that messaging_init() and server_init() fill.
 */
#ifndef MESSAGING_INTERNAL_H
#define MESSAGING_INTERNAL_H

#include <messaging/channel.h>
#include <messaging/rpc.h>
#include <messaging/server.h>
#include <messaging/ump.h>
#include <messaging/waitset.h>
#include <threads/dispatcher.h>

/*
 * Peers: everything that has a badge of this process's endpoint. The index is the badge's signal bit.
 */
#define PEERS_MAX DISP_SIGNALS
#define PEER_INDEX(badge) ((uint32_t)(badge)&0xffff)
#define BADGE_PUBLIC (1ull << 63)

enum peer_kind {
    PEER_FREE,
    PEER_CLOSING, /* given up, but its endpoint may still be somewhere: free once that has hung up */
    PEER_CHANNEL, /* struct channel: replies to it; hangs up when the server dies */
    PEER_CLIENT,  /* struct client */
    PEER_SIGNAL,  /* struct signal */
    PEER_BELL,    /* the process's doorbell: all ends of UMP */
    PEER_KINDS
};

struct peer {
    uint64_t badge; /* generation << 16 | index */
    void *object;
    uint32_t generation;
    uint32_t kind;
    uint64_t reserved; /* 32 bytes */
};

/* Enabled. A free entry becomes `kind`. ERR_TOO_MANY, ERR_NO_MEMORY. */
err_t peer_add(enum peer_kind kind, void *object, uint32_t *index);
#define PEER_CHUNK 32
extern struct peer *peer_chunks[PEERS_MAX / PEER_CHUNK];

/* NULL: there never was one. */
static inline struct peer *peer_at(uint32_t index)
{
    struct peer *chunk = index < PEERS_MAX ? peer_chunks[index / PEER_CHUNK] : NULL;
    return chunk ? &chunk[index % PEER_CHUNK] : NULL;
}

/* NULL: there is none with this badge. A free entry's badge is 0. */
static inline struct peer *peer_find(uint64_t badge, enum peer_kind kind)
{
    struct peer *peer = peer_at(PEER_INDEX(badge));
    return peer && peer->badge == badge && peer->kind == kind ? peer : NULL;
}

/* What is behind `index` gives it up; free at once if `hung_up`. */
void peer_remove(uint32_t index, bool hung_up);

/*
 * Rings and LMP.
 */
#define RING_REPLIES 0
#define RING_REQUESTS SERVER_RING

#define RING_OFFSET_REPLIES DISP_FRAME_RINGS
#define RING_OFFSET_REQUESTS (DISP_FRAME_RINGS + CONFIG_LMP_REPLY_SLOTS * sizeof(struct lmp_slot))

/* The oldest message of one of the two rings, or NULL; ring_next() once its capability has been taken. One thread, or disabled. */
static inline struct lmp_slot *ring_first(unsigned ring)
{
    volatile struct lmp_ring_index *index = &DISPATCHER_FRAME->ring[ring];
    uint32_t tail = index->tail;
    if (index->head == tail) return NULL;
    if (ring == RING_REPLIES)
        return (struct lmp_slot *)(VADDR_FRAME + RING_OFFSET_REPLIES) + (tail & (CONFIG_LMP_REPLY_SLOTS - 1));
    return (struct lmp_slot *)(VADDR_FRAME + RING_OFFSET_REQUESTS) + (tail & (CONFIG_LMP_RING_SLOTS - 1));
}

static inline void ring_next(unsigned ring)
{
    volatile struct lmp_ring_index *index = &DISPATCHER_FRAME->ring[ring];
    __asm__ volatile("" ::: "memory");
    index->tail++;
}

/* Eight words. */
static inline void words_copy(uint64_t *to, const uint64_t *from)
{
    uint64_t a = from[0], b = from[1], c = from[2], d = from[3], e = from[4], f = from[5], g = from[6], h = from[7];
    to[0] = a, to[1] = b, to[2] = c, to[3] = d, to[4] = e, to[5] = f, to[6] = g, to[7] = h;
}

/* The capability of a message goes into a slot of its own; 0: there was none, or no slot (*error says). */
cptr_t message_take_cap(struct lmp_slot *message, err_t *error);
void message_drop_cap(struct lmp_slot *message);

extern const struct transport transport_lmp;
bool endpoint_is_gone(cptr_t endpoint);
#define LMP_FRAGMENT LMP_WORDS
#define UMP_FRAGMENT UMP_WORDS
/* room_count changes whenever some receiver may have made room again, an event was posted, or a server's client got a backlog or its end; room_wait() waits until it is not `seen` any more. Read it
 * before the send that finds no room. */
extern uint32_t room_count;
err_t room_wait(uint32_t seen, ticks_t deadline);
err_t messaging_ring_requests(void);
err_t messaging_ring_replies(void);

/* What the upcalls call, disabled; NULL: nothing. */
struct messaging_upcalls {
    void (*pending)(void);                     /* requests may wait in the ring; a client may have made room */
    void (*hung_up[PEER_KINDS])(void *object); /* by kind of peer */
};
extern struct messaging_upcalls messaging_upcalls;

/*
 * One end of a UMP channel. Data goes through the rings. The channel has an LMP channel to the monitor beside it: its *leash*, by whose
 * hang-up each side hears that the other is gone, and over which capabilities come and go, in the order of the messages that say
 * that they have one.
 */
#define UMP_LOOKS 16    /* for the answer to a message, before anything else */
#define UMP_TAG_WORDS 7 /* of a slot's tag: how many words, */
#define UMP_TAG_CAP 8   /* and whether a capability belongs to it */

struct ump_end {
    struct ump ring;
    struct ump_end *next; /* of the process's */
    cptr_t bell;          /* rings the other side */
    vaddr_t area;
    uint64_t bytes;
    uint32_t looks;                    /* how often a caller looks before anything else, */
    uint32_t polls;                    /* and how often anybody before sleeping: 0 if the other side is on this core */
    bool away;                         /* it is on another core, */
    coreid_t core;                     /* this one */
    bool sleeping;                     /* the other side rings when there is a message */
    void (*rung)(struct ump_end *end); /* disabled: there is something to receive, and `sleeping` is over */
    void *object;                      /* struct channel or struct client */
    struct lmp_slot held;              /* a message whose capability has not come yet, */
    bool holding;                      /* if there is one */
    uint32_t cap_first, cap_count, cap_room; /* capabilities whose messages have not come yet: caps[(first + n) % room] */
    cptr_t caps[];
};

extern const struct transport transport_ump;
/* The endpoint by which a doorbell of this process is bound, in a fresh slot. */
err_t ump_bell(cptr_t *endpoint);
#define UMP_BELL_BADGE (1ull << 62) /* in its badge: nobody but the monitor ever gets such an endpoint */
#define UMP_PAGES(slots) ((UMP_AREA_BYTES(slots) + PAGE_MASK) & ~(size_t)PAGE_MASK)
/* Maps the frame, whose capability stays the caller's and may go. The other side is on `core`. */
err_t ump_end_open(cptr_t frame, uint32_t slots, unsigned side, coreid_t core, struct ump_end **end);
void ump_end_start(struct ump_end *end, cptr_t bell, void (*rung)(struct ump_end *end), void *object);
void ump_end_close(struct ump_end *end); /* enabled; NULL does nothing */
/* False: one of them never leaves its core, and the other side is on another one. */
bool ump_end_may_take(const struct ump_end *end, const cptr_t *caps, uint32_t count);
/* The rest of ump_end_receive(). */
err_t ump_end_receive_cap(struct ump_end *end, struct lmp_slot *message, unsigned tag);
err_t ump_end_nothing(struct ump_end *end, err_t error);

/* message->w[] has been taken from the ring: is it all of the message? */
static inline err_t ump_end_taken(struct ump_end *end, struct lmp_slot *message, unsigned tag)
{
    message->words = tag & UMP_TAG_WORDS;
    message->cap = 0;
    return message->words == tag && tag ? ERR_OK : ump_end_receive_cap(end, message, tag);
}

/* The next message, with its capability, if any, in message->cap (a slot of its own). ERR_AGAIN: none, or its capability has not come. */
static inline err_t ump_end_receive(struct ump_end *end, struct lmp_slot *message)
{
    uint8_t tag = 0;
    if (end->holding) return ump_end_receive_cap(end, message, 0);
    err_t error = ump_take(&end->ring.in, message->w, &tag);
    if (error) return ump_end_nothing(end, error);
    return ump_end_taken(end, message, tag);
}

/* Disabled. A capability has come by the leash; ERR_TOO_MANY: more than there are messages. */
err_t ump_end_cap(struct ump_end *end, cptr_t cap);
/* May the process sleep as far as this end goes? False: there is something to receive. */
bool ump_end_sleep(struct ump_end *end);

/*
 * Calls.
 */
/* As rpc_call, whatever the channel's state; `give`: delete the request's capabilities as soon as they are sent. */
err_t rpc_exchange(struct channel *channel, struct rpc *rpc, bool give);
/* Disabled. All calls in flight answer `error`. */
void rpc_fail_all(struct channel *channel, err_t error);
/* Disabled. The thread whose call is complete, or NULL. */
struct thread *reply_arrived(struct lmp_slot *message);
/* The same for what came by UMP; the message's capability is in a slot of its own. */
struct thread *reply_on(struct channel *channel, struct lmp_slot *message);

/* The rest of a call whose request is sent. */
err_t rpc_await(struct channel *channel, struct rpc *rpc);

/* ump_call.c: a call on a channel that is bound by UMP. */
err_t ump_call(struct channel *channel, struct rpc *rpc);
/* Disabled; enabled on return. The rest of it after ump_ask(), whose `answer` was not the whole reply. */
err_t ump_call_on(struct channel *channel, struct rpc *rpc, unsigned answer);
/* Disabled; enabled on return. As thread_block(NULL, deadline), but what comes by UMP wakes the thread, too. */
err_t ump_wait(struct channel *channel, struct rpc *rpc, ticks_t deadline);
/* Ask the monitor for a channel to service `name` of process `pid`: the leash's endpoint, and the end, which is not started yet. */
err_t ump_bind(const char *name, pid_abi_t pid, cptr_t *leash, cptr_t *bell, struct ump_end **end);
/* Enabled. Somebody has waited long: should the server's core answer no more, the monitor finds that out, and the channel ends. */
void ump_core_ask(struct channel *channel);
void ump_channel_cap(struct channel *channel, struct lmp_slot *message); /* disabled */
void ump_channel_start(struct channel *channel, struct ump_end *end, cptr_t bell);

/*
 * Servers.
 */
struct partial {
    uint32_t words, received;
    uint32_t cap_count;
    err_t error; /* found so far */
    cptr_t caps[MESSAGE_CAPS_MAX];
    uint64_t w[];
};

struct backlog {
    struct backlog *next;
    uint32_t words, sent;
    uint32_t cap_count;
    cptr_t caps[MESSAGE_CAPS_MAX];
    uint64_t w[];
};

struct reply {
    struct client *client; /* NULL: gone */
    struct server_state *state;
    struct reply *next; /* in client->replies */
    uint16_t method, id;
    bool with_sleep; /* see reply_with_sleep() */
};

#define SERVICES_MAX 16

struct server_state {
    struct server *server;
    struct service *services[SERVICES_MAX];
    uint32_t service_count;
    struct lmp_slot *incoming; /* a request that came in registers: no other one can until the thread waits again */
    struct lmp_slot copied;    /* one from the ring; in both cases the capability is in a slot of its own */
    err_t message_error;       /* its capability found no slot */
    uint64_t *reply;           /* room for the largest reply */
    uint32_t reply_words;
    cptr_t reply_caps[MESSAGE_CAPS_MAX];
    /* A short reply that goes out as the thread goes to sleep: */
    struct client *out_client; /* NULL: none */
    uint32_t out_words;
    cptr_t out_cap;
    /* Shared with threads that answer later: */
    struct mutex lock;
    struct reply *spare; /* some that are not in use */
    uint32_t spare_count;
    struct client *backlogs;
    uint32_t room_seen; /* room_count when they were last tried */
    uint32_t partial_bytes;
    struct event gone_event;
    struct client *gone;
    /* UMP: */
    uint32_t ump_awake; /* ends of clients that do not ring */
    bool ump_handled;   /* a request; the waitset's own affairs are next */
    bool ump_looked;    /* long enough: nothing comes for now */
    struct client *ump_clients;
    struct lmp_slot ump_message;
};
extern struct server_state *server_state; /* the process's one, or NULL */

/* ump_server.c: requests by UMP. */
/* Disabled or not: is there one that the server's thread has not looked at yet? */
static inline bool ump_requests(const struct server_state *state)
{
    return state->ump_awake != 0;
}
/* Handle some of what there is; if nothing has come for a while, have everybody ring from now on. */
void ump_round(struct server_state *state);
/* MESSAGE_UMP_FRAME, MESSAGE_UMP_BELL and MESSAGE_CAP of a client; false: it is none of these. */
bool ump_request(struct server_state *state, struct client *client, struct lmp_slot *message);
void ump_client_close(struct client *client);
void request_handle(struct server_state *state, struct lmp_slot *message); /* server.c */

/* replies.c: with state->lock held, or by the server's thread while nobody else holds it. */
void client_send(struct client *client, const uint64_t *w, uint32_t words, const cptr_t *caps, uint32_t cap_count);
void backlogs_flush(struct server_state *state);
void backlog_free(struct client *client);
void reply_cancel(struct client *client, uint16_t id); /* no lock held */
/* Send the short reply that waits for the thread to go to sleep. */
void out_flush(struct server_state *state);

/* clients.c */
err_t client_new(struct service *service, uint64_t pid, struct client **client);
err_t client_endpoint(struct client *client, cptr_t *endpoint);
void clients_init(struct server_state *state);

/* requests.c */
/* The usual case is in server.c. These: anything else from a client; what came through no client's endpoint. */
void request_slowly(struct server_state *state, struct client *client, struct lmp_slot *message);
void request_public(struct server_state *state, struct lmp_slot *message);
void partial_free(struct client *client);

/* waitset.c: as waitset_wait(), as often as waitset->once says. */
err_t waitset_step(struct waitset *waitset, ticks_t deadline);

/* server.c: waits for a request, the waitset's events, or the deadline, and handles a request if one came. */
err_t server_wait(struct server_state *state, ticks_t deadline);

#endif
