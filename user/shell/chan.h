/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The channels of the system: what processes and their endpoints tell of them. chan_read.c asks, chan_pair.c is pure, chan.c
 * and map.c show.
 */
#ifndef SHELL_CHAN_H
#define SHELL_CHAN_H

#include <abi/errors.h>
#include <idl/proc.h>
#include <stdbool.h>

struct chan_process {
    pid_abi_t pid;
    uint64_t dispatcher; /* its address; 0: not known */
    char name[32];
    pid_abi_t parent;
    uint64_t ram;
    uint32_t state; /* PROC_STATE_* */
};

struct chan_endpoint {
    pid_abi_t holder;
    struct proc_capability cap;
};

/* Memory that a process has mapped. */
struct chan_memory {
    pid_abi_t holder;
    uint64_t base, bytes;
    bool writable;
};

/* One direction. */
struct chan_way {
    uint64_t messages;
    uint32_t slots, filled; /* of the receiver's ring */
};

struct chan_row {
    pid_abi_t client, server;
    bool by_ump;
    uint32_t channels;
    struct chan_way to, back; /* to the server, and to the client */
    char service[32];         /* by UMP: the name that the client looked up; else "" */
};

struct chan {
    struct chan_process *processes; /* by pid */
    uint32_t process_count, process_room;
    struct chan_endpoint *endpoints;
    uint32_t endpoint_count, endpoint_room;
    struct chan_row *rows; /* by client, then server */
    uint32_t row_count, row_room;
    bool wants_memory; /* set it before reading: else there is no memory */
    struct chan_memory *memory;
    uint32_t memory_count, memory_room;
};

const struct chan_process *chan_process_find(const struct chan *chan, pid_abi_t pid);
/* All of the system, into an empty one. ERR_NO_MEMORY, or what proc or monitor answered. */
err_t chan_read(struct chan *chan);
/* An empty one; NULL: no memory. */
struct chan_row *chan_row_new(struct chan *chan);
/* Make rows of the endpoints, beside those that there are. False: no memory. */
bool chan_pair(struct chan *chan);
void chan_free(struct chan *chan);

#endif
