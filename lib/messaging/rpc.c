/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Calls, at the client. A call in flight is a struct rpc on its caller's stack, in its channel's list from before its first fragment
 * goes until its reply is there (inflight.c), it fails, or its caller gives up.
 *
 * A short call with nothing else to do is one system call that sends and blocks.
 */
#include "inflight.h"
#include <caps/caps.h>
#include <caps/slots.h>

void rpc_drop_caps(struct rpc *rpc)
{
    while (rpc->reply_cap_count)
        cap_free(rpc->reply_caps[--rpc->reply_cap_count]);
}

/* Disabled. A channel that is being bound may be called by who binds it. */
static inline err_t channel_check(const struct channel *channel)
{
    if (channel_is_bound(channel) || channel->state == CHANNEL_BINDING) return ERR_OK;
    return channel->state == CHANNEL_DEAD ? ERR_PEER_DEAD : ERR_CLOSED;
}

/* Disabled; enabled on return. The caller gives up: what still comes for it is skipped. */
static err_t call_abandon(struct channel *channel, struct rpc *rpc, err_t error)
{
    if (rpc->state == RPC_WAITING) {
        call_unlink(channel, rpc);
        if (channel->incoming == rpc) channel->incoming = NULL;
        rpc->state = RPC_DONE;
        rpc->error = error;
    }
    dispatcher_enable();
    return rpc->error;
}

/* Enabled. The server need not keep what the call waits for. Best effort: nobody is waited for. */
static void call_cancel(struct channel *channel, const struct rpc *rpc)
{
    uint64_t w[8] = {MESSAGE_HEADER(MESSAGE_CANCEL, MESSAGE_ID(rpc->expected), 0)};
    if (!mutex_trylock(&channel->send_lock)) return;
    channel->direct = NULL;
    if (channel_is_bound(channel)) channel->transport->send(channel->endpoint, channel->ump, w, 1, 0);
    mutex_unlock(&channel->send_lock);
}

/* Disabled; enabled on return. As call_abandon, of a call that was sent. */
static err_t call_give_up(struct channel *channel, struct rpc *rpc, err_t error)
{
    bool waiting = rpc->state == RPC_WAITING;
    error = call_abandon(channel, rpc, error);
    if (waiting) call_cancel(channel, rpc);
    return error;
}

#define ASK_FIRST_US                                                                                                   \
    10000000 /* when it is asked first whether the core of a server is alive; then after twice the time, */
#define ASK_MOST_US 60000000 /* up to this */

/* Disabled; enabled on return. By UMP a dead core would be waited for without end. */
static err_t ump_wait_asking(struct channel *channel, struct rpc *rpc, ticks_t deadline, uint64_t *patience)
{
    ticks_t ask = deadline_after_us(*patience);
    bool asks = !deadline || ask < deadline;
    err_t error = ump_wait(channel, rpc, asks ? ask : deadline);
    if (!asks || error != ERR_TIMEOUT) return error;
    *patience = *patience < ASK_MOST_US / 2 ? 2 * *patience : ASK_MOST_US;
    ump_core_ask(channel);
    return ERR_OK;
}

/* Enabled. */
static err_t call_wait(struct channel *channel, struct rpc *rpc, ticks_t deadline)
{
    uint64_t patience = ASK_FIRST_US;
    for (;;) {
        dispatcher_disable();
        if (rpc->state == RPC_DONE) {
            dispatcher_enable();
            return rpc->error;
        }
        err_t error = channel->ump ? ump_wait_asking(channel, rpc, deadline, &patience) : thread_block(NULL, deadline);
        if (!error) continue;
        dispatcher_disable();
        return call_give_up(channel, rpc, error);
    }
}

/* Enabled; the send lock is held. All fragments, as room allows. */
static err_t request_send(struct channel *channel, struct rpc *rpc, ticks_t deadline)
{
    uint32_t words = 1 + rpc->request_bytes / 8, sent = 0, k = 0;
    unsigned tries = 0;
    err_t cap_error = ERR_OK;
    while (sent < words && rpc->state == RPC_WAITING) {
        uint32_t most = channel->transport->fragment, n = words - sent < most ? words - sent : most, seen = room_count;
        cptr_t cap = k < rpc->cap_count && !cap_error ? rpc->caps[k] : 0;
        uint64_t last[8];
        for (uint32_t i = 0; i < 8; i++)
            last[i] = i < n ? rpc->w[sent + i] : 0;
        dispatcher_disable(); /* once the channel is closed its endpoint's slot may be another's */
        err_t error = ERR_OK;
        if (rpc->state == RPC_WAITING) error = channel->transport->send(channel->endpoint, channel->ump, last, n, cap);
        dispatcher_enable();
        if (error == ERR_LMP_FULL) {
            error = room_wait(seen, deadline);
            if (error && sent == 0) return error;
            if (error) { /* the server waits for the rest: this channel is of no use any more */
                channel_close(channel);
                return error;
            }
            continue;
        }
        if (error && caps_wait(error, &tries)) continue;
        if (error && cap && error != ERR_PEER_DEAD && sent) { /* a bad capability: finish without, the server refuses it */
            cap_error = error;
            continue;
        }
        if (error) return error;
        rpc->sent = true;
        sent += n;
        k++;
    }
    return cap_error;
}

static void request_give(struct rpc *rpc, bool give)
{
    for (uint32_t i = 0; give && i < rpc->cap_count; i++)
        cap_free(rpc->caps[i]);
}

/* Long requests, and those that find no room, or others to run. */
static err_t exchange_slowly(struct channel *channel, struct rpc *rpc, ticks_t deadline, bool give)
{
    err_t error = mutex_lock_until(&channel->send_lock, deadline);
    if (error) {
        request_give(rpc, give);
        return error;
    }
    dispatcher_disable();
    error = channel_check(channel);
    if (!error) call_link(channel, rpc);
    dispatcher_enable();
    bool linked = !error;
    if (!error) error = request_send(channel, rpc, deadline);
    mutex_unlock(&channel->send_lock);
    request_give(rpc, give);
    if (!error) return call_wait(channel, rpc, deadline);
    if (!linked) return error;
    dispatcher_disable();
    return call_abandon(channel, rpc, error);
}

static void page_touch(volatile char *at)
{
    char byte = *at;
    *at = byte;
}

/* Touch what the upcall will write to. */
static void buffer_touch(struct rpc *rpc)
{
    volatile char *start = (volatile char *)rpc->w, *end = start + 8 + rpc->reply_room;
    for (volatile char *p = start; p < end; p += PAGE_SIZE)
        page_touch(p);
    page_touch(end - 1);
}

/* What the transport says, or else the reply. */
static err_t call_result(struct rpc *rpc, err_t error)
{
    if (!error) error = (err_t)rpc->w[1];
    if (error) rpc_drop_caps(rpc);
    return error;
}

/* Any call, in as many system calls as it takes. */
__attribute__((noinline)) err_t rpc_exchange(struct channel *channel, struct rpc *rpc, bool give)
{
    rpc->reply_cap_count = 0;
    rpc->sent = false;
    if (rpc->reply_room > SHORT_BYTES) buffer_touch(rpc);
    if (rpc->reply_cap_room) slots_top_up();
    return call_result(rpc, exchange_slowly(channel, rpc, dispatcher_deadline(), give));
}

/* Of a capability the second operand is more than SHORT_BYTES. */
static inline bool call_fits_ump(const struct rpc *rpc)
{
    return rpc->request_bytes <= 8 * (UMP_FRAGMENT - 1) &&
           (rpc->reply_room | (rpc->cap_count | rpc->reply_cap_room) << 6) <= SHORT_BYTES;
}

/* The server was found dead before anything went to it: where its successor may be bound the call is as if it had just begun. */
static __attribute__((noinline)) err_t call_unsent(struct channel *channel, struct rpc *rpc, err_t error,
                                                   uint32_t generation)
{
    if (error != ERR_PEER_DEAD || rpc->sent || !channel->rebinds) return error;
    error = channel_revive(channel, generation);
    return error ? error : rpc_exchange(channel, rpc, false);
}

static __attribute__((noinline)) err_t call_otherwise(struct channel *channel, struct rpc *rpc)
{
    bool dead = channel->state == CHANNEL_DEAD && !channel->rebinds;
    err_t error = channel_is_bound(channel) ? ERR_OK : dead ? ERR_PEER_DEAD : channel_bind(channel);
    uint32_t generation = channel->generation;
    if (!error) error = rpc_exchange(channel, rpc, false);
    return call_unsent(channel, rpc, error, generation);
}

err_t rpc_await(struct channel *channel, struct rpc *rpc)
{
    return call_result(rpc, call_wait(channel, rpc, dispatcher_deadline()));
}

/* A short call that did not go (disabled), or came back without its reply (enabled). Enabled on return. */
static __attribute__((noinline)) err_t call_failed(struct channel *channel, struct rpc *rpc, struct context_result result)
{
    err_t error;
    if (!result.resumed) {
        thread_block_cancel();
        call_unlink(channel, rpc);
        dispatcher_enable();
        error = channel->transport->error(result.value);
        if (error == ERR_L2_LOOKUP && endpoint_is_gone(channel->endpoint)) error = ERR_PEER_DEAD;
        if (error == ERR_LMP_FULL || error == ERR_RETRY_THROUGH_MONITOR) return rpc_exchange(channel, rpc, false);
        rpc->sent = false;
        return call_unsent(channel, rpc, error, channel->generation);
    }
    if (result.value) {
        dispatcher_disable();
        error = call_give_up(channel, rpc, (err_t)result.value);
    } else {
        error = call_wait(channel, rpc, dispatcher_deadline());
    }
    return call_result(rpc, error);
}

/* One fragment there and one back. Both lengths are multiples of 8; two capabilities are more than SHORT_BYTES, too. */
static inline bool call_is_short(const struct rpc *rpc)
{
    return (rpc->request_bytes | rpc->reply_room | rpc->cap_count << 5) <= SHORT_BYTES;
}

/* Disabled; enabled on return. One system call that sends and blocks, if it is bound by LMP and there is nothing else to do. */
static inline __attribute__((always_inline)) err_t lmp_call(struct channel *channel, struct rpc *rpc)
{
    rpc->reply_cap_count = 0;
    if (dispatcher.ready.first || channel->send_lock.owner || channel->state != CHANNEL_BOUND) {
        dispatcher_enable();
        return call_otherwise(channel, rpc);
    }
    call_link(channel, rpc);
    struct context_result result =
        channel->transport->send_and_block(rpc->thread, rpc->w, 1 + rpc->request_bytes / 8, channel->endpoint,
                                           rpc->cap_count ? rpc->caps[0] : 0, dispatcher_deadline());
    if (rpc->state != RPC_DONE || !result.resumed) return call_failed(channel, rpc, result);
    err_t error = rpc->error ? rpc->error : (err_t)rpc->w[1];
    if (error && rpc->reply_cap_count) rpc_drop_caps(rpc);
    return error;
}

err_t rpc_call(struct channel *channel, struct rpc *rpc)
{
    if (channel->state == CHANNEL_BOUND_UMP && call_fits_ump(rpc)) return ump_call(channel, rpc);
    if (!call_is_short(rpc)) return call_otherwise(channel, rpc);
    if (rpc->reply_cap_room) slots_top_up();
    dispatcher_disable();
    return lmp_call(channel, rpc);
}

/* Disabled; enabled on return. A short call that does not go straight to another core. */
static __attribute__((noinline)) err_t short_otherwise(struct channel *channel, uint64_t *w, uint64_t request,
                                                       uint64_t reply)
{
    struct rpc rpc;
    err_t error;
    rpc_of_short(&rpc, w, request, reply);
    if (channel->state == CHANNEL_BOUND_UMP) {
        dispatcher_enable();
        error = ump_call(channel, &rpc);
    } else {
        error = lmp_call(channel, &rpc);
    }
    return error || rpc.reply_bytes == rpc.reply_room ? error : ERR_MESSAGE;
}

/* The same of one that has gone, but whose reply is not just what it should be. */
static __attribute__((noinline)) err_t short_on(struct channel *channel, uint64_t *w, uint64_t reply, unsigned answer)
{
    struct rpc rpc;
    rpc_of_short(&rpc, w, w[0], reply); /* of use if it has not gone: then that is still the request's header */
    rpc.expected = (uint32_t)reply;
    err_t error = ump_call_on(channel, &rpc, answer);
    return error || rpc.reply_bytes == rpc.reply_room ? error : ERR_MESSAGE;
}

err_t rpc_short(struct channel *channel, uint64_t *w, uint64_t request, uint64_t reply)
{
    dispatcher_disable();
    struct ump_end *end = channel->direct;
    if (!end) return short_otherwise(channel, w, request, reply);
    uint64_t id = (uint64_t)(channel->next_id++ & 0xffff) << 16;
    w[0] = request | id;
    reply |= id;
    unsigned answer = ump_ask(&end->ring, w, MESSAGE_HEADER_WORDS(request), w, end->looks);
    if (w[0] != reply || answer != MESSAGE_HEADER_WORDS(reply)) return short_on(channel, w, reply, answer);
    dispatcher_enable();
    return (err_t)w[1];
}

ticks_t rpc_set_deadline(ticks_t deadline)
{
    return thread_set_deadline(deadline);
}
