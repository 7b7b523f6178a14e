/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What the files of names share. Floors, from below: table, match, waiters, searches; owners; answers; spread; main. All is in
 * the server's thread.
 */
#ifndef NAMES_NAMES_H
#define NAMES_NAMES_H

#include "names_table.h"
#include <messaging/server.h>

extern struct server server;
extern struct name_table table;

#define RIGHTS_OF_ONE 4

/* owners.c: a process that is a client, by however many channels. Its names go when its last channel goes. */
struct owner {
    struct name_owner names; /* first */
    struct owner *next;      /* of the same hash, or of those that are gone */
    uint32_t channels;
    uint32_t right[RIGHTS_OF_ONE]; /* records of a HOLDER; NAME_NONE: none */
};
/* Of process `pid`, which may have no channel yet; and for a new channel of it. NULL: out of memory. */
struct owner *owner_get(uint64_t pid);
struct owner *owner_open(uint64_t pid);
/* Process `pid` has ended, or begins: if we only know from our predecessor that it had names, it has them no longer. */
void owner_ended(uint64_t pid);
/* It holds the right that the record of a HOLDER says. */
void owner_holds(struct owner *owner, uint32_t index);
/* One channel less. If it was the last: what it has registered goes, a few names at a time; gone() is called for each. */
void owner_close(struct owner *owner);
void owners_init(void (*gone)(uint32_t index));
/* May it register this name? */
bool owner_may(const struct owner *owner, const char *name);
err_t owner_present(struct owner *owner, cptr_t right);
/* The right to a prefix, the same each time; it stays names' own. */
err_t right_grant(const char *prefix, cptr_t *right);

/* keep.c: the table lies in what init keeps for us. The names that our predecessor left have owners and endpoints again afterwards; gone() is
 * called for those whose owner has ended meanwhile. */
err_t kept_table_start(void (*gone)(uint32_t index));

/* answers.c: what a client gets for a name, and who waits for one. */
/* An endpoint for process `pid`: a copy of what was registered, or one minted for it. *made: it is a fresh slot, to be deleted after
 * it was sent. */
err_t endpoint_for(const struct name_record *record, uint64_t pid, cptr_t *endpoint, bool *made);
void name_registered(uint32_t index); /* whoever waits for it is answered */
err_t await_later(struct call *call, const char *name);
err_t find_later(struct call *call, const char *pattern, const char *query, bool wait);
void waits_end(struct client *client); /* it is gone */
void wait_cancel(struct reply *reply);

/* spread.c: what becomes known on other cores. */
bool spread_on(void);
void spread_resume(void); /* as it was before we began */
/* The claim, or the leaving, at the end of the pending ones: the monitor is to have it. */
void spread_next(void);
/* What came of the last change; the monitor waits for the next one. */
err_t spread_change(struct call *call, err_t result);
/* What may be registered here as far as other cores know: the first claim, if it has this name. NAME_NONE. */
uint32_t spread_claimed(const char *name);
void spread_cancel(struct reply *reply);
/* A client is gone: nobody waits for its changes. */
void spread_client_gone(void);

#endif
