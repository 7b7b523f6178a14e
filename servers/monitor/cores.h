/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The cores of the machine, as all monitors see them: one frame (SLOT_URPC on every core but 0) that monitors share and nobody
 * else maps. It holds the table of cores and for each pair of monitors the rings of their channel (link.h).
 */
#ifndef MONITOR_CORES_H
#define MONITOR_CORES_H

#include "pieces.h"
#include <abi/bootinfo.h>
#include <abi/errors.h>
#include <idl/monitor.h>
#include <messaging/server.h>
#include <stdatomic.h>

/* Doorbells of each core: number 0 is its monitor's (the table or a channel has changed), those from here on are anybody's. */
#define BELL_FIRST 1

/* Written by core 0 before the core starts; `state` by it (starting, failed), by the core itself (up, when all its services are
 * known on all cores) and by whoever finds that it answers no more (silent). */
struct core_record {
    _Atomic uint32_t state;  /* MONITOR_CORE_* */
    _Atomic uint32_t linked; /* its monitor's channels can be opened */
    _Atomic uint32_t dealt;  /* nobody else thinks what it was given to be his */
    uint32_t error;          /* failed: why, an err_t */
    uint64_t mpidr;
    uint64_t kcb_base, kcb_bytes;       /* of its kernel's memory */
    uint64_t memory_base, memory_bytes; /* what it was given: it is the origin of that */
    uint64_t ticks;                     /* from CPU_ON to up */
};

struct cores_shared {
    uint32_t count; /* cores that there may be */
    struct core_record core[CORES_MAX];
    struct pieces pieces;
};
#define CORES_SHARED_BYTES ((sizeof(struct cores_shared) + PAGE_MASK) & ~(uint64_t)PAGE_MASK)

/* The table. On core 0 NULL until another core is asked for. */
const struct cores_shared *cores_shared(void);
/* The RAM that goes from core to core. */
struct pieces *cores_pieces(void);
/* Which core is the home of this memory. */
coreid_t cores_home(paddr_t address);

/* Boot a core, then answer. ERR_NOT_FOUND, ERR_EXISTS (it is up), ERR_BUSY. */
err_t cores_boot(coreid_t core, struct reply *reply);
uint32_t cores_list(uint32_t first, struct monitor_core *list, uint32_t most);
#endif
