/* SPDX-License-Identifier: BSD-2-Clause */
/* A ring of changes. */
#include "changes.h"
#include <stddef.h>

static struct change *change_at(const struct change_queue *queue, uint32_t n)
{
    return &queue->changes[(queue->first + n) % queue->capacity];
}

struct change *change_add(struct change_queue *queue)
{
    if (queue->count == queue->capacity) return NULL;
    struct change *change = change_at(queue, queue->count++);
    *change = (struct change){0};
    return change;
}

struct change *change_take(struct change_queue *queue)
{
    if (queue->taken || queue->count == 0) return NULL;
    queue->taken = true;
    return change_at(queue, 0);
}

struct change *change_finish(struct change_queue *queue)
{
    if (!queue->taken) return NULL;
    struct change *change = change_at(queue, 0);
    queue->taken = false;
    queue->first = (queue->first + 1) % queue->capacity;
    queue->count--;
    return change;
}

uint32_t change_count(const struct change_queue *queue, uint64_t owner)
{
    uint32_t count = 0;
    for (uint32_t i = 0; i < queue->count; i++) {
        count += change_at(queue, i)->add && change_at(queue, i)->owner == owner;
    }
    return count;
}

void change_forget(struct change_queue *queue, const void *token)
{
    for (uint32_t i = 0; i < queue->count; i++) {
        if (change_at(queue, i)->token == token) change_at(queue, i)->token = NULL;
    }
}

void *change_orphan(struct change_queue *queue, uint64_t owner)
{
    for (uint32_t i = 0; i < queue->count; i++) {
        struct change *change = change_at(queue, i);
        void *token = change->token;
        if (change->owner != owner || token == NULL) continue;
        change->token = NULL;
        return token;
    }
    return NULL;
}
