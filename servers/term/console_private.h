/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What console.c does for console_calls.c. All of it is called with console.lock held.
 */
#ifndef TERM_CONSOLE_PRIVATE_H
#define TERM_CONSOLE_PRIVATE_H

#include "console.h"
#include "typed.h"

#include <driver/byte_queue.h>
#include <idl/term.h>
#include <threads/sync.h>

#define QUEUE_BYTES 16384
#define WRITES_EACH 32 /* writes of one client that may wait for room */
#define DRAINS 8
#define LOANS_EACH 8 /* of one client, that nobody has taken yet */

_Static_assert(QUEUE_BYTES > OUTPUT_WORST(TERM_CHUNK), "a write never fits into the queue");

struct console_client {
    uint64_t number; /* of it as a writer; what open() answered */
    bool reader;     /* came by control() or open(): may read */
    uint32_t users;  /* clients of the server that are this one: itself, what share() made, and borrowers */
    uint32_t loans;  /* that nobody has taken yet */
    enum discipline_mode mode;
    struct output_pending pending;
    struct reply *read; /* waits for input or the foreground, */
    const struct client *read_by;
    size_t most;
    unsigned waiting_writes;
    struct console_client *next;
};

/* A write that waits for room in the queue. */
struct waiting_write {
    struct waiting_write *next;
    struct console_client *client;
    const struct client *by;
    struct reply *reply;
    size_t count;
    char data[];
};

struct console {
    struct mutex lock;
    struct cond work;  /* for the thread that sends: output, or a drain */
    struct cond taken; /* for the thread that receives: a reader has taken what was typed */
    struct byte_queue queue;
    struct output output;
    struct discipline discipline;
    struct console_client *clients;
    struct console_client *controller;
    struct console_client *foreground;
    struct waiting_write *first_write, **last_write;
    struct reply *interrupt; /* the controller's await_interrupt() */
    bool interrupted;        /* Ctrl-C came while it did not wait */
    struct reply *drain[DRAINS];
    uint32_t drains;
    uint64_t last_number;
    struct typed *typed; /* for our successor; NULL: nothing is kept */
};
extern struct console console;

/* Is there room for a write of `count` bytes, whatever it becomes on the terminal? */
bool console_fits(size_t count);
/* Write what fits. */
void console_write_now(struct console_client *client, const char *data, size_t count);
/* Keep a copy until there is room. ERR_NO_MEMORY, ERR_TOO_MANY. */
err_t console_write_later(struct console_client *client, struct call *call, const char *data, size_t count);
/* Take the write that `link` points to out of the list, without an answer. */
void console_write_unlink(struct waiting_write **link);

/* The console's record of a client, new if need be (0: no memory); by its number (0: none). */
struct console_client *console_client_of(struct client *client);
struct console_client *console_client_new(void);
struct console_client *console_client_find(uint64_t number);
bool console_is_controller(const struct client *client);

/* Something was typed or taken: our successor is to know. Before whoever takes it is told, who would otherwise get it twice. */
void console_typed_save(void);

/* loans.c: the console of `lender`, which has one, for `pid`. ERR_TOO_MANY, ERR_NO_MEMORY. */
err_t loan_add(const struct client *lender, uint64_t pid, uint64_t key);
/* Whose console it is; the loan is gone then. NULL: there is none. */
struct console_client *loan_take(uint64_t pid, uint64_t key);
void loans_forget(const struct client *lender);

/* Who reads from now on, in its own mode; 0: nobody. */
void console_set_foreground(struct console_client *client);

#endif
