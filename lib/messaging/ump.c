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
    ump->out = (struct ump_out){
        .next = out, .number = 1, .limit = 1 + slots, .control = &area->control[side], .slots = out, .end = out + slots};
    ump->in = (struct ump_in){.next = in, .number = 1, .control = &area->control[!side], .slots = in, .end = in + slots};
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

GUARDED unsigned ump_ask(struct ump *ump, uint64_t *w, unsigned words, uint32_t rounds)
{
    struct ump_slot *slot = ump->in.next;
    uint64_t sequence, number = ump->in.number;
    if (ump->out.number == ump->out.limit) return UMP_UNSENT;
    ump_send(&ump->out, w, words, (uint8_t)words);
    if (ump_wanted(&ump->out)) return UMP_RING;
    while (sequence = atomic_load_explicit(&slot->sequence, memory_order_acquire), sequence >> 8 != number) {
        if (!rounds--) return UMP_SENT;
        SPIN_PAUSE();
    }
    ump_copy_out(&ump->in, slot, w);
    return (uint8_t)sequence;
}

GUARDED err_t ump_awake(struct ump_in *in)
{
    atomic_store_explicit(&in->control->asleep, 0, memory_order_relaxed);
    return ERR_OK;
}
