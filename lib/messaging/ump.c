/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The rings (messaging/ump.h): credit that has run out, a ring that is empty, and going to sleep. Here what the other side
 * wrote is judged. All that touches shared memory is GUARDED: whoever has the frame may revoke it at any moment.
 */
#include <messaging/ump.h>
#include <threads/guarded.h>

#ifdef __aarch64__
#define SPIN_PAUSE() __asm__ volatile("yield")
#else
#define SPIN_PAUSE() ((void)0) /* the tests' host */
#endif
#define NUMBER_NEVER UINT64_MAX /* no slot can hold it: a sequence word has 56 bits for the number */

void ump_init(struct ump *ump, struct ump_area *area, uint32_t slots, unsigned side)
{
    struct ump_slot *out = area->slots + (size_t)side * slots, *in = area->slots + (size_t)!side * slots;
    struct ump_control *sends = &area->control[side], *receives = &area->control[!side];
    ump->out = (struct ump_out){.next = out,
                                .number = 1,
                                .limit = 1 + slots,
                                .control = sends,
                                .asleep = &sends->asleep,
                                .slots = out,
                                .end = out + slots};
    ump->in = (struct ump_in){
        .next = in, .number = 1, .control = receives, .acknowledged = &receives->acknowledged, .slots = in, .end = in + slots};
}

static uint64_t slot_count(const struct ump_slot *first, const struct ump_slot *end)
{
    return (uint64_t)(end - first);
}

GUARDED err_t ump_credit(struct ump_out *out)
{
    if (out->broken) return ERR_MESSAGE;
    uint64_t acknowledged = atomic_load_explicit(&out->control->acknowledged, memory_order_acquire);
    if (acknowledged < out->acknowledged || acknowledged >= out->number) {
        out->broken = true; /* limit == number: every further message comes here */
        return ERR_MESSAGE;
    }
    out->acknowledged = acknowledged;
    out->limit = acknowledged + 1 + slot_count(out->slots, out->end);
    return out->limit == out->number ? ERR_LMP_FULL : ERR_OK;
}

GUARDED unsigned ump_room_wanted(struct ump_out *out)
{
    if (out->broken) return 0;
    atomic_store_explicit(&out->control->waiting, 1, memory_order_seq_cst);
    UMP_STORE_THEN_LOAD();
    if (atomic_load_explicit(&out->control->acknowledged, memory_order_seq_cst) == out->acknowledged) return 1;
    atomic_store_explicit(&out->control->waiting, 0, memory_order_relaxed);
    return 0;
}

/* An empty slot holds the message of one lap before, or nothing if there was none. */
GUARDED err_t ump_nothing(struct ump_in *in, uint64_t sequence)
{
    uint64_t slots = slot_count(in->slots, in->end);
    uint64_t before = in->number > slots ? in->number - slots : 0;
    if (!in->broken && sequence >> 8 == before && (before || !sequence)) return ERR_AGAIN;
    in->broken = true;
    in->number = NUMBER_NEVER;
    return ERR_MESSAGE;
}

GUARDED unsigned ump_room_made(struct ump_in *in)
{
    if (in->broken) return 0;
    /* Once more, so that it is in one order with the question (a fence would hide from ThreadSanitizer). */
    atomic_store_explicit(&in->control->acknowledged, in->number - 1, memory_order_seq_cst);
    UMP_STORE_THEN_LOAD();
    if (!atomic_load_explicit(&in->control->waiting, memory_order_seq_cst)) return 0;
    atomic_store_explicit(&in->control->waiting, 0, memory_order_relaxed);
    return 1;
}

GUARDED unsigned ump_sleep(struct ump_in *in)
{
    atomic_store_explicit(&in->control->asleep, 1, memory_order_seq_cst);
    UMP_STORE_THEN_LOAD();
    uint64_t number = atomic_load_explicit(&in->next->sequence, memory_order_seq_cst) >> 8;
    if (number != in->number && !in->broken) return 1;
    atomic_store_explicit(&in->control->asleep, 0, memory_order_relaxed);
    return 0;
}

GUARDED err_t ump_put(struct ump_out *out, const uint64_t *w, unsigned words, uint8_t tag)
{
    if (out->number == out->limit) return ERR_LMP_FULL;
    err_t error = ump_send(out, w, words, tag);
    return error ? error : ump_wanted(out) ? ERR_AGAIN : ERR_OK;
}

GUARDED err_t ump_take(struct ump_in *in, uint64_t *w, uint8_t *tag)
{
    return ump_receive(in, w, tag);
}

GUARDED unsigned ump_look(const struct ump_in *in)
{
    return ump_ready(in);
}

GUARDED unsigned ump_await(const struct ump_in *in, uint32_t rounds, const volatile uint32_t *count, uint32_t seen)
{
    const _Atomic uint64_t *sequence = &in->next->sequence;
    uint64_t number = in->number; /* never there if the channel is broken */
    for (; rounds; rounds--) {
        if (atomic_load_explicit(sequence, memory_order_acquire) >> 8 == number) return 1;
        if (*count != seen) break;
        SPIN_PAUSE();
    }
    return 0;
}

/*
 * ump_send(), ump_wanted() and ump_receive() in one, for messages that tell how many words they have: one or two, mostly. The first look
 * comes after a pause, since no answer is there at once.
 */
GUARDED unsigned ump_ask(struct ump *ump, const uint64_t *w, size_t words, uint64_t *answer, uint32_t rounds)
{
    struct ump_slot *from = ump->in.next, *to = ump->out.next;
    uint64_t sequence, number = ump->in.number, sent = ump->out.number;
    if (sent == ump->out.limit) return UMP_UNSENT;
    to->w[0] = w[0];
    if (words > 1) to->w[1] = w[1];
    for (size_t i = 2; i < words; i++)
        to->w[i] = w[i];
    ump_publish(&ump->out, to, sent, words);
    if (ump_wanted(&ump->out)) return UMP_RING;
    for (;; rounds--) {
        SPIN_PAUSE();
        sequence = atomic_load_explicit(&from->sequence, memory_order_acquire);
        if (sequence >> 8 == number) break;
        if (!rounds) return UMP_SENT;
    }
    unsigned tag = (uint8_t)sequence;
    uint64_t a = from->w[0], b = from->w[1];
    if (tag > 2) {
        uint64_t c = from->w[2], d = from->w[3], e = from->w[4], f = from->w[5], g = from->w[6];
        atomic_signal_fence(memory_order_seq_cst); /* what was read is not read again */
        answer[2] = c, answer[3] = d, answer[4] = e, answer[5] = f, answer[6] = g;
    }
    atomic_signal_fence(memory_order_seq_cst);
    answer[0] = a, answer[1] = b;
    ump_acknowledge(&ump->in, from, number);
    return tag;
}

GUARDED err_t ump_awake(struct ump_in *in)
{
    atomic_store_explicit(&in->control->asleep, 0, memory_order_relaxed);
    return ERR_OK;
}
