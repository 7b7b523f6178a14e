/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A pass: take back what was sent, hand up what was received, take in what the stack gives, and tell each side once.
 */
#include "net.h"

#define FRAME_ALIGN                                                                                                    \
    14 /* received frames begin there in their buffer, so that what follows the Ethernet header is aligned */

bool net_layout(size_t bytes, uint32_t *slots, uint32_t *buffers)
{
    *buffers = 0;
    for (uint32_t size = 16; size <= NIC_BUFFERS_MAX; size *= 2) {
        if (bytes < NIC_AREA_BYTES(size, 1)) break;
        size_t fit = (bytes - NIC_AREA_HEAD(size)) / NIC_BUFFER_BYTES;
        if (fit > size) fit = size;
        if (fit <= *buffers) continue;
        *buffers = (uint32_t)fit;
        *slots = size;
    }
    return *buffers >= 16;
}

/* The rings begin anew: what the last stack left in them is nothing. */
void net_attach(struct net *net, void *memory, size_t bytes, paddr_t base)
{
    struct nic_area *area = memory;
    uint32_t generation = area->generation;
    net_layout(bytes, &net->slots, &net->buffers);
    memset(area, 0, sizeof *area);
    area->generation = generation + 1;
    net->area = area;
    net->data = (uint8_t *)memory + NIC_AREA_HEAD(net->slots);
    net->base = base + NIC_AREA_HEAD(net->slots);
    nic_in_init(&net->down, area, net->slots, NIC_DOWN);
    nic_out_init(&net->up, area, net->slots, NIC_UP);
    memset(net->owner, NET_STACK, sizeof net->owner);
    net->spare_count = 0;
    net->pieces = net->left = 0;
    net->skipping = net->report = false;
}

void net_start(struct net *net, const struct net_features *features, void *receive, uint16_t receive_size, void *send,
               uint16_t send_size, bool event_index)
{
    net->features = *features;
    net->receive_offset = FRAME_ALIGN - features->header_bytes;
    net->left = 0;
    virtqueue_init(&net->receive, receive, receive_size, event_index);
    virtqueue_init(&net->send, send, send_size, event_index);
}

static void give_spare(struct net *net, uint16_t buffer)
{
    net->owner[buffer] = NET_DRIVER;
    net->spare[net->spare_count++] = buffer;
}

static void give_sent(struct net *net, uint16_t buffer)
{
    net->owner[buffer] = NET_STACK;
    nic_out_put(&net->up, (struct nic_packet){.buffer = buffer, .flags = NIC_SENT});
}

void net_reclaim(struct net *net)
{
    uint16_t buffer;
    while ((buffer = virtqueue_reclaim(&net->receive)) != VIRTQUEUE_NONE)
        give_spare(net, buffer);
    while ((buffer = virtqueue_reclaim(&net->send)) != VIRTQUEUE_NONE)
        give_sent(net, buffer);
    /* Of a packet that the stack has not put in whole the rest is still to come. */
    net->skipping = net->skipping || net->pieces != 0;
    net->pieces = 0;
}

static err_t take_sent(struct net *net)
{
    uint16_t id;
    uint32_t length;
    err_t err;
    while ((err = virtqueue_take(&net->send, &id, &length)) == ERR_OK) {
        while (id != VIRTQUEUE_NONE) {
            give_sent(net, net->send.buffer[id]);
            id = virtqueue_next(&net->send, id);
        }
    }
    if (net->send.in_flight == 0) net->report = false;
    return err == ERR_AGAIN ? ERR_OK : err;
}

/* The first buffer of a packet: what the device says of it. The header is read once: the device may write on. */
static err_t header_read(struct net *net, uint16_t buffer, struct nic_packet *packet)
{
    const uint8_t *header = net->data + (size_t)buffer * NIC_BUFFER_BYTES + net->receive_offset;
    uint8_t flags = header[offsetof(struct net_header, flags)];
    uint16_t buffers = 1;
    if (net->features.merged) memcpy(&buffers, header + offsetof(struct net_header, buffers), sizeof buffers);
    atomic_signal_fence(memory_order_seq_cst);
    if (buffers == 0 || buffers > net->receive.size) return ERR_DEVICE;
    net->left = buffers;
    bool checked = (flags & (NET_HEADER_NEEDS_CSUM | NET_HEADER_DATA_VALID)) != 0;
    if (checked && net->features.checksum_receive) packet->flags |= NIC_CHECKED;
    net->counts.received++;
    return ERR_OK;
}

static err_t received_one(struct net *net, uint16_t id, uint32_t length)
{
    uint16_t buffer = net->receive.buffer[id];
    struct nic_packet packet = {.buffer = buffer};
    uint32_t offset = net->receive_offset;
    uint32_t before = net->left == 0 ? net->features.header_bytes : 0;
    if (length < before || length > NIC_BUFFER_BYTES - offset || net->receive.next[id] != VIRTQUEUE_NONE)
        return ERR_DEVICE;
    err_t err = before != 0 ? header_read(net, buffer, &packet) : ERR_OK;
    if (err != ERR_OK) return err;
    net->left--;
    if (net->left != 0) packet.flags |= NIC_MORE;
    packet.offset = (uint16_t)(offset + before);
    packet.length = (uint16_t)(length - before);
    net->counts.received_bytes += packet.length;
    net->owner[buffer] = NET_STACK;
    nic_out_put(&net->up, packet);
    return ERR_OK;
}

/* A chain whose length is a lie is the driver's again, not lost. */
static err_t take_received(struct net *net)
{
    uint16_t id;
    uint32_t length;
    err_t err;
    while ((err = virtqueue_take(&net->receive, &id, &length)) == ERR_OK) {
        uint16_t buffer = net->receive.buffer[id];
        err = received_one(net, id, length);
        virtqueue_next(&net->receive, id);
        if (err == ERR_OK) continue;
        give_spare(net, buffer);
        return err;
    }
    return err == ERR_AGAIN ? ERR_OK : err;
}

static void give_empty(struct net *net, uint16_t buffer)
{
    paddr_t at = net->base + (paddr_t)buffer * NIC_BUFFER_BYTES + net->receive_offset;
    net->owner[buffer] = NET_RECEIVING;
    virtqueue_add(&net->receive, at, NIC_BUFFER_BYTES - net->receive_offset, DESC_WRITE, buffer, false);
}

static bool fit_to_send(const struct net *net, const struct nic_packet *packet)
{
    if (packet->length == 0 || packet->offset < NIC_HEADROOM || packet->offset > NIC_BUFFER_BYTES ||
        packet->length > NIC_BUFFER_BYTES - packet->offset)
        return false;
    if ((packet->flags & NIC_CSUM) == 0) return true;
    return net->features.checksum_send && packet->csum_start + packet->csum_offset + 2u <= packet->length;
}

/* By pieces of fixed size, each one store: the older form's header is the newer one's without its end. */
static void header_write(uint8_t *at, uint32_t bytes, const struct nic_packet *packet)
{
    struct net_header header = {0};
    if ((packet->flags & NIC_CSUM) != 0) {
        header.flags = NET_HEADER_NEEDS_CSUM;
        header.csum_start = packet->csum_start;
        header.csum_offset = packet->csum_offset;
    }
    memcpy(at, &header, 8);
    memcpy(at + 8, &header.csum_offset, 2);
    if (bytes == sizeof header) memcpy(at + 10, &header.buffers, 2);
}

/* The first piece has the device's header before it, in the same descriptor (VIRTIO_F_ANY_LAYOUT). */
static void give_to_send(struct net *net, const struct nic_packet *packet)
{
    uint32_t before = net->pieces == 0 ? net->features.header_bytes : 0;
    uint8_t *at = net->data + (size_t)packet->buffer * NIC_BUFFER_BYTES + packet->offset - before;
    if (before != 0) header_write(at, before, packet);
    bool more = (packet->flags & NIC_MORE) != 0;
    paddr_t address = net->base + (paddr_t)(at - net->data);
    net->owner[packet->buffer] = NET_SENDING;
    virtqueue_add(&net->send, address, packet->length + before, 0, packet->buffer, more);
    net->counts.sent_bytes += packet->length;
    net->report = net->report || (packet->flags & NIC_REPORT) != 0;
    net->pieces = more ? net->pieces + 1 : 0;
    if (!more) net->counts.sent++;
}

static err_t take_one(struct net *net, const struct nic_packet *packet)
{
    if (packet->buffer >= net->buffers || net->owner[packet->buffer] != NET_STACK) return ERR_MESSAGE;
    if ((packet->flags & NIC_EMPTY) != 0) {
        if (net->pieces != 0) return ERR_MESSAGE;
        if (net->receive.free_count != 0 && net->spare_count == 0) {
            give_empty(net, packet->buffer);
        } else {
            give_spare(net, packet->buffer);
        }
        return ERR_OK;
    }
    if (net->skipping) {
        net->skipping = (packet->flags & NIC_MORE) != 0;
        give_sent(net, packet->buffer);
        return ERR_OK;
    }
    if (net->pieces + 1 >= NIC_PIECES && (packet->flags & NIC_MORE) != 0) return ERR_MESSAGE;
    if (fit_to_send(net, packet)) {
        give_to_send(net, packet);
        return ERR_OK;
    }
    if (net->pieces != 0 || (packet->flags & NIC_MORE) != 0) return ERR_MESSAGE;
    net->counts.dropped++;
    give_sent(net, packet->buffer);
    return ERR_OK;
}

/* While there is room for a packet of the most pieces that one may have. */
static err_t take_down(struct net *net)
{
    struct nic_packet packet;
    err_t err = ERR_OK;
    while (err == ERR_OK && (net->pieces != 0 || net->send.free_count >= NIC_PIECES)) {
        err = nic_in_take(&net->down, &packet);
        if (err == ERR_OK) err = take_one(net, &packet);
    }
    return err == ERR_AGAIN ? ERR_OK : err;
}

static void refill(struct net *net)
{
    while (net->spare_count != 0 && net->receive.free_count != 0)
        give_empty(net, net->spare[--net->spare_count]);
}

err_t net_work(struct net *net, uint32_t *wanted)
{
    *wanted = 0;
    err_t err = take_sent(net);
    if (err == ERR_OK) err = take_received(net);
    if (err == ERR_OK) err = take_down(net);
    if (err == ERR_OK) refill(net);
    bool starving = net->receive.in_flight == 0;
    if (starving && !net->starving) net->counts.starved++;
    net->starving = starving;
    if (err == ERR_OK && virtqueue_publish(&net->receive)) *wanted |= NET_KICK_RECEIVE;
    if (err == ERR_OK && virtqueue_publish(&net->send)) *wanted |= NET_KICK_SEND;
    if (nic_out_publish(&net->up)) *wanted |= NET_RING;
    return err;
}

/* Buffers that were sent come back with other work, or when half of the queue is on its way, or somebody waits for them. */
static bool sent_sleep(struct net *net)
{
    struct virtqueue *send = &net->send;
    if (send->in_flight == 0 || (!net->report && send->free_count > send->size / 2)) {
        virtqueue_interrupt_off(send);
        return true;
    }
    return !virtqueue_interrupt_after(send, net->report ? (uint16_t)(send->in_flight - 1)
                                                        : (uint16_t)((send->in_flight - 1) / 2));
}

bool net_sleep(struct net *net)
{
    bool asleep = sent_sleep(net);
    asleep = !virtqueue_interrupt_after(&net->receive, 0) && asleep;
    /* Without room to send more the stack's bell is of no use: the device's interrupt makes room. */
    bool room = net->pieces != 0 || net->send.free_count >= NIC_PIECES;
    return asleep && (!room || nic_in_sleep(&net->down));
}
