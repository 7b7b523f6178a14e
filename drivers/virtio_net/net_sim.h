/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * For host tests: the device's side of the queues as a real one has it, and a model of who owns each buffer. It reads descriptors only from the
 * memory that the driver shares with it.
 */
#ifndef VIRTIO_NET_NET_SIM_H
#define VIRTIO_NET_NET_SIM_H

#include "net.h"
#include <nic/port.h>

#define SIM_BASE 0x40000000ull /* of the packets' memory, for the device */
#define SIM_BUFFERS 64
#define SIM_SLOTS 64
#define SIM_BYTES NIC_AREA_BYTES(SIM_SLOTS, SIM_BUFFERS)

struct sim_queue {
    struct virtqueue *queue; /* only where its memory is, and how large */
    uint16_t taken;          /* chains that the device has taken, */
    uint16_t done;           /* and those that it has given back */
    uint16_t chain[VIRTQUEUE_MAX];
    uint32_t chains;
};

struct sim {
    struct net net;
    struct nic_port port;
    struct net_features features;
    struct sim_queue receive, send;
    uint8_t *memory, *queues[2];
    bool has[SIM_BUFFERS]; /* the device has this buffer */
    bool event_index;
    uint16_t size;
};

void sim_start(struct sim *sim, const struct net_features *features, uint16_t size, bool event_index);
void sim_end(struct sim *sim);
/* What the driver does when something has come, until it may sleep. */
err_t sim_work(struct sim *sim, uint32_t *wanted);
/* The stack is a new one, or the driver was started again: the rings begin anew. */
void sim_attach(struct sim *sim, void (*lost)(void *context, uint32_t buffer), void *context);
/* The device was reset: queues of new, zeroed memory, as after every start. */
void sim_reset(struct sim *sim);

/* Take what the driver has made available; every chain must be well formed and every buffer the device's alone. */
void sim_take(struct sim *sim, struct sim_queue *queue);
/* Give the k-th of the taken chains back, `length` bytes written. */
void sim_give(struct sim *sim, struct sim_queue *queue, uint32_t k, uint32_t length);
/* Does the driver want to hear of what was given back since index `before`? As 2.7.10 has it. */
bool sim_interrupts(const struct sim *sim, const struct sim_queue *queue, uint16_t before);
/* Notify the device of what comes from now on. True: something has come. */
bool sim_listen(struct sim *sim, struct sim_queue *queue);
/* Copy into the first descriptor of a chain, or out of all of it. How many bytes. */
uint32_t sim_fill(struct sim *sim, uint16_t chain, const void *data, uint32_t length);
uint32_t sim_read(struct sim *sim, uint16_t chain, uint8_t *data, uint32_t room);

/* Aborts unless each buffer has exactly one owner by the driver's record, and by the stack's and the device's, if they keep to the rules. */
void sim_check(const struct sim *sim, bool stack_honest, bool device_honest);
_Noreturn void sim_fail(const char *what);

#endif
