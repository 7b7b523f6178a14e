/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The simulated device and the model of ownership (net_sim.h).
 */
#include "net_sim.h"

#include <stdio.h>
#include <stdlib.h>

void sim_fail(const char *what)
{
    fprintf(stderr, "net_sim: %s\n", what);
    abort();
}

static void require(bool condition, const char *what)
{
    if (!condition) sim_fail(what);
}

void sim_reset(struct sim *sim)
{
    for (int i = 0; i < 2; i++) {
        free(sim->queues[i]);
        sim->queues[i] = aligned_alloc(VIRTQUEUE_ALIGN, VIRTQUEUE_BYTES(sim->size));
    }
    memset(sim->has, 0, sizeof sim->has);
    net_start(&sim->net, &sim->features, sim->queues[0], sim->size, sim->queues[1], sim->size, sim->event_index);
    sim->receive = (struct sim_queue){.queue = &sim->net.receive};
    sim->send = (struct sim_queue){.queue = &sim->net.send};
}

void sim_attach(struct sim *sim, void (*lost)(void *context, uint32_t buffer), void *context)
{
    net_attach(&sim->net, sim->memory, SIM_BYTES, SIM_BASE);
    sim_reset(sim);
    err_t err = nic_port_open(&sim->port, sim->memory, SIM_BYTES, sim->net.slots, sim->net.buffers, lost, context);
    require(err == ERR_OK, "the stack cannot open the card");
}

void sim_start(struct sim *sim, const struct net_features *features, uint16_t size, bool event_index)
{
    *sim = (struct sim){.features = *features, .size = size, .event_index = event_index};
    sim->memory = aligned_alloc(PAGE_SIZE, SIM_BYTES);
    memset(sim->memory, 0, SIM_BYTES);
    sim_attach(sim, NULL, NULL);
}

void sim_end(struct sim *sim)
{
    free(sim->memory);
    free(sim->queues[0]);
    free(sim->queues[1]);
}

err_t sim_work(struct sim *sim, uint32_t *wanted)
{
    err_t err;
    do {
        err = net_work(&sim->net, wanted);
    } while (err == ERR_OK && !net_sleep(&sim->net));
    return err;
}

static const struct virtq_desc *desc_at(const struct sim *sim, const struct sim_queue *queue, uint16_t id)
{
    require(id < sim->size, "a descriptor's number is too large");
    return &queue->queue->desc[id];
}

/* The buffer that a descriptor lies in, wholly. */
static uint32_t buffer_of(const struct virtq_desc *desc)
{
    uint64_t at = desc->address - SIM_BASE - NIC_AREA_HEAD(SIM_SLOTS);
    uint64_t buffer = at / NIC_BUFFER_BYTES;
    require(desc->address >= SIM_BASE + NIC_AREA_HEAD(SIM_SLOTS) && buffer < SIM_BUFFERS, "an address is outside");
    require(at % NIC_BUFFER_BYTES + desc->length <= NIC_BUFFER_BYTES, "a descriptor runs over its buffer's end");
    return (uint32_t)buffer;
}

static uint8_t *memory_of(const struct sim *sim, const struct virtq_desc *desc)
{
    buffer_of(desc);
    return sim->memory + (desc->address - SIM_BASE);
}

static void chain_own(struct sim *sim, const struct sim_queue *queue, uint16_t id, bool own)
{
    bool write = queue == &sim->receive;
    for (unsigned n = 0;; n++) {
        const struct virtq_desc *desc = desc_at(sim, queue, id);
        uint32_t buffer = buffer_of(desc);
        require(n < NIC_PIECES, "a chain does not end");
        require((desc->flags & ~(DESC_NEXT | DESC_WRITE)) == 0, "unknown flags in a descriptor");
        require(((desc->flags & DESC_WRITE) != 0) == write, "a descriptor is of the wrong direction");
        require(sim->has[buffer] != own, "the device is given a buffer that it has");
        sim->has[buffer] = own;
        if ((desc->flags & DESC_NEXT) == 0) return;
        id = desc->next;
    }
}

void sim_take(struct sim *sim, struct sim_queue *queue)
{
    uint16_t index = atomic_load(&queue->queue->avail->index);
    require((uint16_t)(index - queue->taken) <= sim->size, "the available index is beyond what there can be");
    while (queue->taken != index) {
        uint16_t id = queue->queue->avail->entry[queue->taken++ & (sim->size - 1)];
        chain_own(sim, queue, id, true);
        queue->chain[queue->chains++] = id;
    }
}

void sim_give(struct sim *sim, struct sim_queue *queue, uint32_t k, uint32_t length)
{
    struct virtq_used *used = queue->queue->used;
    uint16_t id = queue->chain[k];
    chain_own(sim, queue, id, false);
    memmove(&queue->chain[k], &queue->chain[k + 1], (queue->chains - k - 1) * sizeof queue->chain[0]);
    queue->chains--;
    used->entry[queue->done++ & (sim->size - 1)] = (struct virtq_used_entry){id, length};
    atomic_store(&used->index, queue->done);
}

bool sim_interrupts(const struct sim *sim, const struct sim_queue *queue, uint16_t before)
{
    uint16_t event = atomic_load(queue->queue->used_event);
    if (before == queue->done) return false;
    if (!sim->event_index) return (atomic_load(&queue->queue->avail->flags) & AVAIL_NO_INTERRUPT) == 0;
    return (uint16_t)(queue->done - event - 1) < (uint16_t)(queue->done - before);
}

bool sim_listen(struct sim *sim, struct sim_queue *queue)
{
    if (sim->event_index) atomic_store((_Atomic uint16_t *)queue->queue->avail_event, queue->taken);
    return atomic_load(&queue->queue->avail->index) != queue->taken;
}

uint32_t sim_fill(struct sim *sim, uint16_t chain, const void *data, uint32_t length)
{
    const struct virtq_desc *desc = desc_at(sim, &sim->receive, chain);
    if (length > desc->length) length = desc->length;
    memcpy(memory_of(sim, desc), data, length);
    return length;
}

uint32_t sim_read(struct sim *sim, uint16_t chain, uint8_t *data, uint32_t room)
{
    uint32_t length = 0;
    for (;;) {
        const struct virtq_desc *desc = desc_at(sim, &sim->send, chain);
        require(desc->length <= room - length, "a packet is too long");
        memcpy(data + length, memory_of(sim, desc), desc->length);
        length += desc->length;
        if ((desc->flags & DESC_NEXT) == 0) return length;
        chain = desc->next;
    }
}

/* The driver's record: where each buffer is, and that no descriptor is lost. */
static void queue_check(const struct virtqueue *queue, uint8_t *found, uint8_t mark)
{
    uint32_t used = 0, in_flight = 0;
    for (uint16_t first = 0; first < queue->size; first++) {
        bool building = first == queue->chain_first;
        if (!queue->first[first] && !building) continue;
        in_flight += !building;
        for (uint16_t id = first; id != VIRTQUEUE_NONE; id = queue->next[id]) {
            require(id < queue->size && ++used <= queue->size, "a chain of the driver's goes round");
            require(found[queue->buffer[id]] == NET_STACK, "a buffer has two owners");
            found[queue->buffer[id]] = mark;
        }
    }
    require(in_flight == queue->in_flight, "the chains that the device has are miscounted");
    require(used + queue->free_count == queue->size, "a descriptor is lost");
    for (uint16_t n = 0, id = queue->free_first; n < queue->free_count; n++, id = queue->next[id])
        require(id < queue->size && !queue->first[id], "a free descriptor is in use");
}

void sim_check(const struct sim *sim, bool stack_honest, bool device_honest)
{
    const struct net *net = &sim->net;
    uint8_t found[NIC_BUFFERS_MAX] = {0};
    uint32_t free_count = 0;
    queue_check(&net->receive, found, NET_RECEIVING);
    queue_check(&net->send, found, NET_SENDING);
    for (uint32_t i = 0; i < net->spare_count; i++) {
        require(net->spare[i] < net->buffers && found[net->spare[i]] == NET_STACK, "a spare buffer has two owners");
        found[net->spare[i]] = NET_DRIVER;
    }
    for (uint32_t i = 0; i < net->buffers; i++) {
        bool stacks = sim->port.state[i] == NIC_FREE || sim->port.state[i] == NIC_HELD;
        require(found[i] == net->owner[i], "a buffer is not where the driver's record says");
        if (stack_honest) require(!stacks || found[i] == NET_STACK, "stack and driver have the same buffer");
        if (stack_honest && device_honest) require(!stacks || !sim->has[i], "stack and device have the same buffer");
        if (device_honest) require(!sim->has[i] || found[i] >= NET_RECEIVING, "driver and device have the same buffer");
        free_count += sim->port.state[i] == NIC_FREE;
    }
    if (stack_honest) require(free_count == sim->port.free_count, "free buffers are miscounted");
}
