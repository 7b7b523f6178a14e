/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Binding and closing. A channel is bound by sending BIND, with an endpoint for the replies, to an endpoint of the service:
 * one that names gave, or one that was the channel's to begin with. The answer may hold a better one, made for this client.
 */
#include "internal.h"
#include <caps/caps.h>
#include <idl/names.h>
#include <messaging/init.h>
#include <messaging/introduce.h>

/* Its endpoint is given up; the peer entry is free once the server's copy of ours is gone. */
static void channel_unbind(struct channel *channel, uint32_t state, err_t error)
{
    dispatcher_disable();
    uint32_t peer = channel->peer;
    cptr_t owned = channel->owned ? channel->endpoint : 0;
    struct ump_end *end = channel->ump;
    rpc_fail_all(channel, error);
    channel->state = state;
    channel->peer = 0;
    channel->owned = false;
    channel->endpoint = 0;
    channel->ump = NULL;
    if (peer) peer_remove(peer, false);
    dispatcher_enable();
    cap_free(owned);
    ump_end_close(end);
}

static void channel_hung_up(struct channel *channel)
{
    uint32_t peer = channel->peer;
    rpc_fail_all(channel, ERR_PEER_DEAD);
    channel->state = CHANNEL_DEAD;
    channel->peer = 0;
    peer_remove(peer, true);
    if (channel->hung_up) channel->hung_up(channel);
}

/* Send BIND and take what comes back. */
static err_t bind_exchange(struct channel *channel)
{
    cptr_t reply_endpoint, made = 0;
    uint64_t w[8];
    err_t error = cap_mint_new(&reply_endpoint, SLOT_ENDPOINT, peer_at(channel->peer)->badge,
                               MINT_RING(RING_REPLIES) | MINT_HANGUP);
    if (error) { /* no endpoint with this badge was made: none can hang up */
        dispatcher_disable();
        peer_remove(channel->peer, true);
        channel->peer = 0;
        dispatcher_enable();
        return error;
    }
    struct rpc rpc = {.w = w,
                      .method = MESSAGE_BIND,
                      .reply_room = 8,
                      .caps = &reply_endpoint,
                      .cap_count = 1,
                      .reply_caps = &made,
                      .reply_cap_room = 1};
    error = rpc_exchange(channel, &rpc, true);
    if (error) return error;
    if (made) {
        cptr_t old = channel->owned ? channel->endpoint : 0;
        channel->endpoint = made;
        channel->owned = true;
        cap_free(old);
    }
    return ERR_OK;
}

/* What to bind to: the service itself; or, between cores, the leash, with the other end of the rings and its bell. */
static err_t endpoint_find(struct channel *channel, cptr_t *endpoint, cptr_t *bell, struct ump_end **end)
{
    pid_abi_t pid;
    err_t error = names_lookup(names_default(), channel->service, &pid, endpoint);
    if (error || (*endpoint && !channel->by_ump)) return error;
    cap_free(*endpoint);
    return ump_bind(channel->service, pid, endpoint, bell, end);
}

static err_t bind(struct channel *channel)
{
    cptr_t endpoint = channel->slot, bell = 0;
    struct ump_end *end = NULL;
    err_t error = ERR_OK;
    if (channel->service) error = endpoint_find(channel, &endpoint, &bell, &end);
    if (error) return error;
    channel->endpoint = endpoint;
    channel->owned = channel->service != NULL;
    channel->transport = &transport_lmp;
    error = peer_add(PEER_CHANNEL, channel, &channel->peer);
    if (!error) {
        channel->state = CHANNEL_BINDING;
        error = bind_exchange(channel);
    }
    if (end) ump_channel_start(channel, end, bell);
    dispatcher_disable();
    channel->ump = end;
    if (!error && channel->state != CHANNEL_BINDING) error = ERR_PEER_DEAD;
    if (!error) {
        channel->state = end ? CHANNEL_BOUND_UMP : CHANNEL_BOUND;
        if (end) channel->transport = &transport_ump;
        channel->generation++;
    }
    dispatcher_enable();
    if (error) channel_unbind(channel, CHANNEL_UNBOUND, error);
    return error;
}

err_t channel_bind(struct channel *channel)
{
    err_t error = mutex_lock_until(&channel->bind_lock, thread_deadline());
    if (error) return error;
    if (channel->state == CHANNEL_DEAD)
        error = ERR_PEER_DEAD;
    else if (!channel_is_bound(channel))
        error = bind(channel);
    mutex_unlock(&channel->bind_lock);
    return error;
}

err_t channel_rebind(struct channel *channel)
{
    channel_close(channel);
    return channel_bind(channel);
}

void channel_close(struct channel *channel)
{
    channel_unbind(channel, CHANNEL_UNBOUND, ERR_CLOSED);
}

err_t channel_relay(struct channel *channel, cptr_t cap)
{
    uint64_t w[8] = {MESSAGE_HEADER(MESSAGE_CAP, 0, 0)};
    for (;;) {
        uint32_t seen = room_count;
        dispatcher_disable();
        err_t error = channel_is_bound(channel) ? transport_lmp.send(channel->endpoint, NULL, w, 1, cap) : ERR_CLOSED;
        dispatcher_enable();
        if (error != ERR_LMP_FULL) return error;
        error = room_wait(seen, thread_deadline());
        if (error) return error;
    }
}

err_t channel_introduce(struct channel *channel, uint64_t pid, cptr_t *endpoint)
{
    uint64_t w[8] = {0, pid};
    cptr_t made = 0;
    struct rpc rpc = {
        .w = w, .method = MESSAGE_INTRODUCE, .request_bytes = 8, .reply_room = 8, .reply_caps = &made, .reply_cap_room = 1};
    err_t error = rpc_call(channel, &rpc);
    if (!error && !made) error = ERR_MESSAGE;
    if (!error) *endpoint = made;
    return error;
}

static void peer_hung_up(void *channel)
{
    channel_hung_up(channel);
}

err_t messaging_init(void)
{
    messaging_upcalls.hung_up[PEER_CHANNEL] = peer_hung_up;
    return messaging_ring_replies();
}
