/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * `chan`: who talks to whom, and how much. On a core the kernel counts: what a process can send to is what it has endpoints of, and each
 * endpoint knows how many messages have gone through it. Between cores the monitors look at the rings. A client with several channels to one
 * service on its core is one line.
 */
#include <abi/captypes.h>
#include <abi/slots.h>
#include <cores/cores.h>
#include <idl/monitor.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "chan.h"
#include <cli/format.h>
#include <cli/json.h>
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
    *process = (struct chan_process){.pid = info->pid};
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
            const struct proc_capability *cap = &page[i];
            if (cap->cptr == SLOT_DISPATCHER && cap->type == CAP_DISPATCHER) {
                process->dispatcher = cap->base;
            }
            bool counts =
                cap->type == CAP_ENDPOINT && cap->badge != 0 && (!(cap->badge & BADGE_PUBLIC) || cap->sent != 0);
            err_t error = counts ? endpoint_add(chan, process->pid, cap) : ERR_OK;
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

static err_t all_read(struct chan *chan)
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

static const char *name_of(const struct chan *chan, pid_abi_t pid)
{
    const struct chan_process *process = chan_process_find(chan, pid);
    return process != NULL ? process->name : "?";
}

/* A pid, or part of the name of either side. */
static bool is_wanted(const struct chan *chan, const struct chan_row *row, const char *filter)
{
    pid_abi_t pid;
    if (filter == NULL) {
        return true;
    }
    if (pid_parse(filter, &pid)) {
        return row->client == pid || row->server == pid;
    }
    return strstr(name_of(chan, row->client), filter) != NULL || strstr(name_of(chan, row->server), filter) != NULL ||
           strstr(row->service, filter) != NULL;
}

static void row_print(const struct chan *chan, const struct chan_row *row)
{
    char pid[FORMAT_BYTES], from[64], to[64], depth[48];
    snprintf(from, sizeof from, "%s %s", pid_text(row->client, pid), name_of(chan, row->client));
    snprintf(to, sizeof to, "%s %s", pid_text(row->server, pid), name_of(chan, row->server));
    snprintf(depth, sizeof depth, "%u/%u %u/%u", (unsigned)row->to.filled, (unsigned)row->to.slots,
             (unsigned)row->back.filled, (unsigned)row->back.slots);
    printf("%-18s %-18s %-4s %3u  %-14s %10llu %10llu\n", from, to, row->by_ump ? "UMP" : "LMP",
           (unsigned)row->channels, depth, (unsigned long long)row->to.messages, (unsigned long long)row->back.messages);
}

static void way_json(struct json *json, const char *name, const struct chan_way *way)
{
    json_object(json, name);
    json_number(json, "messages", way->messages);
    json_number(json, "slots", way->slots);
    json_number(json, "filled", way->filled);
    json_end(json);
}

static void row_json(struct json *json, const struct chan *chan, const struct chan_row *row)
{
    char pid[FORMAT_BYTES];
    json_object(json, NULL);
    json_string(json, "client", pid_text(row->client, pid));
    json_string(json, "client_name", name_of(chan, row->client));
    json_number(json, "client_core", row->client >> 32);
    json_string(json, "server", pid_text(row->server, pid));
    json_string(json, "server_name", name_of(chan, row->server));
    json_number(json, "server_core", row->server >> 32);
    json_string(json, "service", row->service);
    json_string(json, "transport", row->by_ump ? "UMP" : "LMP");
    json_number(json, "channels", row->channels);
    way_json(json, "to", &row->to);
    way_json(json, "back", &row->back);
    json_end(json);
}

static uint32_t show(const struct chan *chan, const char *filter, bool as_json)
{
    struct json json = {0};
    uint32_t shown = 0;
    if (as_json) {
        json_array(&json, NULL);
    }
    for (uint32_t i = 0; i < chan->row_count; i++) {
        const struct chan_row *row = &chan->rows[i];
        if (!is_wanted(chan, row, filter)) {
            continue;
        }
        if (as_json) {
            row_json(&json, chan, row);
        } else if (shown == 0) {
            printf("%-18s %-18s %-4s %3s  %-14s %10s %10s\n", "CLIENT", "SERVER", "BY", "N", "FULL to, back", "SENT",
                   "BACK");
        }
        if (!as_json) {
            row_print(chan, row);
        }
        shown++;
    }
    if (as_json) {
        json_end(&json);
    }
    return shown;
}

int command_chan(int argc, char **argv)
{
    struct chan chan = {0};
    bool as_json = argc > 1 && strcmp(argv[1], "-j") == 0;
    const char *filter = argc - as_json > 1 ? argv[1 + as_json] : NULL;
    if (argc - as_json > 2 || (filter != NULL && filter[0] == '-')) {
        return usage("chan", "one process or service at a time");
    }
    err_t error = all_read(&chan);
    uint32_t shown = error == ERR_OK ? show(&chan, filter, as_json) : 0;
    chan_free(&chan);
    if (error != ERR_OK) {
        return failed("chan", "proc", error);
    }
    if (shown == 0 && filter != NULL && !as_json) {
        fprintf(stderr, "chan: '%.40s' has no channel; it takes a process id like 0.12, or part of a name\n", filter);
        return STATUS_FAILED;
    }
    return STATUS_OK;
}
