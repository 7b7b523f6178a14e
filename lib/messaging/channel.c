/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Binding and closing. A channel is bound by sending BIND, with an endpoint for the replies, to an endpoint of the service:
 * one that names gave, or one that was the channel's to begin with. The answer may hold a better one, made for this client.
 */
#include "internal.h"
#include <caps/caps.h>
#include <idl/init.h>
#include <idl/names.h>
#include <messaging/init.h>
#include <messaging/introduce.h>
#include <threads/thread.h>
#include <caps/slots.h>

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

#define REPEATS 2 /* more, and the request may well be what kills the service */
/*
 * A name that comes and an endpoint of init's are waited for. This is for the moment after a death in which names, or init, has not heard of it
 * yet and answers with what is dead: nobody could tell us when that is over, and it is not for long.
 */
#define RETRY_US 200

static err_t reconnect_by_init(const char *service, cptr_t *endpoint)
{
    return init_reconnect(init_default(), service, endpoint);
}
err_t (*channel_reconnect)(const char *service, cptr_t *endpoint) = reconnect_by_init;

/* The slot's endpoint is its service's dead one: another one takes its place. */
static err_t slot_renew(struct channel *channel)
{
    cptr_t fresh;
    err_t error = channel_reconnect(channel->birth, &fresh);
    if (error) return error;
    cap_delete(channel->slot);
    error = cap_move(channel->slot, fresh);
    if (error) cap_delete(fresh);
    slot_free(fresh);
    return error;
}

/* Until the service is there: it may have been found dead before anybody else noticed, or not be registered yet. */
static err_t bind_again(struct channel *channel)
{
    cptr_t endpoint = 0;
    err_t error = channel->birth ? slot_renew(channel) : ERR_OK;
    if (!error) error = bind(channel);
    if (error == ERR_NOT_FOUND && channel->service) {
        error = names_await(names_default(), channel->service, NULL, &endpoint);
        if (!error) cap_free(endpoint);
        if (!error) error = bind(channel);
    }
    return error;
}

/* The bind lock is held. */
static err_t revive(struct channel *channel)
{
    ticks_t own = thread_deadline(), limit = deadline_after_ms(CONFIG_REBIND_MS);
    err_t error;
    if (!channel->service && !channel->birth) return ERR_PEER_DEAD; /* nobody knows another endpoint */
    thread_set_deadline(own && own < limit ? own : limit);
    channel_unbind(channel, CHANNEL_DEAD, ERR_PEER_DEAD);
    while ((error = bind_again(channel)) && clock_ticks() < thread_deadline())
        thread_sleep_us(RETRY_US);
    thread_set_deadline(own);
    if (error) channel->state = CHANNEL_DEAD;
    return error ? ERR_PEER_DEAD : ERR_OK;
}

err_t channel_revive(struct channel *channel, uint32_t generation)
{
    err_t error = mutex_lock_until(&channel->bind_lock, thread_deadline());
    if (error) return error;
    bool done = channel_is_bound(channel) && channel->generation != generation; /* by another thread */
    error = done ? ERR_OK : revive(channel);
    mutex_unlock(&channel->bind_lock);
    return error;
}

bool channel_repeat(struct channel *channel, uint32_t *tries)
{
    if (!channel->rebinds || ++*tries > REPEATS) return false;
    return channel_is_bound(channel) || channel_bind(channel) == ERR_OK;
}

err_t channel_bind(struct channel *channel)
{
    /* Binding takes slots, which may take RAM of mem: whoever binds mem has to do with the reserve. */
    if (mutex_held(&channel->bind_lock)) return ERR_BUSY;
    err_t error = mutex_lock_until(&channel->bind_lock, thread_deadline());
    if (error) return error;
    if (channel->state == CHANNEL_DEAD)
        error = channel->rebinds ? revive(channel) : ERR_PEER_DEAD;
    else if (!channel_is_bound(channel))
        error = bind(channel);
    if (error == ERR_PEER_DEAD && channel->rebinds && channel->state == CHANNEL_UNBOUND) error = revive(channel);
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
    unsigned tries = 0;
    for (;;) {
        uint32_t seen = room_count;
        dispatcher_disable();
        err_t error = channel_is_bound(channel) ? transport_lmp.send(channel->endpoint, NULL, w, 1, cap) : ERR_CLOSED;
        dispatcher_enable();
        if (error && caps_wait(error, &tries)) continue;
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
    uint32_t tries = 0;
    err_t error;
    do {
        w[1] = pid;
        error = rpc_call(channel, &rpc);
    } while (error == ERR_PEER_DEAD && channel_repeat(channel, &tries));
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
