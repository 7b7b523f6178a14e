/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Orders (2.7.13): descriptors and entries before the index of `avail` (release); that index before the device's wish to be notified is
 * looked at, and our wish to be interrupted before the device's index (sequentially consistent fences, since the device stores one and loads
 * the other, too); the device's index before the entries (acquire).
 */
#include "virtqueue.h"

#include <string.h>

void virtqueue_init(struct virtqueue *queue, void *memory, uint16_t size, bool event_index)
{
    memset(memory, 0, VIRTQUEUE_BYTES(size));
    *queue = (struct virtqueue){
        .desc = memory,
        .avail = (struct virtq_avail *)((char *)memory + 16 * (size_t)size),
        .used = (struct virtq_used *)((char *)memory + VIRTQUEUE_USED(size)),
        .size = size,
        .mask = (uint16_t)(size - 1),
        .event_index = event_index,
        .free_count = size,
        .chain_first = VIRTQUEUE_NONE,
    };
    queue->used_event = (_Atomic uint16_t *)&queue->avail->entry[size];
    queue->avail_event = (const _Atomic uint16_t *)&queue->used->entry[size];
    for (uint16_t i = 0; i < size; i++)
        queue->next[i] = (uint16_t)(i + 1);
}

void virtqueue_add(struct virtqueue *queue, paddr_t address, uint32_t length, uint16_t flags, uint16_t buffer, bool more)
{
    uint16_t id = queue->free_first;
    queue->free_first = queue->next[id];
    queue->free_count--;
    queue->buffer[id] = buffer;
    queue->next[id] = VIRTQUEUE_NONE;
    queue->desc[id] = (struct virtq_desc){address, length, (uint16_t)(flags | (more ? DESC_NEXT : 0)), 0};
    if (queue->chain_first == VIRTQUEUE_NONE) {
        queue->chain_first = id;
    } else {
        queue->next[queue->chain_last] = id;
        queue->desc[queue->chain_last].next = id; /* only now: other chains may have come back since */
    }
    queue->chain_last = id;
    if (more) return;
    queue->first[queue->chain_first] = true;
    queue->avail->entry[queue->index++ & queue->mask] = queue->chain_first;
    queue->in_flight++;
    queue->chain_first = VIRTQUEUE_NONE;
}

bool virtqueue_publish(struct virtqueue *queue)
{
    uint16_t before = queue->published;
    if (queue->index == before) return false;
    queue->published = queue->index;
    atomic_store_explicit(&queue->avail->index, queue->index, memory_order_release);
    atomic_thread_fence(memory_order_seq_cst);
    if (!queue->event_index) {
        return (atomic_load_explicit(&queue->used->flags, memory_order_relaxed) & USED_NO_NOTIFY) == 0;
    }
    uint16_t event = atomic_load_explicit(queue->avail_event, memory_order_relaxed);
    return (uint16_t)(queue->index - event - 1) < (uint16_t)(queue->index - before);
}

err_t virtqueue_take(struct virtqueue *queue, uint16_t *first, uint32_t *length)
{
    uint16_t index = atomic_load_explicit(&queue->used->index, memory_order_acquire);
    uint16_t done = (uint16_t)(index - queue->used_seen);
    if (done == 0) return ERR_AGAIN;
    /* What is not published yet the device cannot be done with, either. */
    if (done > queue->in_flight - (uint16_t)(queue->index - queue->published)) return ERR_DEVICE;
    const volatile struct virtq_used_entry *entry = &queue->used->entry[queue->used_seen & queue->mask];
    uint32_t id = entry->id, bytes = entry->length;
    if (id >= queue->size || !queue->first[id]) return ERR_DEVICE;
    queue->first[id] = false;
    queue->used_seen++;
    queue->in_flight--;
    *first = (uint16_t)id;
    *length = bytes;
    return ERR_OK;
}

bool virtqueue_interrupt_after(struct virtqueue *queue, uint16_t after)
{
    if (queue->event_index) {
        atomic_store_explicit(queue->used_event, (uint16_t)(queue->used_seen + after), memory_order_relaxed);
    } else {
        atomic_store_explicit(&queue->avail->flags, 0, memory_order_relaxed);
    }
    atomic_thread_fence(memory_order_seq_cst);
    uint16_t index = atomic_load_explicit(&queue->used->index, memory_order_acquire);
    return (uint16_t)(index - queue->used_seen) > after;
}

/* With an event index: one that the device comes to only after going round half of all numbers. */
void virtqueue_interrupt_off(struct virtqueue *queue)
{
    if (queue->event_index) {
        atomic_store_explicit(queue->used_event, (uint16_t)(queue->used_seen + 0x7fff), memory_order_relaxed);
    } else {
        atomic_store_explicit(&queue->avail->flags, AVAIL_NO_INTERRUPT, memory_order_relaxed);
    }
}

uint16_t virtqueue_reclaim(struct virtqueue *queue)
{
    if (queue->chain_first != VIRTQUEUE_NONE) { /* the one that was being built */
        uint16_t id = queue->chain_first;
        queue->chain_first = virtqueue_next(queue, id);
        return queue->buffer[id];
    }
    for (uint16_t id = 0; id < queue->size; id++) {
        if (!queue->first[id]) continue;
        queue->first[id] = false;
        queue->in_flight--;
        queue->chain_first = virtqueue_next(queue, id);
        return queue->buffer[id];
    }
    return VIRTQUEUE_NONE;
}
