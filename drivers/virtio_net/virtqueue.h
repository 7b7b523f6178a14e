/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Split virtqueues (Virtual I/O Device 1.2, 2.7; the older form, 2.7.2, has the same layout). Pure. The driver's record of what the device
 * has is in struct virtqueue, out of its reach: what the device writes is only ever an index to be checked against it.
 */
#ifndef VIRTIO_NET_VIRTQUEUE_H
#define VIRTIO_NET_VIRTQUEUE_H

#include <abi/errors.h>
#include <abi/types.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#define VIRTQUEUE_MAX 256
#define VIRTQUEUE_NONE UINT16_MAX

#define DESC_NEXT 1
#define DESC_WRITE 2 /* the device writes */
#define AVAIL_NO_INTERRUPT 1
#define USED_NO_NOTIFY 1

struct virtq_desc {
    uint64_t address;
    uint32_t length;
    uint16_t flags;
    uint16_t next;
};

struct virtq_used_entry {
    uint32_t id;
    uint32_t length;
};

/* `size` entries, then the used index from which on to interrupt. */
struct virtq_avail {
    _Atomic uint16_t flags;
    _Atomic uint16_t index;
    uint16_t entry[];
};

/* `size` entries, then the available index from which on to notify. */
struct virtq_used {
    _Atomic uint16_t flags;
    _Atomic uint16_t index;
    struct virtq_used_entry entry[];
};

#define VIRTQUEUE_ALIGN 4096
#define VIRTQUEUE_USED(size)                                                                                           \
    ((16 * (size_t)(size) + 6 + 2 * (size_t)(size) + VIRTQUEUE_ALIGN - 1) & ~(size_t)(VIRTQUEUE_ALIGN - 1))
#define VIRTQUEUE_BYTES(size)                                                                                          \
    ((VIRTQUEUE_USED(size) + 6 + 8 * (size_t)(size) + VIRTQUEUE_ALIGN - 1) & ~(size_t)(VIRTQUEUE_ALIGN - 1))

struct virtqueue {
    struct virtq_desc *desc;
    struct virtq_avail *avail;
    struct virtq_used *used;
    _Atomic uint16_t *used_event;        /* ours, in `avail` */
    const _Atomic uint16_t *avail_event; /* the device's, in `used` */
    uint16_t size;
    uint16_t mask;
    bool event_index;
    uint16_t index;     /* chains ever made available */
    uint16_t published; /* and of these the device knows */
    uint16_t used_seen; /* chains taken back */
    uint16_t in_flight; /* chains that the device has, or will once they are published */
    uint16_t free_first, free_count;
    uint16_t chain_first, chain_last; /* being built; VIRTQUEUE_NONE */
    uint16_t next[VIRTQUEUE_MAX];     /* of a chain or of the free ones */
    uint16_t buffer[VIRTQUEUE_MAX];   /* what the descriptor is about */
    bool first[VIRTQUEUE_MAX];        /* of a chain that the device has */
};

/* `memory`: VIRTQUEUE_BYTES(size), which the device does not use now; size: a power of two. */
void virtqueue_init(struct virtqueue *queue, void *memory, uint16_t size, bool event_index);

/* One descriptor more, of which there is a free one; `more`: the next one belongs to the same chain. */
void virtqueue_add(struct virtqueue *queue, paddr_t address, uint32_t length, uint16_t flags, uint16_t buffer, bool more);

/* Let the device see what was added. True: it wants to be notified. */
bool virtqueue_publish(struct virtqueue *queue);

/*
 * The first descriptor of the next chain that the device is done with, and how many bytes it wrote. Then virtqueue_next() until it answers
 * VIRTQUEUE_NONE. ERR_AGAIN: there is none; ERR_DEVICE: the device wrote what cannot be.
 */
err_t virtqueue_take(struct virtqueue *queue, uint16_t *first, uint32_t *length);

/* Free a descriptor of a chain that was taken; the one after it. */
static inline uint16_t virtqueue_next(struct virtqueue *queue, uint16_t id)
{
    uint16_t next = queue->next[id];
    queue->next[id] = queue->free_first;
    queue->free_first = id;
    queue->free_count++;
    return next;
}

/* Interrupt after `after` more chains are done (0: the next one). True: that many are done already, and perhaps no interrupt comes. */
bool virtqueue_interrupt_after(struct virtqueue *queue, uint16_t after);
/* Interrupt no more, as far as one can say so. */
void virtqueue_interrupt_off(struct virtqueue *queue);

/* After a reset: the buffers that the device had, one after the other; VIRTQUEUE_NONE: no more. */
uint16_t virtqueue_reclaim(struct virtqueue *queue);

#endif
