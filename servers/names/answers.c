/* SPDX-License-Identifier: BSD-2-Clause */
/* What clients get for a name, at once or later: those who wait for one name, and searches, which go on between requests. */
#include "match.h"
#include "names.h"
#include "searches.h"
#include "waiters.h"
#include <caps/caps.h>
#include <idl/names.h>

static struct waiter waiter_entries[CONFIG_NAMES_WAITERS];
static struct waiter_table waiters = {.entries = waiter_entries, .capacity = CONFIG_NAMES_WAITERS};
static struct search search_entries[CONFIG_NAMES_SEARCHES];
static struct search_table searches = {
    .entries = search_entries, .capacity = CONFIG_NAMES_SEARCHES, .per_client = CONFIG_NAMES_SEARCHES / 4};

static void searches_go_on(struct event *event);
static struct event searching = {.run = searches_go_on};

err_t endpoint_for(const struct name_record *record, uint64_t pid, cptr_t *endpoint, bool *made)
{
    *made = record->number != NAME_COPIED && record->endpoint != 0;
    if (!*made) {
        *endpoint = record->endpoint;
        return ERR_OK;
    }
    uint64_t badge = SERVER_PUBLIC_BADGE_OF(record->number, pid);
    return cap_mint_new(endpoint, record->endpoint, badge, MINT_RING(SERVER_RING));
}

static void wait_answer(struct reply *reply, const struct name_record *record, bool by_name)
{
    struct client *client = reply_client(reply);
    cptr_t endpoint = 0;
    bool made = false;
    err_t err = endpoint_for(record, client != NULL ? client->pid : 0, &endpoint, &made);
    if (err != ERR_OK) {
        reply_error(reply, err);
    } else if (by_name) {
        names_reply_await(reply, ERR_OK, record->pid, endpoint);
    } else {
        names_reply_find(reply, ERR_OK, record->name, record->pid, endpoint);
    }
    if (made) cap_free(endpoint);
}

/* One step, and then whatever else is to be done first. */
static void searches_go_on(struct event *event)
{
    void *token;
    uint32_t found;
    if (!search_step(&searches, &table, &token, &found)) return;
    if (token != NULL && found != NAME_NONE) wait_answer(token, name_table_at(&table, found), false);
    if (token != NULL && found == NAME_NONE) reply_error(token, ERR_NOT_FOUND);
    event_post(&server.waitset, event);
}

void name_registered(uint32_t index)
{
    const struct name_record *record = name_table_at(&table, index);
    struct reply *reply;
    while ((reply = waiter_take(&waiters, record->name)) != NULL) {
        wait_answer(reply, record, true);
    }
    search_registered(&searches);
    event_post(&server.waitset, &searching);
}

err_t await_later(struct call *call, const char *name)
{
    struct reply *reply = call_defer(call);
    if (reply == NULL) return ERR_NO_MEMORY;
    err_t err = waiter_add(&waiters, name, call->client->badge, reply);
    if (err != ERR_OK) reply_error(reply, err);
    return ERR_OK;
}

err_t find_later(struct call *call, const char *pattern, const char *query, bool wait)
{
    struct reply *reply = call_defer(call);
    if (reply == NULL) return ERR_NO_MEMORY;
    err_t err = search_add(&searches, pattern, query, wait, call->client->badge, reply);
    if (err != ERR_OK) reply_error(reply, err);
    event_post(&server.waitset, &searching);
    return ERR_OK;
}

void waits_end(struct client *client)
{
    struct reply *reply;
    while ((reply = waiter_take_of(&waiters, client->badge)) != NULL) {
        reply_drop(reply);
    }
    while ((reply = search_take_of(&searches, client->badge)) != NULL) {
        reply_drop(reply);
    }
}

void wait_cancel(struct reply *reply)
{
    waiter_remove(&waiters, reply);
    search_remove(&searches, reply);
}
