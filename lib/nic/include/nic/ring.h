/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The memory that a network card's driver and the network stack share: two rings of entries and the packet buffers. Pure C11.
 *
 * A buffer belongs to the stack, the driver or the device, and each entry of a ring hands exactly one over: ring 0 from the
 * stack to the driver (empty buffers to receive into, packets to send), ring 1 back (packets received, buffers whose
 * packet was sent). A ring has at least as many slots as there are buffers, so it is never full.
 *
 * The other side may write anything at any time: each side believes its own positions and its own record of who owns what,
 * looks at an entry once, by copying, and ends the connection when what it reads cannot be.
 *
 * A side that has nothing to do calls nic_in_sleep() and waits for its bell; the other one rings it if nic_out_publish() says so. Orders as
 * in doc/ump.md: entries before `head` (release, acquire); `head` and `asleep` in one order of all (sequentially consistent).
 */
#ifndef NIC_RING_H
#define NIC_RING_H

#include <abi/errors.h>
#include <abi/types.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#define NIC_LINE 64
#define NIC_BUFFER_BYTES 2048
#define NIC_BUFFERS_MAX 2048
#define NIC_PIECES 16   /* buffers that a packet to send may come in */
#define NIC_HEADROOM 16 /* bytes before the data of a packet to send that are the driver's to write */

/* flags of an entry; those of other meaning are 0 */
#define NIC_EMPTY 1   /* down: a buffer to receive into */
#define NIC_SENT 2    /* up: its packet was sent, or dropped */
#define NIC_MORE 4    /* the packet goes on in the next entry */
#define NIC_CHECKED 8 /* up: the device knows that the checksum of the TCP or UDP packet is right */
#define NIC_CSUM                                                                                                       \
    16 /* down: the sum from csum_start on is to be put at csum_start + csum_offset (pseudo header's is there) */
#define NIC_REPORT                                                                                                     \
    32 /* down: the stack waits for this buffer; else it may come back only when there is other work, too */

/* An entry: 16 bytes. The data are `length` bytes from `offset` on in buffer number `buffer`. */
struct nic_packet {
    uint16_t buffer;
    uint16_t offset;
    uint16_t length;
    uint16_t flags;
    uint16_t csum_start; /* from the packet's first byte */
    uint16_t csum_offset;
    uint32_t reserved;
};
_Static_assert(sizeof(struct nic_packet) == 16, "an entry is copied as two words");

struct nic_entry {
    uint64_t w[2];
};

/* Who writes a line is said with it. */
struct nic_ring {
    _Atomic uint32_t head;                                      /* sender: entries ever put in */
    _Atomic uint32_t asleep __attribute__((aligned(NIC_LINE))); /* receiver sets, sender clears: ring the bell */
} __attribute__((aligned(NIC_LINE)));

/* The shared memory: this, then the slots of ring 0, those of ring 1, and from the next page on the buffers. */
struct nic_area {
    struct nic_ring ring[2];
    _Atomic uint32_t link; /* driver: 1: up */
    uint32_t generation;   /* driver: how often the card was opened; stays when the driver is started again */
    struct nic_entry entries[] __attribute__((aligned(NIC_LINE)));
};
#define NIC_DOWN 0
#define NIC_UP 1

/* Where the buffers begin, for a power of two of slots; and how much memory there is to be. */
#define NIC_AREA_HEAD(slots)                                                                                           \
    ((sizeof(struct nic_area) + 2 * (size_t)(slots) * sizeof(struct nic_entry) + PAGE_MASK) & ~(size_t)PAGE_MASK)
#define NIC_AREA_BYTES(slots, buffers) (NIC_AREA_HEAD(slots) + (size_t)(buffers)*NIC_BUFFER_BYTES)

struct nic_out {
    struct nic_ring *ring;
    struct nic_entry *entries;
    uint32_t mask;
    uint32_t head;      /* entries ever put in, */
    uint32_t published; /* and of these the receiver knows */
};

struct nic_in {
    struct nic_ring *ring;
    const struct nic_entry *entries;
    uint32_t mask;
    uint32_t tail; /* entries ever taken out */
    uint32_t head; /* the sender's, as last seen */
};

static inline void nic_out_init(struct nic_out *out, struct nic_area *area, uint32_t slots, unsigned which)
{
    *out = (struct nic_out){.ring = &area->ring[which], .entries = area->entries + which * slots, .mask = slots - 1};
}

static inline void nic_in_init(struct nic_in *in, struct nic_area *area, uint32_t slots, unsigned which)
{
    *in = (struct nic_in){.ring = &area->ring[which], .entries = area->entries + which * slots, .mask = slots - 1};
}

/* The caller owns the buffer until now. Nobody sees it before nic_out_publish(). */
static inline void nic_out_put(struct nic_out *out, struct nic_packet packet)
{
    struct nic_entry entry;
    memcpy(&entry, &packet, sizeof entry);
    out->entries[out->head++ & out->mask] = entry;
}

/* Let the other side see what was put in; true: it sleeps, ring its bell. */
static inline bool nic_out_publish(struct nic_out *out)
{
    if (out->head == out->published) return false;
    out->published = out->head;
    atomic_store_explicit(&out->ring->head, out->head, memory_order_seq_cst);
    if (!atomic_load_explicit(&out->ring->asleep, memory_order_seq_cst)) return false;
    atomic_store_explicit(&out->ring->asleep, 0, memory_order_relaxed);
    return true;
}

/* The next entry. ERR_AGAIN: there is none; ERR_MESSAGE: the other side wrote what cannot be. */
static inline err_t nic_in_take(struct nic_in *in, struct nic_packet *packet)
{
    if (in->tail == in->head) {
        uint32_t head = atomic_load_explicit(&in->ring->head, memory_order_acquire);
        if (head - in->tail > in->mask + 1) return ERR_MESSAGE;
        in->head = head;
        if (in->tail == head) return ERR_AGAIN;
    }
    const struct nic_entry *from = &in->entries[in->tail++ & in->mask];
    struct nic_entry entry = *from;
    atomic_signal_fence(memory_order_seq_cst); /* what was read is not read again */
    memcpy(packet, &entry, sizeof *packet);
    return ERR_OK;
}

/* Before waiting: have the bell rung for what comes. False: there is something already, and nothing was asked for. */
static inline bool nic_in_sleep(struct nic_in *in)
{
    atomic_store_explicit(&in->ring->asleep, 1, memory_order_seq_cst);
    if (atomic_load_explicit(&in->ring->head, memory_order_seq_cst) == in->tail) return true;
    atomic_store_explicit(&in->ring->asleep, 0, memory_order_relaxed);
    return false;
}

#endif
