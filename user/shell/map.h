/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The parts of `map`: who shares memory with whom (map_shared.c, pure), what each process is (map_nodes.c), and the drawing (map.c).
 */
#ifndef SHELL_MAP_H
#define SHELL_MAP_H

#include "chan.h"

enum map_kind { MAP_BASE, MAP_SERVICE, MAP_DRIVER, MAP_PROGRAM, MAP_KINDS };

/* What there is to know of a process beside what chan.h has. */
struct map_node {
    enum map_kind kind;
    char services[96]; /* the names that it has registered, but its own */
};

/* Memory that two processes have mapped, and at least one of them can write. */
struct map_shared {
    pid_abi_t a, b; /* a < b; of many that have the same, one and the next */
    uint64_t bytes;
};

struct map {
    struct chan chan;
    struct map_node *nodes; /* as chan.processes */
    struct map_shared *shared;
    uint32_t shared_count, shared_room;
};

/* Find `shared`; puts chan.memory in order. False: no memory. */
bool map_share(struct map *map);
/* The bytes that two share; 0: none. */
uint64_t map_shared_bytes(const struct map *map, pid_abi_t one, pid_abi_t other);

/* Fill `nodes`. ERR_NO_MEMORY, or what names answered. */
err_t map_nodes_read(struct map *map);

#endif
