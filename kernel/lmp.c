/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Messages on one core. lmp_syscall() looks everything up and checks it, then nothing can fail: the capability
 * is copied, the words go into the receiver's registers or its ring, and the sender blocks if it said so.
 */
#include <arch/context.h>
#include <kernel/cspace.h>
#include <kernel/lmp.h>
#include <kernel/lmp_deliver.h>
#include <kernel/mdb.h>
#include <kernel/sched.h>

#define WAKE_BATCH 16

static struct list crowd = LIST_INIT(crowd); /* the last struct lmp_wait of those that have all their places taken */
static struct list to_wake = LIST_INIT(to_wake); /* struct lmp_wait of those whose receiver has made room */

struct message {
    struct dcb *receiver;
    struct lmp_ring *ring;
    struct cap *endpoint;
    struct slot *cap_from; /* 0: no capability */
    struct slot *cap_to;
    cptr_t cap_cptr;
    unsigned words;
    bool direct; /* the receiver waits for it: into its registers. Decided once: the frame may change. */
};

/*
 * Remember the sender once per receiver. One that has all its places taken is remembered with all such senders, who try again when any of the
 * receivers that they found without room has made some: never a lost wake-up, and never one that comes at once, which would keep those that
 * it outranks from making room at all.
 */
static void wait_for_room(struct dcb *sender, const struct message *message, bool slot)
{
    struct dcb *receiver = message->receiver;
    uint8_t *rings = slot ? &receiver->wait_slots : &receiver->wait_rings;
    *rings |= (uint8_t)(1u << (message->ring - receiver->ring));
    struct lmp_wait *free = NULL;
    for (unsigned n = 0; n < DCB_WAITS; n++) {
        struct lmp_wait *wait = &sender->waits[n];
        if (wait->receiver == receiver) {
            return;
        }
        if (wait->receiver == NULL) {
            free = wait;
        }
    }
    receiver->has_waiters = true;
    struct list *list = &receiver->waiters;
    if (free == NULL) {
        receiver->wait_crowd = true;
        free = &sender->waits[DCB_WAITS];
        if (free->receiver != NULL) return;
        list = &crowd;
    }
    free->waiter = sender;
    free->receiver = receiver;
    list_insert(list, &free->link);
}

static void wait_end(struct lmp_wait *wait)
{
    list_remove(&wait->link);
    wait->receiver = NULL;
}

static bool is_waited_for(const struct dcb *dcb)
{
    return !list_empty(&dcb->waiters) || dcb->wait_crowd;
}

static void wake_waiters(struct dcb *dcb)
{
    if (!is_waited_for(dcb)) return;
    if (dcb->wait_crowd) list_splice(&to_wake, &crowd);
    list_splice(&to_wake, &dcb->waiters);
    dcb->wait_rings = dcb->wait_slots = dcb->wait_crowd = 0;
    core.wanted = true;
}

/* Is there now what somebody waits for at this ring? */
static bool ring_has_room(struct dcb *dcb, unsigned n)
{
    struct lmp_ring *ring = &dcb->ring[n];
    if (ring->slots == 0 || ring->head - dcb->frame->ring[n].tail >= ring->slots) {
        return false;
    }
    struct slot *empty;
    cptr_t receive = ring->receive + (ring->head & (ring->slots - 1));
    return (dcb->wait_rings & (1u << n)) != 0 ||
           (ring->receive != 0 && cspace_find_empty(&dcb->cspace.cap, receive, &empty) == ERR_OK);
}

/*
 * Only if room was made indeed: a waiter that found none again would wait again, and one that outranks the
 * receiver would so keep it from ever making any.
 */
void lmp_room_made(struct dcb *dcb)
{
    if (!is_waited_for(dcb)) {
        return;
    }
    bool room = dcb->frame == NULL;
    for (unsigned n = 0; n < DISP_RINGS && !room; n++) {
        room = ((dcb->wait_rings | dcb->wait_slots) & (1u << n)) != 0 && ring_has_room(dcb, n);
    }
    if (room) {
        wake_waiters(dcb);
    }
}

bool lmp_wake_some(void)
{
    for (unsigned n = 0; n < WAKE_BATCH && !list_empty(&to_wake); n++) {
        struct lmp_wait *wait = list_entry(to_wake.next, struct lmp_wait, link);
        wait_end(wait);
        dispatcher_notify(wait->waiter);
    }
    return !list_empty(&to_wake);
}

void lmp_forget(struct dcb *dcb)
{
    for (unsigned n = 0; n <= DCB_WAITS; n++) {
        if (dcb->waits[n].receiver != NULL) {
            wait_end(&dcb->waits[n]);
        }
    }
    wake_waiters(dcb); /* they try again, and find it dead */
}

err_t lmp_ring_set(struct dcb *dcb, uint64_t ring, uint64_t offset, uint64_t slots, uint64_t receive)
{
    if (ring >= DISP_RINGS || receive > UINT32_MAX || (receive & CPTR_L1) != 0) {
        return ERR_ARGUMENT;
    }
    if (slots == 0) {
        dcb->ring[ring] = (struct lmp_ring){0};
        return ERR_OK;
    }
    if (slots < 4 || slots > 1024 || (slots & (slots - 1)) != 0) {
        return ERR_ARGUMENT;
    }
    if (offset % 8 != 0) {
        return ERR_ALIGNMENT;
    }
    if (dcb->frame == NULL) {
        return ERR_DISPATCHER_STATE;
    }
    if (offset < DISP_FRAME_RINGS || offset > dcb->frame_bytes ||
        slots * sizeof(struct lmp_slot) > dcb->frame_bytes - offset) {
        return ERR_ARGUMENT;
    }
    dcb->ring[ring] = (struct lmp_ring){.slots = slots, .offset = offset, .receive = receive};
    dcb->frame->ring[ring] = (struct lmp_ring_index){0, 0};
    wake_waiters(dcb);
    return ERR_OK;
}

/* The slot that the ring's next message will use takes the capability. */
static err_t find_receive_slot(struct message *message)
{
    if (message->ring->receive == 0) {
        return ERR_LMP_SLOT;
    }
    message->cap_cptr = message->ring->receive + (message->ring->head & (message->ring->slots - 1));
    err_t err = cspace_find_empty(&message->receiver->cspace.cap, message->cap_cptr, &message->cap_to);
    return err == ERR_OK ? ERR_OK : ERR_LMP_SLOT;
}

static void deliver_ring(const struct message *message, const uint64_t *x)
{
    struct lmp_ring *ring = message->ring;
    struct dispatcher_frame *frame = message->receiver->frame;
    struct lmp_slot *slots = (struct lmp_slot *)((char *)frame + ring->offset);
    struct lmp_slot *slot = &slots[ring->head & (ring->slots - 1)];
    slot->badge = message->endpoint->badge;
    slot->words = message->words;
    slot->cap = message->cap_cptr;
    copy_words(slot->w, x, message->words);
    ring->head++;
    frame->ring[ring - message->receiver->ring].head = ring->head;
    dispatcher_notify(message->receiver);
}

/* The sender has asked to block. If something came in for it meanwhile, it looks at that first. */
static bool block_sender(struct dcb *sender, uint64_t deadline)
{
    if (sender->has_waiters) {
        sender->has_waiters = is_waited_for(sender); /* they may have been woken, or have ended */
    }
    bool wanted = core.wanted || sender->has_waiters;
    sender->resume = RESUME_UPCALL;
    lmp_room_made(sender);
    if (sender->frame->pending != 0) {
        core.wanted = true;
        return false;
    }
    sched_block(sender, deadline);
    core.wanted = wanted;
    return true;
}

/* Everything has been checked. */
static void perform_send(struct dcb *sender, struct message *message, const uint64_t *x, bool block)
{
    struct dcb *receiver = message->receiver;
    message->endpoint->sent++;
    if (message->cap_from != NULL) {
        cap_copy(message->cap_to, message->cap_from, UINT64_MAX);
    }
    if (message->direct) {
        deliver_registers(receiver, message->endpoint, x, message->words, message->cap_cptr);
    } else {
        deliver_ring(message, x);
    }
    bool blocked = block && block_sender(sender, x[11]);
    if (!message->direct) {
        core.wanted = core.wanted || blocked;
    } else {
        if (blocked && !core.wanted && !sched_outranked(receiver->priority)) {
            sched_timeout_cancel(receiver);
            sched_switch(sender, receiver);
        } else {
            context_complete(&receiver->context);
            receiver->upcalls++;
            sched_ready(receiver);
            core.wanted = core.wanted || blocked;
        }
    }
}

static err_t prepare_send(struct dcb *sender, struct message *message, const uint64_t *x)
{
    struct slot *slot;
    if (x[9] > UINT32_MAX) {
        return ERR_ARGUMENT;
    }
    err_t err = cspace_find(&sender->cspace.cap, x[9], &slot);
    if (err != ERR_OK) {
        return err;
    }
    err = cap_expect(&slot->cap, CAP_ENDPOINT);
    if (err != ERR_OK) {
        return err;
    }
    message->endpoint = &slot->cap;
    message->receiver = phys_to_virt(slot->cap.base);
    message->ring = &message->receiver->ring[slot->cap.minor & ENDPOINT_RING_MASK];
    if (message->receiver->state == DISP_STATE_STOPPED || message->receiver->frame == NULL) {
        return ERR_ENDPOINT_DEAD;
    }
    if (x[10] != 0) {
        err = cspace_find(&sender->cspace.cap, x[10], &message->cap_from);
        if (err == ERR_OK) {
            err = cap_may_copy(&message->cap_from->cap);
        }
    }
    return err;
}

/* Room in the ring, and a slot for the capability. */
static err_t check_room(struct message *message)
{
    if (message->ring->slots == 0) {
        return ERR_LMP_FULL; /* not set up yet: the sender waits until it is */
    }
    message->direct = waits_for_message(message->receiver);
    if (!message->direct) {
        uint32_t tail = message->receiver->frame->ring[message->ring - message->receiver->ring].tail;
        if (message->ring->head - tail >= message->ring->slots) {
            return ERR_LMP_FULL;
        }
    }
    return message->cap_from == NULL ? ERR_OK : find_receive_slot(message);
}

err_t lmp_syscall(struct dcb *sender, const uint64_t *x)
{
    uint64_t words = x[8] >> 8 & 0xff;
    uint64_t flags = x[8] >> 16;
    if (words > LMP_WORDS || (flags & ~(uint64_t)(LMP_BLOCK | LMP_WAKE)) != 0) {
        return ERR_SYSCALL;
    }
    if ((flags & LMP_BLOCK) != 0 && (sender->frame == NULL || sender->frame->disabled == 0)) {
        return ERR_NOT_DISABLED;
    }
    struct message message = {.words = words};
    err_t err = prepare_send(sender, &message, x);
    if (err != ERR_OK) {
        return err;
    }
    err = check_room(&message);
    if (err != ERR_OK) {
        if ((flags & LMP_WAKE) != 0) {
            wait_for_room(sender, &message, err == ERR_LMP_SLOT);
        }
        return err;
    }
    perform_send(sender, &message, x, (flags & LMP_BLOCK) != 0);
    return ERR_OK;
}
