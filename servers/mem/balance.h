/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * RAM of several cores: clients that wait until some has come from elsewhere, and what the monitor is told to bring or to take
 * away. mem never waits for another mem: it leaves word with the monitor, whose call (mem_want) it answers when there is something, and
 * goes on serving.
 */
#ifndef MEM_BALANCE_H
#define MEM_BALANCE_H

#include "stock.h"
#include <messaging/server.h>

/* What a client has asked for, and how it is answered. */
struct balance_wish {
    uint64_t bytes, align;
    paddr_t first, last;
    void (*answer)(struct reply *reply, err_t error, cptr_t ram);
};

/* `serve`: a block, in a slot of our own. */
void balance_init(struct stock *stock, struct waitset *waitset,
                  err_t (*serve)(const struct balance_wish *wish, struct account *account, cptr_t *ram));

/* Let the client wait for what others may have. False: nobody can help, or too many wait. */
bool balance_wait(struct call *call, const struct account *account, const struct balance_wish *wish);

/* This reply is not waited for any more; NULL: those of clients that are gone. */
void balance_forget(struct reply *reply);

/* Something was allocated, has come back, came or went: serve those who wait, and leave word if anything is wanted. */
void balance_look(void);

/* The monitor's call. */
err_t balance_want(struct call *call, uint64_t got);

#endif
