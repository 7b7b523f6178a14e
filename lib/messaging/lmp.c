/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * LMP (abi/syscall.h): sending fragments, taking what comes in out of rings and signals, and waiting for room. The
 * upcalls run disabled; replies are given to their callers there, requests wait in the ring for the server's thread.
 */
#include "internal.h"
#include <arch/syscall.h>
#include <caps/caps.h>
#include <caps/slots.h>

struct messaging_upcalls messaging_upcalls;

static struct dispatcher_frame *const frame = DISPATCHER_FRAME;
static struct thread_queue room_waiters;

_Static_assert(RING_OFFSET_REQUESTS + CONFIG_LMP_RING_SLOTS * sizeof(struct lmp_slot) <= 16384, "rings do not fit");

cptr_t message_take_cap(struct lmp_slot *message, err_t *error)
{
    cptr_t from = message->cap, to;
    if (!from) return 0;
    message->cap = 0;
    *error = slot_alloc_reserved(&to);
    if (!*error) {
        *error = cap_move(to, from);
        if (!*error) return to;
        slot_free(to);
    }
    cap_delete(from);
    return 0;
}

void message_drop_cap(struct lmp_slot *message)
{
    if (message->cap) cap_delete(message->cap);
    message->cap = 0;
}

static err_t lmp_error(err_t error)
{
    switch (error) {
    case ERR_LMP_SLOT:
        return ERR_LMP_FULL;
    case ERR_ENDPOINT_DEAD:
        return ERR_PEER_DEAD;
    default:
        return error;
    }
}

/* Whoever destroys a process revokes the endpoints to it, so that the slot may be empty before we hear of its end. */
bool endpoint_is_gone(cptr_t endpoint)
{
    struct cap_info info;
    return cap_identify(endpoint, &info) == ERR_L2_LOOKUP;
}

static err_t lmp_send(cptr_t endpoint, struct ump_end *ump, const uint64_t *w, unsigned words, cptr_t cap)
{
    (void)ump;
    err_t error = sys_lmp(endpoint, w, words, cap, LMP_WAKE);
    if (error == ERR_L2_LOOKUP && endpoint_is_gone(endpoint)) error = ERR_PEER_DEAD;
    return error ? lmp_error(error) : ERR_OK;
}

static err_t lmp_error_of(uint64_t value)
{
    return lmp_error((err_t)value);
}

const struct transport transport_lmp = {"LMP", LMP_FRAGMENT, lmp_send, thread_block_sending, lmp_error_of};

uint32_t room_count;

err_t room_wait(uint32_t seen, ticks_t deadline)
{
    dispatcher_disable();
    if (room_count == seen) return thread_block(&room_waiters, deadline);
    dispatcher_enable();
    return ERR_OK;
}

static void signals_take(void)
{
    uint64_t summary = __atomic_exchange_n(&frame->signal_summary, 0, __ATOMIC_RELAXED);
    for (; summary; summary &= summary - 1) {
        uint32_t word = (uint32_t)__builtin_ctzll(summary);
        if (word >= DISP_SIGNALS / 64) return;
        uint64_t bits = __atomic_exchange_n(&frame->signals[word], 0, __ATOMIC_RELAXED);
        for (; bits; bits &= bits - 1) {
            uint32_t index = word * 64 + (uint32_t)__builtin_ctzll(bits);
            struct peer *peer = peer_at(index);
            if (peer && peer->kind == PEER_CLOSING)
                peer->kind = PEER_FREE;
            else if (peer && messaging_upcalls.hung_up[peer->kind])
                messaging_upcalls.hung_up[peer->kind](peer->object);
        }
    }
}

static void upcall_pending(void)
{
    *(volatile uint32_t *)&frame->pending = 0;
    for (struct lmp_slot *slot; (slot = ring_first(RING_REPLIES)); ring_next(RING_REPLIES)) {
        struct thread *thread = reply_arrived(slot);
        if (thread) thread_wake(thread, ERR_OK);
    }
    if (frame->signal_summary) signals_take();
    room_count++;
    while (room_waiters.first)
        thread_wake(room_waiters.first, ERR_OK);
    if (messaging_upcalls.pending) messaging_upcalls.pending();
}

static struct thread *upcall_stray(struct lmp_slot *message)
{
    message_drop_cap(message);
    return NULL;
}

static const struct dispatcher_hooks hooks = {upcall_pending};

err_t messaging_ring_requests(void)
{
    cptr_t receive;
    err_t error = slot_alloc_run(CONFIG_LMP_RING_SLOTS, &receive);
    if (error) return error;
    error = disp_ring(SLOT_DISPATCHER, RING_REQUESTS, RING_OFFSET_REQUESTS, CONFIG_LMP_RING_SLOTS, receive);
    if (error) slot_free_run(receive, CONFIG_LMP_RING_SLOTS);
    return error;
}

err_t messaging_ring_replies(void)
{
    dispatcher_hooks = &hooks;
    for (unsigned ring = 0; ring < DISP_RINGS; ring++)
        dispatcher_messages[ring] = ring == RING_REPLIES ? reply_arrived : upcall_stray;
    return disp_ring(SLOT_DISPATCHER, RING_REPLIES, RING_OFFSET_REPLIES, CONFIG_LMP_REPLY_SLOTS, SLOT_FIRST_FREE);
}
