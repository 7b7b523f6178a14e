/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Packets between the stack's rings (nic/ring.h) and the device's queues. Pure. A buffer has one owner: the stack, the driver or the
 * device. Neither of the other two is believed: what the stack may not do ends with ERR_MESSAGE, what the device may not do with
 * ERR_DEVICE; then the caller resets the device, calls net_reclaim(), and goes on or not.
 */
#ifndef VIRTIO_NET_NET_H
#define VIRTIO_NET_NET_H

#include "virtqueue.h"
#include <nic/ring.h>

/* 5.1.6: what stands before a packet. Without `buffers` in the older form without mergeable buffers. */
struct net_header {
    uint8_t flags;
    uint8_t gso_type;
    uint16_t header_length;
    uint16_t gso_size;
    uint16_t csum_start;
    uint16_t csum_offset;
    uint16_t buffers; /* that a received packet came in */
};
#define NET_HEADER_NEEDS_CSUM 1
#define NET_HEADER_DATA_VALID 2

enum net_owner { NET_STACK, NET_DRIVER, NET_RECEIVING, NET_SENDING };

struct net_counts {
    uint64_t received, received_bytes, sent, sent_bytes, dropped, starved;
};

/* What the device offers that changes how packets look. */
struct net_features {
    uint32_t header_bytes; /* 10 or 12 */
    bool merged;
    bool checksum_receive;
    bool checksum_send;
};

struct net {
    struct virtqueue receive, send;
    struct nic_in down;
    struct nic_out up;
    struct nic_area *area;
    uint8_t *data; /* buffer 0, for us, */
    paddr_t base;  /* and for the device */
    uint32_t slots, buffers;
    struct net_features features;
    uint32_t receive_offset; /* where in a buffer the device writes */
    uint32_t pieces;         /* of the packet to send that is being taken in */
    uint32_t left;           /* pieces of the received packet that are still to come */
    uint32_t spare_count;    /* empty buffers that the device has no room for */
    struct net_counts counts;
    bool starving;
    bool skipping; /* the rest of a packet that a reset has cut */
    bool report;   /* the stack waits for buffers that are being sent */
    uint16_t spare[NIC_BUFFERS_MAX];
    uint8_t owner[NIC_BUFFERS_MAX]; /* enum net_owner */
};

/* How to divide `bytes` of shared memory. False: too little. */
bool net_layout(size_t bytes, uint32_t *slots, uint32_t *buffers);

/* A stack has come: all buffers are its own. `memory`: `bytes` at `base`. */
void net_attach(struct net *net, void *memory, size_t bytes, paddr_t base);

/* The device is about to be started: its queues are empty, in memory of VIRTQUEUE_BYTES() each. */
void net_start(struct net *net, const struct net_features *features, void *receive, uint16_t receive_size, void *send,
               uint16_t send_size, bool event_index);

/* The device was reset: what it had is the driver's or, if it was to be sent, the stack's again. */
void net_reclaim(struct net *net);

/* What net_work() wants to be done, bits. */
#define NET_KICK_RECEIVE 1 /* notify the device of its queue */
#define NET_KICK_SEND 2
#define NET_RING 4 /* wake the stack */

/* All there is to do in both directions. ERR_MESSAGE, ERR_DEVICE: as above; what was done until then counts. */
err_t net_work(struct net *net, uint32_t *wanted);

/* Before sleeping: have interrupt and bell come. False: there is something to do already. */
bool net_sleep(struct net *net);

/* Does the device have packets to send that it has not said to be done with? `progress` changes whenever it has. */
static inline bool net_sending(const struct net *net)
{
    return net->send.in_flight != 0;
}
static inline uint16_t net_progress(const struct net *net)
{
    return net->send.used_seen;
}

/* Changes whenever the device has received or sent something. */
static inline uint64_t net_done(const struct net *net)
{
    return (uint64_t)net->receive.used_seen << 16 | net->send.used_seen;
}

#endif
