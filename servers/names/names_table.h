/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The table of names. What must outlive this process is in records, which lie in chunks of memory that others keep: whatever instant it
 * ends at, name_table_recover() finds in them all names that were registered and none that was not. Everything else (a
 * hash table to find a name by, an array in alphabetical order, each owner's list, the changes that other cores are still to be told of) is
 * made of the records. Pure: it holds cptrs but never uses them.
 *
 * A record's state is written last when it is made, and first when it ends; all else in it counts only while the state says so.
 */
#ifndef NAMES_TABLE_H
#define NAMES_TABLE_H

#include <abi/errors.h>
#include <abi/types.h>
#include <stdbool.h>
#include <stddef.h>

#define NAME_MAX_LENGTH 63
#define PROPERTIES_MAX 255
#define NAME_NONE UINT32_MAX
#define NAME_COPIED UINT32_MAX /* clients get copies of the endpoint as it is */

#define TABLE_CHUNK 128 /* records */
#define TABLE_CHUNKS_MAX 128
#define TABLE_HASHES 8192

enum record_state {
    RECORD_FREE,    /* or text of another one's properties */
    RECORD_CLAIMED, /* to be registered, once all cores know */
    RECORD_NAMED,   /* registered */
    RECORD_LEAVING, /* no longer; the other cores do not know yet */
    RECORD_HOLDER,  /* `pid` has the right to the prefix `name` */
    RECORD_RIGHT    /* a prefix: `number` is that of the Id, `endpoint` where it is */
};

#define RECORD_LOCAL 1  /* other cores are not told */
#define RECORD_REMOTE 2 /* of another core: no endpoint, no owner */
#define RECORD_TOLD 4   /* other cores know it */

#define RECORD_TEXT 112
struct name_record {
    uint32_t state; /* enum record_state */
    uint32_t flags;
    uint32_t more;   /* the record with (more of) its properties, or NAME_NONE */
    uint32_t number; /* of the service in its process, if `endpoint` is to be minted for each client; else NAME_COPIED */
    union {
        struct {
            char name[NAME_MAX_LENGTH + 1];
            uint64_t pid;      /* who registered it */
            uint64_t sequence; /* of claims and leavings: the order in which the others are told */
            cptr_t endpoint;
        };
        char text[RECORD_TEXT]; /* of properties, ended by a NUL if there is room for one */
    };
};
_Static_assert(sizeof(struct name_record) == 128, "records fill their chunks");

/* A process that registers; the caller's, for as long as it has names or claims. */
struct name_owner {
    uint64_t pid;
    uint32_t first, count; /* set `first` to NAME_NONE; its names and claims */
};

/* What goes with a record, and is not kept. */
struct name_node {
    uint32_t hash, hash_next;
    uint32_t own_next, own_previous;
    uint32_t pending_next; /* of claims and leavings; also of the free records of a chunk */
    struct name_owner *owner;
    void *token; /* the caller's: the reply that waits */
};

struct name_chunk {
    struct name_record *records;
    struct name_node *nodes;
    uint32_t used, free; /* how many are used; the first free one, in the chunk */
};

struct name_table {
    struct name_chunk chunk[TABLE_CHUNKS_MAX];
    uint32_t chunks_most; /* so many may be used */
    uint32_t per_owner;   /* names and claims that one owner may have */
    uint32_t *sorted;     /* room for all records: those that are NAMED, by name */
    uint32_t count;
    uint32_t hash_first[TABLE_HASHES];
    uint32_t seed; /* of the hashes: nobody can choose names that meet */
    uint32_t pending_first, pending_last;
    uint64_t sequence;
    /* Memory for chunk n: records, all zero, that are kept, and nodes; and back, when it is empty. ERR_NO_MEMORY. */
    err_t (*grow)(uint32_t n, struct name_record **records, struct name_node **nodes);
    void (*shrink)(uint32_t n, struct name_record *records, struct name_node *nodes);
    /* Keep an endpoint, as it was registered, with its record; what was kept with it is no longer needed. May be NULL. */
    err_t (*keep)(uint32_t index, cptr_t endpoint);
    void (*forget)(uint32_t index);
    void (*step)(const struct name_table *table); /* for tests: after every write to a record; else NULL */
};

struct name_new {
    const char *name;
    const char *properties;   /* valid */
    struct name_owner *owner; /* NULL: of another core, or names' own */
    uint64_t pid;
    cptr_t endpoint; /* 0: none */
    uint32_t number, flags;
};

/* Set grow, shrink, sorted, chunks_most, per_owner and seed first. */
void name_table_init(struct name_table *table);

/*
 * After name_table_init(): what a table before this one has kept of chunk n, for each n that it had; then name_table_recovered(). From
 * then on all is as it was, but nobody owns anything, and endpoints are those of the one before: each record is to be given its owner and
 * endpoint, or to be removed.
 */
void name_table_recover(struct name_table *table, uint32_t n, struct name_record *records, struct name_node *nodes);
void name_table_recovered(struct name_table *table);
void name_table_own(struct name_table *table, uint32_t index, struct name_owner *owner, cptr_t endpoint);
/* The first record from `from` on that is in use, or NAME_NONE. */
uint32_t name_table_next(const struct name_table *table, uint32_t from);

struct name_record *name_table_at(const struct name_table *table, uint32_t index);
struct name_node *name_table_node(const struct name_table *table, uint32_t index);

/* Is it 1-63 letters, digits, '.', '_' and '-'? */
bool name_valid(const char *name);

/*
 * A record that is NAMED, or CLAIMED at the end of the pending ones; RIGHTs are in no list. ERR_INVALID: not a name; ERR_EXISTS; ERR_TOO_MANY: the
 * owner's share, or the table, is full; ERR_NO_MEMORY. Nothing has changed then.
 */
err_t name_table_add(struct name_table *table, const struct name_new *new, enum record_state state, uint32_t *index);

/* What is registered under a name, or NAME_NONE. */
uint32_t name_table_find(const struct name_table *table, const char *name);

/* A single write; other flags stay. */
void name_table_flag(struct name_table *table, uint32_t index, uint32_t flag);

/* The first pending record, a claim, is now NAMED. */
void name_table_publish(struct name_table *table);
/* It is LEAVING, at the end of the pending ones. */
void name_table_retract(struct name_table *table);
/* It is no longer pending, nor anywhere. */
void name_table_finish(struct name_table *table);

/* What is NAMED is LEAVING, at the end of the pending ones; its endpoint is the caller's. */
cptr_t name_table_leave(struct name_table *table, uint32_t index);
/* What is in no index and not pending is gone. */
void name_table_drop(struct name_table *table, uint32_t index);
/* What is NAMED is gone. */
cptr_t name_table_remove(struct name_table *table, uint32_t index);
/* It is in its owner's list no longer. */
void name_table_orphan(struct name_table *table, uint32_t index);

/* The properties, in a buffer of PROPERTIES_MAX + 1, of which the last byte is 0 afterwards. */
void name_table_properties(const struct name_table *table, uint32_t index, char *text);

/* The position in `sorted` of the first name after `after` (""): from the start). */
uint32_t name_table_after(const struct name_table *table, const char *after);

#endif
