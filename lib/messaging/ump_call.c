/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * UMP at the client: binding, short calls, and waiting for replies. Whoever waits looks into the ring himself, for a while, and takes
 * out all that is there, also for others; then he has the doorbell rung and sleeps, and the upcall does the same.
 */
#include "inflight.h"
#include <caps/caps.h>
#include <idl/monitor.h>

/* Disabled. The server wrote what cannot be, or the frame is gone: the channel ends. */
static void channel_broken(struct channel *channel)
{
    rpc_fail_all(channel, ERR_MESSAGE);
    channel->state = CHANNEL_DEAD; /* its leash stays until it is closed; the server hears of it then */
}

/* Disabled. Take what has come; bounded, so that no server keeps us here. */
static void drain(struct channel *channel)
{
    struct ump_end *end = channel->ump;
    struct lmp_slot message;
    message.w[UMP_FRAGMENT] = 0; /* the eighth word of those that are copied */
    for (uint32_t left = UMP_SLOTS_MAX; left && channel->state == CHANNEL_BOUND_UMP; left--) {
        err_t error = ump_end_receive(end, &message);
        if (error == ERR_AGAIN) return;
        if (error) {
            channel_broken(channel);
            return;
        }
        struct thread *thread = reply_on(channel, &message);
        if (thread) thread_wake(thread, ERR_OK);
        if (!channel->calls && !channel->skip) return; /* what else comes can wait for the next call */
    }
}

/*
 * The doorbell, disabled: what is in the ring is taken, and it is rung again while somebody waits. If there is more already, one of those
 * who wait goes on.
 */
static void rung(struct ump_end *end)
{
    struct channel *channel = end->object;
    drain(channel);
    if (channel->state == CHANNEL_BOUND_UMP && channel->calls && !ump_end_sleep(end))
        thread_wake(channel->calls->thread, ERR_OK);
}

void ump_channel_cap(struct channel *channel, struct lmp_slot *message)
{
    err_t error;
    cptr_t cap = message_take_cap(message, &error); /* 0: it could not come, and is missed by who waits for it */
    if (ump_end_cap(channel->ump, cap)) {
        cap_free(cap);
        channel_broken(channel);
    }
}

void ump_core_ask(struct channel *channel)
{
    dispatcher_disable();
    coreid_t core = channel->ump && channel->ump->away ? channel->ump->core : DISPATCHER_FRAME->core;
    dispatcher_enable();
    if (core != DISPATCHER_FRAME->core)
        monitor_kernel_info_of(monitor_default(), core, KINFO_COUNTS, NULL, NULL, NULL, NULL);
}

err_t ump_wait(struct channel *channel, struct rpc *rpc, ticks_t deadline)
{
    drain(channel);
    if (rpc->state == RPC_DONE || !ump_end_sleep(channel->ump)) {
        dispatcher_enable();
        return ERR_OK;
    }
    return thread_block(NULL, deadline);
}

/* Disabled. What has been taken straight into the buffer of the only call is not its reply, or not a whole one. */
static void taken_otherwise(struct channel *channel, const struct rpc *rpc, unsigned tag)
{
    struct lmp_slot message = {0};
    for (unsigned i = 0; i < UMP_WORDS; i++)
        message.w[i] = rpc->w[i];
    err_t error = ump_end_taken(channel->ump, &message, tag);
    if (!error)
        reply_on(channel, &message); /* the thread to wake is this one */
    else if (error != ERR_AGAIN)
        channel_broken(channel);
}

err_t ump_call_on(struct channel *channel, struct rpc *rpc, unsigned answer)
{
    struct ump_end *end = channel->ump;
    uint32_t seen = room_count;
    rpc->reply_cap_count = 0;
    if (answer == UMP_UNSENT) {
        dispatcher_enable();
        return rpc_exchange(channel, rpc, false); /* finds out what it is, and waits */
    }
    call_link_sent(channel, rpc);
    if (answer == UMP_RING)
        doorbell_ring(end->bell);
    else if (answer != UMP_SENT)
        taken_otherwise(channel, rpc, answer);
    bool waits = rpc->state == RPC_WAITING && channel->state == CHANNEL_BOUND_UMP;
    dispatcher_enable();
    if (waits) ump_await(&end->ring.in, end->polls, &room_count, seen);
    return rpc_await(channel, rpc);
}

/* The short way: nobody else uses the channel, and nobody can until it is enabled again. */
err_t ump_call(struct channel *channel, struct rpc *rpc)
{
    struct ump_end *end;
    uint64_t *w = rpc->w;
    dispatcher_disable();
    if (channel->send_lock.owner || channel->state != CHANNEL_BOUND_UMP || channel->calls || channel->skip ||
        (end = channel->ump)->holding) {
        dispatcher_enable();
        return rpc_exchange(channel, rpc, false);
    }
    uint32_t expected = call_header(channel, rpc);
    unsigned answer = ump_ask(&end->ring, w, 1 + rpc->request_bytes / 8, w, end->looks);
    uint32_t bytes = MESSAGE_BYTES(w[0]);
    if (8 * answer == 8 + bytes && (uint32_t)w[0] == expected && bytes >= 8 && bytes <= rpc->reply_room) {
        channel->direct = end;
        dispatcher_enable();
        rpc->reply_bytes = bytes;
        rpc->reply_cap_count = 0;
        return (err_t)w[1];
    }
    return ump_call_on(channel, rpc, answer);
}

err_t ump_bind(const char *name, pid_abi_t pid, cptr_t *leash, cptr_t *bell, struct ump_end **end)
{
    cptr_t frame, own_bell;
    err_t error = ump_bell(&own_bell);
    if (error) return error;
    error = monitor_bind(monitor_default(), name, pid, CONFIG_UMP_SLOTS, own_bell, &frame, leash, bell);
    cap_free(own_bell);
    if (error) return error;
    error = ump_end_open(frame, CONFIG_UMP_SLOTS, 0, (coreid_t)(pid >> 32), end);
    cap_free(frame); /* the mapping keeps it */
    if (error) {
        cap_free(*leash); /* which ends all of it */
        cap_free(*bell);
    }
    return error;
}

void ump_channel_start(struct channel *channel, struct ump_end *end, cptr_t bell)
{
    ump_end_start(end, bell, rung, channel);
}
