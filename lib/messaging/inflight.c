/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What comes for calls in flight (rpc.c). Replies are put together by the upcall, disabled, straight into the caller's buffer, whose pages
 * rpc_exchange() touches before. What is no reply, or nobody's any more, is dropped with its capability.
 */
#include "inflight.h"
#include <caps/caps.h>

/* Disabled. The thread to wake. */
static struct thread *call_done(struct channel *channel, struct rpc *rpc, err_t error)
{
    call_unlink(channel, rpc);
    rpc->state = RPC_DONE;
    rpc->error = error;
    return rpc->thread;
}

void rpc_fail_all(struct channel *channel, err_t error)
{
    channel->direct = NULL;
    channel->incoming = NULL;
    channel->skip = 0;
    while (channel->calls)
        thread_wake(call_done(channel, channel->calls, error), ERR_OK);
}

/* By UMP a capability comes in a slot of its own, by LMP in one of the ring's. */
static void drop_cap(struct channel *channel, struct lmp_slot *message)
{
    if (!channel->ump) {
        message_drop_cap(message);
    } else {
        cap_free(message->cap);
        message->cap = 0;
    }
}

/* Disabled. */
static void reply_cap(struct channel *channel, struct rpc *rpc, struct lmp_slot *message)
{
    if (!message->cap) return;
    if (rpc->reply_cap_count >= rpc->reply_cap_room) {
        drop_cap(channel, message);
        rpc->error = ERR_MESSAGE;
        return;
    }
    cptr_t cap = channel->ump ? message->cap : message_take_cap(message, &rpc->error);
    if (cap) rpc->reply_caps[rpc->reply_cap_count++] = cap;
}

/* Disabled. The fragment's words go to where they belong; those beyond the caller's room are dropped. */
static void reply_words(struct rpc *rpc, const struct lmp_slot *message)
{
    uint32_t room = 1 + rpc->reply_room / 8, at = rpc->received;
    for (uint32_t i = 0; i < message->words && at + i < room; i++)
        rpc->w[at + i] = message->w[i];
    rpc->received = at + message->words;
}

/* Disabled. */
static struct thread *reply_continues(struct channel *channel, struct lmp_slot *message)
{
    struct rpc *rpc = channel->incoming;
    uint32_t left = 1 + rpc->reply_bytes / 8 - rpc->received, most = channel->transport->fragment;
    if (message->words != (left < most ? left : most)) {
        drop_cap(channel, message);
        channel->incoming = NULL;
        return call_done(channel, rpc, ERR_MESSAGE);
    }
    reply_cap(channel, rpc, message);
    reply_words(rpc, message);
    if (left > most) return NULL;
    channel->incoming = NULL;
    return call_done(channel, rpc, rpc->error);
}

/* Disabled. The first fragment of a reply, whatever it looks like. */
static struct thread *reply_begins(struct channel *channel, struct lmp_slot *message)
{
    uint64_t header = message->words ? message->w[0] : 0;
    uint32_t bytes = MESSAGE_BYTES(header), words = 1 + bytes / 8, most = channel->transport->fragment;
    struct rpc *rpc = channel->calls;
    while (rpc && rpc->expected != (uint32_t)header)
        rpc = rpc->next;
    if (bytes % 8 || bytes < 8 || bytes > MESSAGE_BYTES_MAX || message->words != (words < most ? words : most)) {
        drop_cap(channel, message);
        return rpc ? call_done(channel, rpc, ERR_MESSAGE) : NULL;
    }
    channel->skip = words - message->words;
    if (!rpc) {
        drop_cap(channel, message);
        return NULL;
    }
    rpc->received = 0;
    rpc->reply_bytes = bytes;
    rpc->error = bytes > rpc->reply_room ? ERR_TOO_LONG : ERR_OK;
    reply_cap(channel, rpc, message);
    reply_words(rpc, message);
    if (words <= most) return call_done(channel, rpc, rpc->error);
    channel->incoming = rpc;
    return NULL;
}

/* A whole reply to the only call, without a capability. */
static inline __attribute__((always_inline)) bool reply_is_usual(const struct channel *channel,
                                                                 const struct lmp_slot *message)
{
    const struct rpc *rpc = channel->calls;
    uint32_t bytes = MESSAGE_BYTES(message->w[0]);
    return !(!rpc || rpc->next || rpc->expected != (uint32_t)message->w[0] || message->cap || bytes % 8 || bytes < 8 ||
             bytes > rpc->reply_room || message->words != 1 + bytes / 8 || channel->skip);
}

static inline __attribute__((always_inline)) struct thread *reply_take(struct channel *channel,
                                                                       const struct lmp_slot *message)
{
    struct rpc *rpc = channel->calls;
    words_copy(rpc->w, message->w);
    channel->calls = NULL;
    rpc->reply_bytes = MESSAGE_BYTES(message->w[0]);
    rpc->error = ERR_OK;
    rpc->state = RPC_DONE;
    return rpc->thread;
}

struct thread *reply_on(struct channel *channel, struct lmp_slot *message)
{
    if (channel->ump && reply_is_usual(channel, message)) return reply_take(channel, message);
    if (!channel->skip) return reply_begins(channel, message);
    channel->skip -= message->words < channel->skip ? message->words : channel->skip;
    if (channel->incoming) return reply_continues(channel, message);
    drop_cap(channel, message);
    return NULL;
}

/* What came by LMP but not as usual: on a leash only capabilities come. */
static __attribute__((noinline)) struct thread *reply_slowly(struct channel *channel, struct lmp_slot *message)
{
    bool relayed = message->words == 1 && MESSAGE_METHOD(message->w[0]) == MESSAGE_CAP;
    err_t error;
    if (!relayed && channel->state != CHANNEL_BOUND_UMP) return reply_on(channel, message);
    if (relayed && channel->ump)
        ump_channel_cap(channel, message);
    else if (relayed && channel->relay)
        channel->relay(channel, message_take_cap(message, &error));
    else
        message_drop_cap(message);
    return NULL;
}

static __attribute__((noinline)) struct thread *reply_stray(struct lmp_slot *message)
{
    message_drop_cap(message);
    return NULL;
}

struct thread *reply_arrived(struct lmp_slot *message)
{
    struct peer *peer = peer_find(message->badge, PEER_CHANNEL);
    if (!peer) return reply_stray(message);
    struct channel *channel = peer->object;
    return reply_is_usual(channel, message) ? reply_take(channel, message) : reply_slowly(channel, message);
}
