/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The rings of UMP: messages through memory that two sides share, each in one slot of 64 bytes, a ring in each direction.
 * Pure C11: they know neither the system nor who rings the doorbell. doc/ump.md explains it and says why each order is what it is.
 *
 * The other side may write anything into the shared memory at any time. What this side believes is in its own struct ump:
 * its own positions; the other's acknowledgement only if it lies between what was acknowledged and what was sent; a slot's
 * contents once, by copying. What cannot be is found and answered with ERR_MESSAGE, now and from then on.
 *
 * One thread at a time may use a struct ump_out, one a struct ump_in.
 */
#ifndef MESSAGING_UMP_H
#define MESSAGING_UMP_H

#include <abi/errors.h>
#include <abi/types.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define UMP_LINE 64
#define UMP_WORDS 7 /* of a message */
#define UMP_SLOTS_MIN 4
#define UMP_SLOTS_MAX 1024

struct ump_slot {
    _Atomic uint64_t sequence; /* number of the message << 8 | its tag; the first is number 1 */
    uint64_t w[UMP_WORDS];
} __attribute__((aligned(UMP_LINE)));

/* One for each ring. Who writes a line is said with it. */
struct ump_control {
    _Atomic uint64_t acknowledged; /* receiver: number of the last message that was copied out */
    _Atomic uint32_t asleep
        __attribute__((aligned(UMP_LINE))); /* receiver sets, sender clears: ring when there is a message */
    _Atomic uint32_t waiting __attribute__((aligned(UMP_LINE))); /* sender sets, receiver clears: ring when there is room */
} __attribute__((aligned(UMP_LINE)));

/* The shared memory: two controls, then the slots of ring 0, then those of ring 1. Side s sends on ring s. All zero at first. */
struct ump_area {
    struct ump_control control[2];
    struct ump_slot slots[];
};
#define UMP_AREA_BYTES(slots) (sizeof(struct ump_area) + 2 * (size_t)(slots) * sizeof(struct ump_slot))

struct ump_out {
    struct ump_slot *next; /* where the next message goes, */
    uint64_t number;       /* and its number */
    uint64_t limit;        /* number of the first message that there is no credit for */
    uint64_t acknowledged;
    struct ump_control *control;
    _Atomic uint32_t *asleep; /* control->asleep */
    struct ump_slot *slots, *end;
    bool broken; /* the other side wrote what cannot be */
};

struct ump_in {
    struct ump_slot *next; /* where the next message comes, */
    uint64_t number;       /* and its number */
    struct ump_control *control;
    _Atomic uint64_t *acknowledged; /* control->acknowledged */
    struct ump_slot *slots, *end;
    bool broken;
};

struct ump {
    struct ump_out out;
    struct ump_in in;
};

/*
 * Between a store and a load that must not overtake it (each side says something, then looks what the other one has said). By the architecture
 * stlr and ldar stay in order by themselves; QEMU's translation of them lets the load go first where the host's processor does.
 */
#ifdef __aarch64__
#define UMP_STORE_THEN_LOAD() __asm__ volatile("dmb ish" ::: "memory")
#else
#define UMP_STORE_THEN_LOAD() ((void)0) /* the tests' host: the compiler sees to it */
#endif

/* `slots` per ring, on an area of UMP_AREA_BYTES(slots), which was all zero before either side began. */
void ump_init(struct ump *ump, struct ump_area *area, uint32_t slots, unsigned side);

/*
 * Sending. The credit has run out: look how far the other side has come. ERR_LMP_FULL: no further; ERR_MESSAGE.
 */
err_t ump_credit(struct ump_out *out);

/* What has been written into out->next, which is `slot`, is message out->number, with a tag (8 bits) that the ring does not look at. */
static inline void ump_publish(struct ump_out *out, struct ump_slot *slot, uint64_t number, uint64_t tag)
{
    struct ump_slot *next = slot + 1;
    out->number = number + 1;
    out->next = next == out->end ? out->slots : next;
    atomic_store_explicit(&slot->sequence, number << 8 | tag, memory_order_seq_cst);
}

/* `words` words, 0 to 7. The other side's doorbell is next, if ump_wanted(). */
static inline err_t ump_send(struct ump_out *out, const uint64_t *w, unsigned words, uint8_t tag)
{
    if (out->number == out->limit) {
        err_t error = ump_credit(out);
        if (error) return error;
    }
    struct ump_slot *slot = out->next;
    uint64_t *to = slot->w, number = out->number;
    if (words & 4) {
        uint64_t a = w[0], b = w[1], c = w[2], d = w[3];
        to[0] = a, to[1] = b, to[2] = c, to[3] = d;
        to += 4, w += 4;
    }
    if (words & 2) {
        uint64_t a = w[0], b = w[1];
        to[0] = a, to[1] = b;
        to += 2, w += 2;
    }
    if (words & 1) to[0] = w[0];
    ump_publish(out, slot, number, tag);
    return ERR_OK;
}

/* After sending: does the other side sleep? Then it is to be woken, once. */
static inline bool ump_wanted(struct ump_out *out)
{
    UMP_STORE_THEN_LOAD();
    if (!atomic_load_explicit(out->asleep, memory_order_seq_cst)) return false;
    atomic_store_explicit(out->asleep, 0, memory_order_relaxed);
    return true;
}

/*
 * After ERR_LMP_FULL: have the doorbell rung when there is room. Not 0: there is none yet, and it will be rung. 0: there is some, or the
 * other side is broken: try again.
 */
unsigned ump_room_wanted(struct ump_out *out);

/*
 * Receiving. Is there something to receive (a message, or an error)?
 */
static inline bool ump_ready(const struct ump_in *in)
{
    uint64_t number = atomic_load_explicit(&in->next->sequence, memory_order_acquire) >> 8;
    return number == in->number || in->broken;
}

/* Why `sequence` is not that of the next message. ERR_AGAIN: there is none yet; ERR_MESSAGE. */
err_t ump_nothing(struct ump_in *in, uint64_t sequence);

/* The next message, which has `number`, has been copied out of `slot`. */
static inline void ump_acknowledge(struct ump_in *in, struct ump_slot *slot, uint64_t number)
{
    struct ump_slot *next = slot + 1;
    in->number = number + 1;
    in->next = next == in->end ? in->slots : next;
    atomic_store_explicit(in->acknowledged, number, memory_order_release);
}

/* The next message, all seven words of its slot, and its tag. ERR_AGAIN: there is none; then ump_room_made() is next. */
static inline err_t ump_receive(struct ump_in *in, uint64_t *w, uint8_t *tag)
{
    struct ump_slot *slot = in->next;
    uint64_t sequence = atomic_load_explicit(&slot->sequence, memory_order_acquire);
    uint64_t number = in->number;
    if (sequence >> 8 != number) return ump_nothing(in, sequence);
    uint64_t a = slot->w[0], b = slot->w[1], c = slot->w[2], d = slot->w[3];
    uint64_t e = slot->w[4], f = slot->w[5], g = slot->w[6];
    atomic_signal_fence(memory_order_seq_cst); /* what was read is not read again */
    w[0] = a, w[1] = b, w[2] = c, w[3] = d, w[4] = e, w[5] = f, w[6] = g;
    ump_acknowledge(in, slot, number);
    *tag = (uint8_t)sequence;
    return ERR_OK;
}

/* After ERR_AGAIN: does the other side wait for room? Then it is to be woken, once. */
unsigned ump_room_made(struct ump_in *in);

/*
 * Before sleeping: have the doorbell rung when a message comes. 0: there is something already, and nothing was asked for.
 * ump_awake(): it need not be rung any more (it still may).
 */
unsigned ump_sleep(struct ump_in *in);
err_t ump_awake(struct ump_in *in);

/*
 * The same as functions that survive it when the shared memory is taken away (threads/guarded.h): ERR_PEER_DEAD. So do all those above
 * that are not inline (not 0 there means nothing then).
 */
/* ERR_OK, ERR_AGAIN: it is sent, and the doorbell is next. ERR_LMP_FULL: no credit is left, ump_credit() says whether there is more. */
err_t ump_put(struct ump_out *out, const uint64_t *w, unsigned words, uint8_t tag);
err_t ump_take(struct ump_in *in, uint64_t *w, uint8_t *tag); /* ump_receive() */
unsigned ump_look(const struct ump_in *in);                   /* ump_ready() */
/*
 * Look up to `rounds` times for a message, also as functions that survive. Both give up at once if *count is not `seen` any more.
 * ump_await(): not 0: there is something. ump_ask(): send w[], its tag the number of its words, then put what comes into answer[], seven words of room,
 * which may be w[]: its tag, or one of these. An error looks like a tag that nobody sends.
 */
unsigned ump_await(const struct ump_in *in, uint32_t rounds, const volatile uint32_t *count, uint32_t seen);
#define UMP_SENT 0x100   /* nothing has come yet */
#define UMP_RING 0x101   /* the same, and the doorbell is next */
#define UMP_UNSENT 0x102 /* there is no credit */
unsigned ump_ask(struct ump *ump, const uint64_t *w, size_t words, uint64_t *answer, uint32_t rounds);

#endif
