/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Changes of names that other cores are to be told of, in order: the monitor takes one after the other, and each is made here, and
 * answered, only when all cores know. Pure: tokens stand for the replies that wait.
 */
#ifndef NAMES_CHANGES_H
#define NAMES_CHANGES_H

#include "names_table.h"

struct change {
    bool add;
    char name[NAME_MAX_LENGTH + 1];
    uint64_t owner;
    uint64_t pid;
    cptr_t endpoint; /* add: what is registered */
    uint32_t number;
    void *token; /* NULL: nobody waits for it */
};

struct change_queue {
    struct change *changes; /* `capacity` of them */
    uint32_t capacity;
    uint32_t first, count; /* the first one is with the monitor, if `taken` */
    bool taken;
};

/* A new one at the end, to be filled in; NULL: there is no room. */
struct change *change_add(struct change_queue *queue);
/* The first one, which the monitor has from now on; NULL: there is none, or it has it already. */
struct change *change_take(struct change_queue *queue);
/* What the monitor has; NULL: nothing. It is out of the queue with the next call of anything here. */
struct change *change_finish(struct change_queue *queue);
/* How many additions by an owner wait. */
uint32_t change_count(const struct change_queue *queue, uint64_t owner);
/* Nobody waits for this one any more: by token, or of an owner who is gone (whose additions are not made, either). */
void change_forget(struct change_queue *queue, const void *token);
/* The next change of an owner who is gone with a token; it is taken out of it. NULL: no more. */
void *change_orphan(struct change_queue *queue, uint64_t owner);

#endif
