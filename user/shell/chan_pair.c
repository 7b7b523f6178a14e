/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Endpoints become channels. Who has an endpoint to another's ring of requests is its client; the endpoint that the server has of it, to its
 * ring of replies, is the way back.
 */
#include "chan.h"

#include <stdlib.h>

#define RING_REQUESTS 1
#define ROOM_LEAST 64

static const struct chan_process *owner_of(const struct chan *chan, const struct chan_endpoint *endpoint)
{
    for (uint32_t i = 0; i < chan->process_count; i++) {
        if (chan->processes[i].dispatcher != 0 && chan->processes[i].dispatcher == endpoint->cap.base) {
            return &chan->processes[i];
        }
    }
    return NULL;
}

const struct chan_process *chan_process_find(const struct chan *chan, pid_abi_t pid)
{
    for (uint32_t i = 0; i < chan->process_count; i++) {
        if (chan->processes[i].pid == pid) {
            return &chan->processes[i];
        }
    }
    return NULL;
}

struct chan_row *chan_row_new(struct chan *chan)
{
    if (chan->row_count == chan->row_room) {
        uint32_t room = chan->row_room != 0 ? 2 * chan->row_room : ROOM_LEAST;
        struct chan_row *rows = realloc(chan->rows, room * sizeof *rows);
        if (rows == NULL) {
            return NULL;
        }
        chan->rows = rows;
        chan->row_room = room;
    }
    chan->rows[chan->row_count] = (struct chan_row){0};
    return &chan->rows[chan->row_count++];
}

static struct chan_row *row_of(struct chan *chan, pid_abi_t client, pid_abi_t server)
{
    for (uint32_t i = 0; i < chan->row_count; i++) {
        struct chan_row *row = &chan->rows[i];
        if (!row->by_ump && row->client == client && row->server == server) {
            return row;
        }
    }
    return NULL;
}

static void way_add(struct chan_way *way, const struct proc_capability *cap)
{
    way->messages += cap->sent;
    way->slots = cap->slots;
    way->filled = cap->filled;
}

static bool request_add(struct chan *chan, const struct chan_endpoint *endpoint, pid_abi_t server)
{
    struct chan_row *row = row_of(chan, endpoint->holder, server);
    if (row == NULL) {
        row = chan_row_new(chan);
        if (row == NULL) {
            return false;
        }
        row->client = endpoint->holder;
        row->server = server;
    }
    row->channels++;
    way_add(&row->to, &endpoint->cap);
    return true;
}

static int by_pids(const void *a, const void *b)
{
    const struct chan_row *left = a, *right = b;
    if (left->client != right->client) {
        return left->client < right->client ? -1 : 1;
    }
    return left->server < right->server ? -1 : left->server > right->server;
}

bool chan_pair(struct chan *chan)
{
    for (unsigned pass = 0; pass < 2; pass++) {
        for (uint32_t i = 0; i < chan->endpoint_count; i++) {
            const struct chan_endpoint *endpoint = &chan->endpoints[i];
            const struct chan_process *owner = owner_of(chan, endpoint);
            bool is_request = endpoint->cap.ring == RING_REQUESTS;
            if (owner == NULL || owner->pid == endpoint->holder || is_request != (pass == 0)) {
                continue;
            }
            if (is_request && !request_add(chan, endpoint, owner->pid)) {
                return false;
            }
            struct chan_row *row = is_request ? NULL : row_of(chan, owner->pid, endpoint->holder);
            if (row != NULL) {
                way_add(&row->back, &endpoint->cap);
            }
        }
    }
    if (chan->row_count > 0) {
        qsort(chan->rows, chan->row_count, sizeof chan->rows[0], by_pids);
    }
    return true;
}

void chan_free(struct chan *chan)
{
    free(chan->processes);
    free(chan->endpoints);
    free(chan->rows);
    free(chan->memory);
    *chan = (struct chan){0};
}
