/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The table of registered names: an array sorted by name, so that a look-up is a binary search and an enumeration is in
 * order. Pure: it holds cptrs but never uses them; whoever removes an entry gets its capability back to delete.
 * All of it is static, so that no client can make it grow.
 */
#ifndef NAMES_TABLE_H
#define NAMES_TABLE_H

#include <abi/errors.h>
#include <abi/types.h>
#include <stdbool.h>

#define NAME_MAX_LENGTH 63
#define NAME_COPIED UINT32_MAX /* clients get copies of the endpoint as it is */
#define NAME_REMOTE                                                                                                    \
    UINT64_MAX /* owner of names of other cores, which have no endpoint; it may have any number of them */

struct name_entry {
    char name[NAME_MAX_LENGTH + 1];
    uint64_t owner; /* badge of the channel that registered it */
    uint64_t pid;
    cptr_t endpoint;
    uint32_t number; /* of the service in its process, if `endpoint` is to be minted for each client; else NAME_COPIED */
    uint32_t next_free; /* in the list of free entries */
    bool local;         /* other cores are not told */
};

struct name_table {
    struct name_entry *entries; /* `capacity` of them */
    uint32_t *sorted;           /* numbers of those in use, by name */
    uint32_t capacity;
    uint32_t count;
    uint32_t per_owner; /* how many names one owner may have */
    uint32_t free;      /* first free entry, or capacity: none */
};

void name_table_init(struct name_table *table, struct name_entry *entries, uint32_t *sorted, uint32_t capacity,
                     uint32_t per_owner);

/* Is it 1-63 letters, digits, '.', '_' and '-'? `name` need not be terminated. */
bool name_valid(const char *name, size_t length);

/* ERR_INVALID: not a name; ERR_EXISTS; ERR_TOO_MANY: the owner's share, or the table, is full. */
err_t name_table_add(struct name_table *table, const char *name, size_t length, uint64_t owner, uint64_t pid,
                     cptr_t endpoint, uint32_t number);

/* NULL: there is none. */
const struct name_entry *name_table_find(const struct name_table *table, const char *name, size_t length);

/* ERR_NOT_FOUND; ERR_PERMISSION: registered by another owner. */
err_t name_table_remove(struct name_table *table, const char *name, size_t length, uint64_t owner, cptr_t *endpoint);

/* An entry of an owner, whichever; NULL: it has none. */
const struct name_entry *name_table_owned(const struct name_table *table, uint64_t owner);

/*
 * The first entry after `after` (length 0: from the start) whose name contains `part` (length 0: any), from position *at on,
 * which the first call sets to UINT32_MAX. NULL: no more. Nothing may be added or removed in between.
 */
const struct name_entry *name_table_next(const struct name_table *table, const char *part, size_t part_length,
                                         const char *after, size_t after_length, uint32_t *at);

#endif
