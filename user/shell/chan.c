/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * `chan`: who talks to whom, and how much (chan_read.c asks). On a core the kernel counts: what a process can send to is what it has
 * endpoints of, and each
 * endpoint knows how many messages have gone through it. Between cores the monitors look at the rings. A client with several channels to one
 * service on its core is one line.
 */
#include <stdio.h>
#include <string.h>

#include "chan.h"
#include <cli/format.h>
#include <cli/json.h>
#include "shell.h"

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
    err_t error = chan_read(&chan);
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
