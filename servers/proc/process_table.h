/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The table of processes: who there is, whose child, how it ended; and who waits for whom. Pure and static: it holds cptrs
 * and reply tokens but never uses them.
 *
 * The entries are kept (kept/kept.h): proc may be killed between any two instructions, and its successor goes on with them. All that
 * is above "the table's own" in an entry is the truth; process_table_init() makes the rest anew. Waits are not kept: who waits asks again.
 *
 * A process is in the table from before its birth until it has ended and its exit record was waited for, or nobody
 * is left who could. Pids are given in ascending order and never twice, and the table's order is theirs.
 */
#ifndef PROC_PROCESS_TABLE_H
#define PROC_PROCESS_TABLE_H

#include <abi/errors.h>
#include <abi/types.h>
#include <stdbool.h>

#define PROCESS_NAME_MAX 31
#define PROCESS_BUCKETS 128

#define PROCESS_TRUSTED 1  /* kill, pause and resume are refused */
#define PROCESS_DETACHED 2 /* leaves no exit record */
#define PROCESS_POWER 4    /* may power the machine off */
#define PROCESS_SERVICE 8  /* may use the entries kept back for services */
#define PROCESS_TIED 16    /* ends with whoever spawned it */
#define PROCESS_GUEST 32   /* of another core: only here as a parent; in no list */
#define PROCESS_ADOPTED 64 /* made by init */

/* How far its birth is. */
#define BIRTH_BEGUN 0 /* nobody has been told of it */
#define BIRTH_TOLD 1  /* whoever wanted it may have been told; it has not run */
#define BIRTH_FINISHED 2

struct process {
    pid_abi_t pid;
    pid_abi_t parent;
    char name[PROCESS_NAME_MAX + 1];
    uint32_t used; /* the entry is: written last, and cleared first */
    uint32_t flags;
    uint32_t priority;
    uint32_t birth;
    uint32_t ended;     /* the rest is a record */
    uint32_t exit_kind; /* EXIT_*; not 0: it has stopped, and what it had goes or is gone */
    uint32_t exit_code;
    uint32_t exit_status; /* as $? has it */
    uint32_t exit_order;  /* among the records */
    uint32_t program; /* its number in the ramdisk's index + 1, for the names of its functions; 0: it came from elsewhere */
    uint64_t started; /* ticks */
    uint64_t limit;   /* bytes of memory that each of its children may have, as it may itself; 0: what mem allows any */
    /* the table's own, and proc's */
    cptr_t block; /* the RAM that it was made of; 0: somebody else's child (adopted) */
    cptr_t cspace;
    cptr_t dispatcher;
    uint32_t children;               /* entries whose parent it is */
    struct process *next, *previous; /* by pid */
    struct process *bucket_next;     /* with the same hash */
    struct process *record_next;     /* ended ones, oldest first */
};

/* Somebody's wait() that has not been answered. */
struct process_waiter {
    pid_abi_t parent; /* 0: free */
    pid_abi_t child;  /* 0: any */
    uint64_t client;  /* the channel that it came by */
    void *token;      /* the caller's own: the reply to send */
};

struct process_limits {
    uint32_t processes; /* length of `entries` */
    uint32_t reserved;  /* of these only for services */
    uint32_t children;  /* of one parent, records included; services have no such limit */
    uint32_t records;   /* exit records in all; the oldest go */
    uint32_t waiters;   /* length of `waiters` */
    uint32_t waits;     /* of one parent */
};

struct process_table {
    struct process *entries;
    struct process_waiter *waiters;
    uint32_t waiting; /* of them in use, the first ones */
    struct process_limits limits;
    uint64_t core;         /* << 32: upper half of the pids */
    uint32_t *next_number; /* kept */
    uint32_t count;
    uint32_t records;
    uint32_t exit_order; /* of the next record */
    struct process *free, *first, *last;
    struct process *record_first, *record_last;
    struct process *bucket[PROCESS_BUCKETS];
};

static inline struct process **process_bucket(struct process_table *table, pid_abi_t pid)
{
    return &table->bucket[pid % PROCESS_BUCKETS];
}

/* process_table_kept.c: `entries` and *next_number are zero, or what a predecessor left: then what it was about is finished or undone. */
void process_table_init(struct process_table *table, struct process *entries, uint32_t *next_number,
                        struct process_waiter *waiters, const struct process_limits *limits, coreid_t core);

/*
 * A new entry. pid 0: the next number; else that one, which must be higher than any before. ERR_TOO_MANY: the table, or
 * the parent's share, is full; ERR_INVALID: the pid is not a new one of this core, the name empty or too long.
 */
err_t process_add(struct process_table *table, pid_abi_t pid, pid_abi_t parent, const char *name, uint32_t flags,
                  struct process **process);

struct process *process_find(const struct process_table *table, pid_abi_t pid);

/* A parent on another core, as long as it has a channel to us: it can be found, but is in no list. ERR_TOO_MANY. */
err_t process_guest_add(struct process_table *table, pid_abi_t pid, struct process **guest);
/* It is gone: the records of its children are forgotten, the others have no parent any more. */
void process_guest_remove(struct process_table *table, struct process *guest);

/* The first with a pid above `after`; NULL: none. */
struct process *process_find_after(const struct process_table *table, pid_abi_t after);

/* The entry's place in `entries`: a small number that stays the same for its life. */
uint32_t process_number(const struct process_table *table, const struct process *process);
struct process *process_of_number(const struct process_table *table, uint32_t number);

/* It has stopped, for this reason: known before anything of it goes. */
void process_stopped(struct process *process, uint32_t kind, uint32_t code, uint32_t status);

/*
 * It has ended, as process_stopped() said. The records of its children are forgotten. Then: if its parent waits for it, *token is
 * that wait's, to be answered and the entry then forgotten (true); if its parent is gone or it is
 * detached, the entry is forgotten; else it stays as a record.
 */
bool process_end(struct process_table *table, struct process *process, void **token);

/* The entry is no more, without a record (a spawn that failed). */
void process_forget(struct process_table *table, struct process *process);

/*
 * wait->parent wants to know of the end of wait->child. ERR_OK: *ended is a record, to be forgotten once that is answered. ERR_BUSY: not
 * yet, the wait is noted. ERR_NOT_FOUND: no such child; ERR_TOO_MANY: too many waits.
 */
err_t process_wait(struct process_table *table, const struct process_waiter *wait, struct process **ended);

/* Of the waits of `parent`, which has no child left that they could be answered for: take one out. false: none. */
bool process_wait_hopeless(struct process_table *table, pid_abi_t parent, void **token);

/* Take out the wait with this token. */
void process_wait_cancel(struct process_table *table, const void *token);

/* Take out one wait that came by this channel. false: none (any more). */
bool process_wait_of_client(struct process_table *table, uint64_t client, void **token);

/* "core.number" into text, which has room for 24 bytes. */
void pid_format(pid_abi_t pid, char *text);

#endif
