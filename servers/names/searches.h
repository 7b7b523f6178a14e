/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Searches by pattern and properties. Each looks at a few names at a time, so that nobody waits for another one's search. One that waits
 * goes through all names again after something has been registered; a pass always ends before the next one begins, so a name that stays
 * is found however many others come and go. Pure: a token is the caller's own.
 */
#ifndef NAMES_SEARCHES_H
#define NAMES_SEARCHES_H

#include "names_table.h"

#define SEARCH_LOOK 8 /* names that one step looks at */

struct search {
    bool used;
    bool wait;  /* until there is one; else it ends when it has seen all */
    bool idle;  /* it has seen all, */
    bool again; /* ... but there is more since */
    uint64_t client;
    void *token;
    char pattern[NAME_MAX_LENGTH + 1];
    char query[PROPERTIES_MAX + 1];
    char after[NAME_MAX_LENGTH + 1];
};

struct search_table {
    struct search *entries;
    uint32_t capacity, per_client;
    uint32_t next; /* whose turn it is */
};

/* An empty pattern is "*". ERR_TOO_MANY; ERR_INVALID: no query. */
err_t search_add(struct search_table *table, const char *pattern, const char *query, bool wait, uint64_t client,
                 void *token);

/*
 * The next names of those that match, for whoever looks at them page by page: looks at most at `look` names after *after, which moves on;
 * "": there are no more. NAME_NONE: none of them matched.
 */
uint32_t search_page(const struct name_table *names, const char *pattern, const char *query, char *after, uint32_t *look);

/*
 * One step of one search. false: nothing is to be done. *token: of one that has ended; NULL: none has. *found: NAME_NONE, it has not found
 * anything.
 */
bool search_step(struct search_table *table, const struct name_table *names, void **token, uint32_t *found);

/* A name was registered. */
void search_registered(struct search_table *table);
/* Takes out one of the client's; NULL: it has none. Or the one with this token. */
void *search_take_of(struct search_table *table, uint64_t client);
void search_remove(struct search_table *table, const void *token);

#endif
