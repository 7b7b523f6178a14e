/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The client's side of a channel, and calls on it. Programs use the generated stubs (lib/messaging/README.md); what
 * they need from here is how to make a client, its deadlines, and what becomes of it when the server dies.
 *
 * A channel is bound lazily by the first call on it. Several threads may call at once; replies come in any order.
 * When the server dies all calls in flight answer ERR_PEER_DEAD at once, and so does every later one until
 * channel_rebind(). That is left to the library where the interface says `rebinds`: a call then begins by binding again, waiting for the
 * service's successor for at most CONFIG_REBIND_MS. A call whose deadline passes answers ERR_TIMEOUT; its late reply is dropped. ERR_CLOSED: closed here.
 */
#ifndef MESSAGING_CHANNEL_H
#define MESSAGING_CHANNEL_H

#include <abi/errors.h>
#include <abi/types.h>
#include <stdbool.h>
#include <threads/sync.h>
#include <threads/time.h>

struct rpc;
struct channel;
struct context_result;

struct ump_end;

/* How fragments travel: LMP on a core (messaging/lmp.c), UMP between cores (messaging/ump_end.c). A client never sees which. */
struct transport {
    const char *name;
    uint32_t fragment; /* words of a fragment, all but a message's last */
    /* Send one fragment: `words` words of w, of which eight are readable, and a copy of `cap` unless 0. ERR_LMP_FULL: no room,
     * the caller will be woken once. ERR_PEER_DEAD. */
    err_t (*send)(cptr_t endpoint, struct ump_end *ump, const uint64_t *w, unsigned words, cptr_t cap);
    /* Disabled, and nothing else to do: send and wait for the deadline or thread_wake() in one step, as thread_block_sending(). */
    struct context_result (*send_and_block)(struct thread *self, const uint64_t *w, uint64_t words, uint64_t endpoint,
                                            uint64_t cap, ticks_t deadline);
    /* What an error of send_and_block() means. */
    err_t (*error)(uint64_t value);
};

enum channel_state { CHANNEL_UNBOUND, CHANNEL_BINDING, CHANNEL_BOUND, CHANNEL_BOUND_UMP, CHANNEL_DEAD };

struct channel {
    const char *service; /* name to look up, or NULL: */
    cptr_t slot;         /* an endpoint that the caller owns */
    const char *birth; /* the service in `slot`, of which init gives another endpoint when it dies; NULL: nobody does */
    bool rebinds;      /* when it has died, the next call binds again */
    uint32_t state;    /* enum channel_state */
    cptr_t endpoint;   /* where to send */
    bool owned;        /* `endpoint` is the channel's own */
    uint32_t generation; /* how often it was bound */
    uint32_t next_id;
    uint32_t peer;          /* index in the peer table, its signal bit */
    struct rpc *calls;      /* in flight */
    uint32_t skip;          /* words of a long reply that are still to come, */
    struct rpc *incoming;   /* and whose it is; NULL: nobody waits for it any more */
    struct mutex send_lock; /* held while the fragments of a long message go out */
    struct mutex bind_lock;
    const struct transport *transport;
    struct ump_end *ump; /* NULL: not by UMP */
    struct ump_end *direct; /* the same while nothing is going on, so that rpc_short() may use it at once; whoever begins something clears it */
    bool by_ump; /* set by who wants UMP even to a service on its own core: tests, benchmarks */
    /* Disabled: the server is gone. For who has something to tidy up (the monitor); may be NULL. */
    void (*hung_up)(struct channel *channel);
    /* Disabled: a capability came that belongs to a message elsewhere; it is the callee's. For the monitor; may be NULL. */
    void (*relay)(struct channel *channel, cptr_t cap);
};

static inline bool channel_is_bound(const struct channel *channel)
{
    return channel->state == CHANNEL_BOUND || channel->state == CHANNEL_BOUND_UMP;
}

/* Initialisers: by name through names; from an endpoint, which stays the caller's (birth slot, passed, looked up). */
#define CHANNEL_NAMED(name)                                                                                            \
    {                                                                                                                  \
        .service = (name)                                                                                              \
    }
#define CHANNEL_SLOT(cptr)                                                                                             \
    {                                                                                                                  \
        .slot = (cptr)                                                                                                 \
    }
#define CHANNEL_REBINDING(name)                                                                                        \
    {                                                                                                                  \
        .service = (name), .rebinds = true                                                                             \
    }
#define CHANNEL_BIRTH(cptr, name)                                                                                      \
    {                                                                                                                  \
        .slot = (cptr), .birth = (name), .rebinds = true                                                               \
    }

/* Nothing if it is bound. ERR_NOT_FOUND: no such name (yet). ERR_BUSY: this thread is about it. */
err_t channel_bind(struct channel *channel);
err_t channel_rebind(struct channel *channel); /* closes it and binds again */
/* As channel_rebind() of a channel that was last bound as `generation`, but waits for the service, within the thread's deadline and
 * CONFIG_REBIND_MS. ERR_PEER_DEAD: it did not come. */
err_t channel_revive(struct channel *channel, uint32_t generation);
/* For generated code: a call answered ERR_PEER_DEAD. true: the channel is bound again, and the call should be repeated. */
bool channel_repeat(struct channel *channel, uint32_t *tries);
/* How a process gets another endpoint of a birth slot's service: it asks init. init itself sets another way. */
extern err_t (*channel_reconnect)(const char *service, cptr_t *endpoint);
err_t channel_relay(struct channel *channel, cptr_t cap); /* the server's end of the same: a copy of cap; waits for room */
void channel_close(struct channel *channel); /* calls in flight answer ERR_CLOSED; the next call binds again */

/*
 * The deadline of the calls that this thread makes from now on: absolute ticks, 0: none (the default). Returns the one
 * before, to be put back: `ticks_t old = rpc_set_deadline(deadline_after_ms(100)); ... rpc_set_deadline(old);`
 */
ticks_t rpc_set_deadline(ticks_t deadline);

#endif
