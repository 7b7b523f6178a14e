/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What the monitors of different cores send each other: messages of up to LINK_WORDS words, in order, never lost, through
 * UMP rings in the frame that monitors share. One thread, "link", receives them all and runs their handlers one after the other;
 * a handler must not wait for another core, nor for anybody who might.
 */
#ifndef MONITOR_LINK_H
#define MONITOR_LINK_H

#include <abi/errors.h>
#include <abi/types.h>
#include <messaging/ump.h>
#include <messaging/waitset.h>

#define LINK_WORDS 56 /* eight slots */
#define LINK_SLOTS 32 /* of a ring; what does not fit waits in a queue */
#define LINK_KINDS 64
#define LINK_PAIR_BYTES 8192
_Static_assert(UMP_AREA_BYTES(LINK_SLOTS) <= LINK_PAIR_BYTES, "the rings of a pair do not fit");

/* Who sends what. Whoever adds a kind names it here. */
enum link_kind {
    LINK_CAPS = 1, /* capabilities across cores */
    LINK_BIND = 2, /* channels across cores */
    LINK_NAMES = 3,
    LINK_LOG = 4,  /* text of a core's log, for core 0's */
    LINK_DUMP = 5, /* dump what you run */
    LINK_MEM = 6,  /* RAM that is wanted */
    LINK_ASK = 7   /* what one core knows and a client of another wants to know */
};

/* `w` has `words` words, a multiple of 7: those after what was sent are 0. */
typedef void (*link_handler)(coreid_t from, const uint64_t *w, unsigned words);

/* Messages of a kind go to `handler` from now on; those that came before anybody handled them are dropped. */
void link_handle(enum link_kind kind, link_handler handler);

/*
 * A core that takes nothing out of its ring for CONFIG_CORE_SILENT_MS is lost: its channel is closed for good, on all cores, and nothing that
 * still comes from it is read. Then `lost` runs in the link's thread, after those that were given before it.
 */
void link_on_loss(void (*lost)(coreid_t core));

/* From any thread. Never waits. ERR_NOT_FOUND: that core is not up (or this one); ERR_TOO_LONG; ERR_NO_MEMORY. */
err_t link_send(coreid_t to, enum link_kind kind, const uint64_t *w, unsigned words);

/* The waitset of the thread, for events and timers of those whose handlers run there. */
extern struct waitset link_waitset;

/* For cores.c: start the thread; `changed` runs in it whenever the doorbell was rung, before messages are looked for; `silent` when a core is. */
err_t link_start(void (*changed)(void), void (*silent)(coreid_t core));
/* In that thread: the core is lost. */
void link_lose(coreid_t core);
/* Core `core` is up: side `side` of the rings in `area` is ours, `bell` its monitor's. In that thread, or before it runs. */
void link_open(coreid_t core, void *area, unsigned side, cptr_t bell);
bool link_is_open(coreid_t core);
/* Ring the monitor there. */
void link_ring(coreid_t core);

#endif
