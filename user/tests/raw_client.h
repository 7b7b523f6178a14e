/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Messages sent word by word, which may break every rule of doc/architecture.md ("On the wire"): to any endpoint, or by a client of a
 * service whose mailbox is made by hand.
 */
#ifndef TESTS_RAW_CLIENT_H
#define TESTS_RAW_CLIENT_H

#include "support.h"
#include <stdbool.h>

#define RAW_BIND 0x7fff
#define RAW_REPLY 0x8000
#define RAW_SLOTS 16

/* The mailbox, whose ring 0 takes the replies, and the endpoint that the service made for it. */
struct raw_client {
    struct mini box;
    cptr_t receive; /* RAW_SLOTS slots */
    cptr_t own;     /* badged endpoint to the mailbox */
    cptr_t service;
};
extern struct raw_client raw;

/* A message's first word. */
static inline uint64_t raw_header(unsigned method, unsigned id, uint64_t bytes)
{
    return method | (uint64_t)id << 16 | bytes << 32;
}

/* Send one fragment; tries for 500 ms while there is no room. */
err_t raw_fragment(cptr_t to, const uint64_t *words, unsigned count, cptr_t cap);
/* The next message in the mailbox, within 500 ms; its capability goes to *cap or is deleted. */
bool raw_reply(struct lmp_slot *message, cptr_t *cap);
/* Bind to a service by its name. */
err_t raw_open(const char *name);
void raw_close(void);

#endif
