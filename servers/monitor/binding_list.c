/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Who talks to services of this core by UMP, and how much: the server's half of a binding has the rings' frame, which is mapped for
 * a look and read as what it is: memory that both sides write to, and that may be gone at any moment.
 */
#include "binding.h"
#include "bindings.h"
#include <messaging/ump.h>
#include <paging/paging.h>
#include <stdio.h>
#include <threads/guarded.h>

#define CLIENT 0 /* its side of the rings, by the ring that it sends on */
#define SERVER 1

/* Of one ring: messages taken, and slots that hold messages. What cannot be counts as empty. */
static void ring_read(const struct ump_area *area, uint32_t slots, unsigned ring, uint64_t *taken, uint32_t *filled)
{
    uint64_t acknowledged, sequence, newest = 0;
    *taken = *filled = 0;
    if (!guarded_copy(&acknowledged, &area->control[ring].acknowledged, sizeof(acknowledged))) return;
    for (uint32_t i = 0; i < slots; i++) {
        if (!guarded_copy(&sequence, &area->slots[ring * slots + i].sequence, sizeof(sequence))) return;
        if (sequence >> 8 > newest) newest = sequence >> 8;
    }
    uint64_t waiting = newest - acknowledged;
    *filled = waiting <= slots ? (uint32_t)waiting : 0;
    *taken = acknowledged;
}

static void channel_read(cptr_t frame, uint64_t bytes, struct monitor_channel *channel)
{
    vaddr_t va;
    if (paging_map(frame, 0, bytes, MAP_READ, 0, "a channel", &va) != ERR_OK) return;
    const struct ump_area *area = (const struct ump_area *)va;
    ring_read(area, channel->slots, CLIENT, &channel->to, &channel->filled_to);
    ring_read(area, channel->slots, SERVER, &channel->back, &channel->filled_back);
    paging_unmap(va, bytes);
}

/* The binding with this number among those that are to be told; false: there is none. */
static bool binding_at(uint32_t number, struct monitor_channel *channel, cptr_t *frame, uint64_t *bytes)
{
    bool found = false;
    mutex_lock(&bindings_lock);
    for (struct binding *binding = binding_next(NULL); binding != NULL && !found; binding = binding_next(binding)) {
        if (!serves_here(binding) || binding->over || binding->frame == 0 || number-- != 0) continue;
        *channel = (struct monitor_channel){
            .client = binding->client_pid, .server = binding->server_pid, .slots = binding->slots};
        snprintf(channel->service, sizeof(channel->service), "%.31s", binding->name);
        *frame = binding->frame;
        *bytes = binding->bytes;
        found = true;
    }
    mutex_unlock(&bindings_lock);
    return found;
}

uint32_t bindings_list(uint32_t *next, struct monitor_channel *list, uint32_t most)
{
    uint32_t count = 0;
    cptr_t frame;
    uint64_t bytes;
    while (count < most && binding_at(*next, &list[count], &frame, &bytes)) {
        channel_read(frame, bytes, &list[count]);
        (*next)++;
        count++;
    }
    if (count < most) *next = 0;
    return count;
}
