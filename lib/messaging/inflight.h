/* SPDX-License-Identifier: BSD-2-Clause */
/* The calls in flight on a channel, for rpc.c, inflight.c and ump_call.c: a list that upcalls change, so all of this runs disabled. */
#ifndef MESSAGING_INFLIGHT_H
#define MESSAGING_INFLIGHT_H

#include "internal.h"

/* One fragment of LMP: what goes straight, without buffers to be touched. */
#define SHORT_BYTES (8 * MESSAGE_FIRST_WORDS)

static inline void call_unlink(struct channel *channel, struct rpc *rpc)
{
    struct rpc **at = &channel->calls;
    while (*at && *at != rpc)
        at = &(*at)->next;
    if (*at) *at = rpc->next;
}

/* The request's header, with a fresh id. Returns the lower half of the reply's. */
static inline uint32_t call_header(struct channel *channel, struct rpc *rpc)
{
    uint32_t id = channel->next_id++ & 0xffff;
    rpc->w[0] = MESSAGE_HEADER(rpc->method, id, rpc->request_bytes);
    rpc->expected = (uint32_t)MESSAGE_HEADER(rpc->method | MESSAGE_REPLY, id, 0);
    return rpc->expected;
}

/* Into the channel's list, when it has its header. */
static inline void call_link_sent(struct channel *channel, struct rpc *rpc)
{
    channel->direct = NULL;
    rpc->thread = dispatcher.current;
    rpc->state = RPC_WAITING;
    rpc->next = channel->calls;
    channel->calls = rpc;
}

static inline void call_link(struct channel *channel, struct rpc *rpc)
{
    call_header(channel, rpc);
    call_link_sent(channel, rpc);
}

#endif
