/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A virtio device of kind "network" behind memory-mapped registers (Virtual I/O Device 1.2, 4.2.2; the older form 4.2.4): reset, what it can
 * do, its queues. Pure but for two operations on the registers.
 */
#ifndef VIRTIO_NET_VIRTIO_H
#define VIRTIO_NET_VIRTIO_H

#include <abi/errors.h>
#include <abi/types.h>
#include <stdbool.h>
#include <stdint.h>

/* 5.1.3 and 6 */
#define FEATURE_CSUM (1ull << 0)
#define FEATURE_GUEST_CSUM (1ull << 1)
#define FEATURE_MTU (1ull << 3)
#define FEATURE_MAC (1ull << 5)
#define FEATURE_MERGED (1ull << 15)
#define FEATURE_STATUS (1ull << 16)
#define FEATURE_ANY_LAYOUT (1ull << 27)
#define FEATURE_EVENT_INDEX (1ull << 29)
#define FEATURE_VERSION_1 (1ull << 32)

#define VIRTIO_RECEIVE 0 /* queues */
#define VIRTIO_SEND 1

#define VIRTIO_USED 1 /* interrupts */
#define VIRTIO_CONFIGURED 2

struct virtio {
    uint32_t (*read)(void *context, uint32_t offset, unsigned bytes);
    void (*write)(void *context, uint32_t offset, uint32_t value);
    void (*pause)(void *context); /* some time passes, while a device is waited for */
    void *context;
    uint64_t features; /* agreed on */
    bool legacy;
};

struct virtio_config {
    uint64_t mac; /* 0: the device has none */
    uint32_t mtu; /* 0: not said */
    bool link;
};

/* Is there a network device? ERR_NOT_FOUND: none, or none that this driver knows. Changes nothing. */
err_t virtio_probe(struct virtio *virtio);

/* ERR_DEVICE: it does not acknowledge; then it may still use what it has. */
err_t virtio_reset(struct virtio *virtio);

/* After a reset: agree on features. ERR_UNSUPPORTED: it wants more than this driver can do; ERR_DEVICE. */
err_t virtio_negotiate(struct virtio *virtio);

/* How many entries a queue may have, at most `most`: a power of two. 0: there is no such queue. */
uint16_t virtio_queue_size(struct virtio *virtio, uint32_t queue, uint16_t most);

/* VIRTQUEUE_BYTES(size) at `base`, with `size` entries. */
err_t virtio_queue_set(struct virtio *virtio, uint32_t queue, paddr_t base, uint16_t size);

/* From here on the device works. */
err_t virtio_go(struct virtio *virtio);

void virtio_notify(struct virtio *virtio, uint32_t queue);

/* Why it interrupts, bits; acknowledges them. */
uint32_t virtio_interrupt(struct virtio *virtio);

/* Does it say that it cannot go on? */
bool virtio_broken(struct virtio *virtio);

/* What it is configured to be; features must have been agreed on. */
void virtio_configuration(struct virtio *virtio, struct virtio_config *config);

#endif
