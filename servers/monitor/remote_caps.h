/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Capabilities on several cores: the protocol of caps/, between this kernel and the monitors of other cores. All of it runs
 * in the link's thread; these functions only leave word, from any thread.
 */
#ifndef MONITOR_REMOTE_CAPS_H
#define MONITOR_REMOTE_CAPS_H

#include <abi/errors.h>
#include <abi/types.h>
#include <stdbool.h>

/* Who sends and who is meant. */
enum remote_kind { REMOTE_POST, REMOTE_BINDING, REMOTE_KINDS };

/* What is asked for: done() runs in the link's thread, once; then the record is the caller's again. */
struct remote_request {
    void (*done)(struct remote_request *request, err_t err);
    void *context;
    cptr_t dispatcher; /* on whose behalf; 0: the monitor's own */
    capref_t capref;   /* in its CSpace */
    /* remote_caps_send */
    coreid_t core;
    enum remote_kind to;
    uint64_t tag;
    /* remote_caps_retype: as CAP_RETYPE */
    capref_t dst;
    uint64_t offset, bytes;
    uint32_t type, count;
    /* this file's */
    unsigned kind;
    struct remote_request *next;
};

/* A copy of it to another core's monitor, where it arrives with the tag. ERR_NOT_FOUND, ERR_COPY, ERR_BUSY ... */
void remote_caps_send(struct remote_request *request);
/* What the kernel left to the monitor because other cores are concerned. */
void remote_caps_revoke(struct remote_request *request);
void remote_caps_retype(struct remote_request *request);

/* What arrives is the handler's, which runs in the link's thread, unless it returns an error: then the sender gets that. */
void remote_caps_handle(enum remote_kind kind, err_t (*arrived)(coreid_t from, uint64_t tag, cptr_t cap));

/* The kernel has signalled: something may be vacant. */
void remote_caps_note(void);
/* A freed block of another core's memory; false: no room now, ask again when drained() has run. */
bool remote_caps_free(paddr_t base, uint64_t bytes);
/* May one more be freed? */
bool remote_caps_room(void);

/* Of a block whose home is this core: a mask of the cores that may have capabilities in it, 0: one alone. */
uint64_t remote_caps_sharers(paddr_t block);

/* A piece of RAM, wholly free and this core's, goes to another one; at the end the handler runs there. In the link's thread. */
err_t remote_caps_piece_move(unsigned piece, coreid_t to);
void remote_caps_piece_handle(void (*arrived)(paddr_t base));

/* Before other cores are there. drained(): there is room again. */
void remote_caps_start(void (*drained)(void));

#endif
