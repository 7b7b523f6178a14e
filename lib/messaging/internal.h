/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Private to lib/messaging. Floors, from the bottom: peers, rings and LMP (lmp.c), rpc, channel; waitset, clients and replies of a
 * server, its requests. What must reach up from an upcall goes through the tables that messaging_init() and server_init() fill.
 */
#ifndef MESSAGING_INTERNAL_H
#define MESSAGING_INTERNAL_H

#include <messaging/channel.h>
#include <messaging/rpc.h>
#include <messaging/server.h>
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
/* room_count changes whenever some receiver may have made room again; room_wait() waits until it is not `seen` any more. Read it
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
 * Calls.
 */
/* As rpc_call, whatever the channel's state; `give`: delete the request's capabilities as soon as they are sent. */
err_t rpc_exchange(struct channel *channel, struct rpc *rpc, bool give);
/* Disabled. All calls in flight answer `error`. */
void rpc_fail_all(struct channel *channel, err_t error);
/* Disabled. The thread whose call is complete, or NULL. */
struct thread *reply_arrived(struct lmp_slot *message);

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
    struct client *backlogs;
    uint32_t room_seen; /* room_count when they were last tried */
    uint32_t partial_bytes;
    struct event gone_event;
    struct client *gone;
};
extern struct server_state *server_state; /* the process's one, or NULL */

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
