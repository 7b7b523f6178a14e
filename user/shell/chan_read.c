/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The channels of the system, asked for: every core's proc for its processes and their capabilities, the monitors for the channels between
 * cores.
 */
#include <abi/captypes.h>
#include <abi/slots.h>
#include <caps/caps.h>
#include <cores/cores.h>
#include <idl/monitor.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "chan.h"
#include "shell.h"

#define CAPS_PAGE 32
#define CHANNELS_PAGE 4
#define BADGE_PUBLIC (1ull << 63) /* for whoever may bind; nobody's channel unless somebody sends through it */
#define ROOM_LEAST 64

static bool grow(void **list, uint32_t count, uint32_t *room, size_t bytes)
{
    if (count < *room) {
        return true;
    }
    uint32_t more = *room != 0 ? 2 * *room : ROOM_LEAST;
    void *longer = realloc(*list, more * bytes);
    if (longer == NULL) {
        return false;
    }
    *list = longer;
    *room = more;
    return true;
}

static err_t process_add(struct chan *chan, const struct proc_info *info)
{
    if (!grow((void **)&chan->processes, chan->process_count, &chan->process_room, sizeof *chan->processes)) {
        return ERR_NO_MEMORY;
    }
    struct chan_process *process = &chan->processes[chan->process_count++];
    *process = (struct chan_process){.pid = info->pid, .parent = info->parent, .ram = info->ram, .state = info->state};
    strncpy(process->name, info->name, sizeof process->name - 1);
    return ERR_OK;
}

static err_t endpoint_add(struct chan *chan, pid_abi_t holder, const struct proc_capability *cap)
{
    if (!grow((void **)&chan->endpoints, chan->endpoint_count, &chan->endpoint_room, sizeof *chan->endpoints)) {
        return ERR_NO_MEMORY;
    }
    chan->endpoints[chan->endpoint_count++] = (struct chan_endpoint){holder, *cap};
    return ERR_OK;
}

/* What it can read or write there. */
static err_t memory_add(struct chan *chan, pid_abi_t holder, const struct proc_capability *cap)
{
    if (!grow((void **)&chan->memory, chan->memory_count, &chan->memory_room, sizeof *chan->memory)) {
        return ERR_NO_MEMORY;
    }
    chan->memory[chan->memory_count++] =
        (struct chan_memory){holder, cap->base, cap->bytes, (cap->rights & CAP_RIGHT_WRITE) != 0};
    return ERR_OK;
}

static err_t cap_take(struct chan *chan, struct chan_process *process, const struct proc_capability *cap)
{
    if (cap->cptr == SLOT_DISPATCHER && cap->type == CAP_DISPATCHER) {
        process->dispatcher = cap->base;
    }
    if (cap->type == CAP_ENDPOINT && cap->badge != 0 && (!(cap->badge & BADGE_PUBLIC) || cap->sent != 0)) {
        return endpoint_add(chan, process->pid, cap);
    }
    if (chan->wants_memory && cap->type == CAP_MAPPING && (cap->rights & (CAP_RIGHT_READ | CAP_RIGHT_WRITE)) != 0) {
        return memory_add(chan, process->pid, cap);
    }
    return ERR_OK;
}

/* Where its dispatcher is, and which endpoints it has. */
static err_t process_read(struct chan *chan, struct chan_process *process)
{
    static struct proc_capability page[CAPS_PAGE];
    uint32_t first = 0, count;
    do {
        if (proc_caps(cores_proc_of(process->pid), process->pid, first, &first, page, CAPS_PAGE, &count) != ERR_OK) {
            return ERR_OK; /* it has ended */
        }
        for (uint32_t i = 0; i < count; i++) {
            err_t error = cap_take(chan, process, &page[i]);
            if (error != ERR_OK) {
                return error;
            }
        }
    } while (first != 0);
    return ERR_OK;
}

/* A channel between cores. */
static err_t remote_add(struct chan *chan, const struct monitor_channel *channel)
{
    struct chan_row *row = chan_row_new(chan);
    if (row == NULL) {
        return ERR_NO_MEMORY;
    }
    row->client = channel->client;
    row->server = channel->server;
    row->by_ump = true;
    row->channels = 1;
    row->to = (struct chan_way){channel->to, channel->slots, channel->filled_to};
    row->back = (struct chan_way){channel->back, channel->slots, channel->filled_back};
    snprintf(row->service, sizeof row->service, "%s", channel->service);
    return ERR_OK;
}

static err_t core_read(struct chan *chan, coreid_t core)
{
    static struct proc_info page[PROC_PAGE];
    static struct monitor_channel channels[CHANNELS_PAGE];
    uint64_t after = 0;
    uint32_t count, first = 0;
    err_t error;
    do {
        error = proc_list(cores_proc(core), after, page, PROC_PAGE, &count);
        for (uint32_t i = 0; i < count && error == ERR_OK; i++) {
            error = process_add(chan, &page[i]);
            after = page[i].pid;
        }
    } while (error == ERR_OK && count > 0);
    do {
        error = error == ERR_OK
                    ? monitor_channels(monitor_default(), core, first, &first, channels, CHANNELS_PAGE, &count)
                    : error;
        for (uint32_t i = 0; i < count && error == ERR_OK; i++) {
            error = remote_add(chan, &channels[i]);
        }
    } while (error == ERR_OK && first != 0);
    return error;
}

err_t chan_read(struct chan *chan)
{
    err_t error = ERR_OK;
    for (coreid_t core = core_next_up(0); core < CORES_MAX && error == ERR_OK; core = core_next_up(core + 1)) {
        error = core_read(chan, core);
    }
    for (uint32_t i = 0; i < chan->process_count && error == ERR_OK; i++) {
        error = process_read(chan, &chan->processes[i]);
    }
    return error == ERR_OK && !chan_pair(chan) ? ERR_NO_MEMORY : error;
}
