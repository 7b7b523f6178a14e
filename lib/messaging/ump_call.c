/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * UMP at the client: binding, short calls, and waiting for replies. Whoever waits looks into the ring himself, for a while, and takes
 * out all that is there, also for others; then he has the doorbell rung and sleeps, and the upcall does the same.
 */
#include "inflight.h"
#include <caps/caps.h>
#include <idl/monitor.h>
#include <paging/ram.h>

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
    *(volatile uint32_t *)&DISPATCHER_FRAME->pending = 1;
}

/* The doorbell, disabled: what is in the ring is taken, and it is rung again while somebody waits. */
static void rung(struct ump_end *end)
{
    struct channel *channel = end->object;
    do
        drain(channel);
    while (channel->state == CHANNEL_BOUND_UMP && channel->calls && !*(volatile uint32_t *)&DISPATCHER_FRAME->pending &&
           !ump_end_sleep(end));
}

void ump_channel_cap(struct channel *channel, struct lmp_slot *message)
{
    err_t error = ERR_OK;
    cptr_t cap = message_take_cap(message, &error);
    if (!error) error = ump_end_cap(channel->ump, cap);
    if (error) { /* its message would wait for ever */
        cap_free(cap);
        channel_broken(channel);
    }
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

err_t ump_call(struct channel *channel, struct rpc *rpc)
{
    rpc->reply_cap_count = 0;
    dispatcher_disable();
    if (channel->send_lock.owner || channel->state != CHANNEL_BOUND_UMP) {
        dispatcher_enable();
        return rpc_exchange(channel, rpc, false);
    }
    struct ump_end *end = channel->ump;
    unsigned words = 1 + rpc->request_bytes / 8;
    call_link(channel, rpc);
    err_t error = ump_put(&end->ring.out, rpc->w, words, (uint8_t)words);
    if (error && error != ERR_AGAIN) {
        call_unlink(channel, rpc);
        dispatcher_enable();
        return rpc_exchange(channel, rpc, false); /* finds out what it is */
    }
    if (error) doorbell_ring(end->bell);
    dispatcher_enable();
    if (end->polls) ump_poll(&end->ring.in, end->polls);
    return rpc_await(channel, rpc);
}

/* A frame of the process's own memory, zero. */
static err_t frame_make(uint64_t bytes, cptr_t *frame)
{
    cptr_t ram;
    err_t error = ram_alloc(bytes, &ram);
    if (error) return error;
    error = cap_retype_new(frame, ram, 0, CAP_FRAME, bytes);
    cap_free(ram);
    return error;
}

err_t ump_bind(const char *name, pid_abi_t pid, cptr_t *leash, cptr_t *bell, struct ump_end **end)
{
    cptr_t frame = 0, own_bell = 0;
    err_t error = frame_make(UMP_PAGES(CONFIG_UMP_SLOTS), &frame);
    if (error) return error;
    error = ump_end_open(frame, CONFIG_UMP_SLOTS, 0, (coreid_t)(pid >> 32), end);
    if (!error) {
        error = ump_bell(&own_bell);
        if (!error) error = monitor_bind(monitor_default(), name, pid, CONFIG_UMP_SLOTS, frame, own_bell, leash, bell);
        if (error) ump_end_close(*end);
    }
    cap_free(own_bell);
    cap_free(frame); /* the mapping keeps it */
    return error;
}

void ump_channel_start(struct channel *channel, struct ump_end *end, cptr_t bell)
{
    ump_end_start(end, bell, rung, channel);
}
