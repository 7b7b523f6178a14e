/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A queue of bytes, for what waits between a client and a device. `size` is a power of two.
 */
#ifndef DRIVER_BYTE_QUEUE_H
#define DRIVER_BYTE_QUEUE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct byte_queue {
    uint8_t *bytes;
    uint32_t size;
    uint32_t head; /* bytes ever put in */
    uint32_t tail; /* bytes ever taken out */
};

static inline uint32_t byte_queue_used(const struct byte_queue *queue)
{
    return queue->head - queue->tail;
}

static inline uint32_t byte_queue_room(const struct byte_queue *queue)
{
    return queue->size - byte_queue_used(queue);
}

/* False: it is full. */
static inline bool byte_queue_put(struct byte_queue *queue, uint8_t byte)
{
    if (byte_queue_room(queue) == 0) {
        return false;
    }
    queue->bytes[queue->head++ & (queue->size - 1)] = byte;
    return true;
}

/* The oldest byte, which stays; only if there is one. */
static inline uint8_t byte_queue_peek(const struct byte_queue *queue)
{
    return queue->bytes[queue->tail & (queue->size - 1)];
}

/* Take `count` bytes at most; how many there were. */
static inline size_t byte_queue_take(struct byte_queue *queue, uint8_t *to, size_t count)
{
    size_t taken = 0;
    while (taken < count && byte_queue_used(queue) > 0) {
        to[taken++] = byte_queue_peek(queue);
        queue->tail++;
    }
    return taken;
}

#endif
