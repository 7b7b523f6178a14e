/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The cores of the machine, as all monitors see them: one frame (SLOT_URPC on every core but 0) that monitors share and nobody
 * else maps. It holds the table of cores and a part for each ordered pair of monitors, in which their channel is.
 */
#ifndef MONITOR_CORES_H
#define MONITOR_CORES_H

#include <abi/bootinfo.h>
#include <abi/errors.h>
#include <idl/monitor.h>
#include <messaging/server.h>
#include <stdatomic.h>

#define BELL_MONITOR 0  /* the doorbell of each core's monitor: something in the table or a channel has changed */
#define BELL_FIRST 1    /* those from here on are for whoever asks (bells.c) */
#define PAIR_BYTES 8192 /* of each ordered pair of monitors */

/* Written by core 0 before the core starts; `state` by it (starting, failed) and by the core itself (up). */
struct core_record {
    _Atomic uint32_t state; /* MONITOR_CORE_* */
    uint32_t error;         /* failed: why, an err_t */
    uint64_t mpidr;
    uint64_t kcb_base, kcb_bytes;       /* of its kernel's memory */
    uint64_t memory_base, memory_bytes; /* what it was given: it is the home of that */
    uint64_t ticks;                     /* from CPU_ON to up */
};

struct cores_shared {
    uint32_t count; /* cores that there may be; `pairs` has count * count parts */
    struct core_record core[CORES_MAX];
};
#define CORES_SHARED_BYTES ((sizeof(struct cores_shared) + PAGE_MASK) & ~(uint64_t)PAGE_MASK)

/* The table. On core 0 NULL until another core is asked for. */
const struct cores_shared *cores_shared(void);
/* Where what core `from` sends to core `to` goes: PAIR_BYTES, zeros at first. */
void *cores_pair(coreid_t from, coreid_t to);

/* Start the thread that boots cores (core 0) or tells the others that this one is up. mem must be there. */
err_t cores_start(void);
/* Boot all cores that are off, one after the other; nobody waits for it. */
void cores_boot_all(void);
/* The same with one, then answer. ERR_NOT_FOUND, ERR_EXISTS (it is up), ERR_BUSY. */
err_t cores_boot(coreid_t core, struct reply *reply);
uint32_t cores_list(uint32_t first, struct monitor_core *list, uint32_t most);
/* Ring the monitor of another core that is up. */
err_t cores_ring(coreid_t core);

#endif
