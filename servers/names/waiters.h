/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Who waits for a name that is not registered yet. Static; a client may have a quarter of the places. Pure: a token is the
 * caller's own (the reply to send).
 */
#ifndef NAMES_WAITERS_H
#define NAMES_WAITERS_H

#include "names_table.h"

struct waiter {
    char name[NAME_MAX_LENGTH + 1]; /* empty: free */
    uint64_t client;
    void *token;
};

struct waiter_table {
    struct waiter *entries;
    uint32_t capacity;
    uint32_t count;
};

/* `name` is a valid one. ERR_TOO_MANY. */
err_t waiter_add(struct waiter_table *table, const char *name, uint64_t client, void *token);
/* Takes out one that waits for `name`; NULL: nobody does. */
void *waiter_take(struct waiter_table *table, const char *name);
/* Takes out one of the client's; NULL: it has none. */
void *waiter_take_of(struct waiter_table *table, uint64_t client);

/* Takes out the one with this token. */
void waiter_remove(struct waiter_table *table, const void *token);

#endif
