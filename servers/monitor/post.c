/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * See post.h. What nobody collects in time is deleted, so that nobody can fill the table for good.
 */
#include "post.h"
#include "link.h"
#include "monitor.h"
#include "remote_caps.h"
#include <caps/caps.h>
#include <stdlib.h>
#include <threads/sync.h>
#include <threads/time.h>

#define ARRIVED_MAX 64
#define KEEP_US 10000000

enum kind { SEND, REVOKE, RETYPE };

struct errand {
    struct remote_request request; /* first: done() gets it */
    enum kind kind;
    struct reply *reply;
    cptr_t cap; /* deleted when it is done */
};

static struct mutex lock; /* of arrived */
static struct {
    cptr_t cap; /* 0: none */
    uint64_t tag;
    ticks_t until;
} arrived[ARRIVED_MAX];

static void expire(struct event *event);
static struct timer expiry = {.event.run = expire};

static void done(struct remote_request *request, err_t err)
{
    struct errand *errand = (struct errand *)request;
    cap_free(errand->cap);
    if (errand->kind == SEND)
        monitor_reply_post(errand->reply, err);
    else if (errand->kind == REVOKE)
        monitor_reply_revoke(errand->reply, err);
    else
        monitor_reply_retype(errand->reply, err);
    free(errand);
}

static struct errand *errand_new(enum kind kind, struct reply *reply, cptr_t cap)
{
    struct errand *errand = calloc(1, sizeof(*errand));
    if (errand == NULL) return NULL;
    errand->request.done = done;
    errand->kind = kind;
    errand->reply = reply;
    errand->cap = cap;
    return errand;
}

err_t post_send(struct reply *reply, coreid_t core, uint64_t tag, cptr_t cap)
{
    struct errand *errand = errand_new(SEND, reply, cap);
    if (errand == NULL) return ERR_NO_MEMORY;
    errand->request.capref = cap;
    errand->request.core = core;
    errand->request.to = REMOTE_POST;
    errand->request.tag = tag;
    remote_caps_send(&errand->request);
    return ERR_OK;
}

err_t post_revoke(struct reply *reply, capref_t capref, cptr_t dispatcher)
{
    struct errand *errand = errand_new(REVOKE, reply, dispatcher);
    if (errand == NULL) return ERR_NO_MEMORY;
    errand->request.dispatcher = dispatcher;
    errand->request.capref = capref;
    remote_caps_revoke(&errand->request);
    return ERR_OK;
}

err_t post_retype(struct reply *reply, capref_t dst, capref_t src, uint64_t offset, uint32_t type, uint64_t bytes,
                  uint32_t count, cptr_t dispatcher)
{
    struct errand *errand = errand_new(RETYPE, reply, dispatcher);
    if (errand == NULL) return ERR_NO_MEMORY;
    errand->request.dispatcher = dispatcher;
    errand->request.capref = src;
    errand->request.dst = dst;
    errand->request.offset = offset;
    errand->request.type = type;
    errand->request.bytes = bytes;
    errand->request.count = count;
    remote_caps_retype(&errand->request);
    return ERR_OK;
}

/* Somebody may have revoked it meanwhile. */
static bool is_gone(cptr_t cap)
{
    struct cap_info info;
    return cap_identify(cap, &info) != ERR_OK;
}

/* Delete what has waited too long, or is gone; the timer runs when the next one will have. */
static void expire(struct event *event)
{
    (void)event;
    ticks_t now = clock_ticks(), next = 0;
    for (unsigned i = 0; i < ARRIVED_MAX; i++) {
        cptr_t old = 0;
        mutex_lock(&lock);
        if (arrived[i].cap != 0 && (arrived[i].until <= now || is_gone(arrived[i].cap))) {
            old = arrived[i].cap;
            arrived[i].cap = 0;
        } else if (arrived[i].cap != 0 && (next == 0 || arrived[i].until < next)) {
            next = arrived[i].until;
        }
        mutex_unlock(&lock);
        cap_free(old);
    }
    timer_set(&link_waitset, &expiry, next);
}

static err_t keep(coreid_t from, uint64_t tag, cptr_t cap)
{
    (void)from;
    err_t err = ERR_TOO_MANY;
    expire(NULL);
    mutex_lock(&lock);
    for (unsigned i = 0; i < ARRIVED_MAX && err != ERR_OK; i++) {
        if (arrived[i].cap != 0) continue;
        arrived[i].cap = cap;
        arrived[i].tag = tag;
        arrived[i].until = deadline_after_us(KEEP_US);
        err = ERR_OK;
    }
    mutex_unlock(&lock);
    if (err == ERR_OK && expiry.deadline == 0) timer_set(&link_waitset, &expiry, deadline_after_us(KEEP_US));
    return err;
}

err_t post_collect(uint64_t tag, cptr_t *cap)
{
    *cap = 0;
    mutex_lock(&lock);
    for (unsigned i = 0; i < ARRIVED_MAX && *cap == 0; i++) {
        if (arrived[i].cap == 0 || arrived[i].tag != tag) continue;
        *cap = arrived[i].cap;
        arrived[i].cap = 0;
    }
    mutex_unlock(&lock);
    if (*cap == 0) return ERR_NOT_FOUND;
    if (!is_gone(*cap)) return ERR_OK;
    cap_free(*cap);
    return ERR_NOT_FOUND;
}

void post_start(void)
{
    remote_caps_handle(REMOTE_POST, keep);
}
