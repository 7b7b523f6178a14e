/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Answers of a server. One that finds no room at its client becomes part of the client's backlog, which goes out in order as the
 * client makes room; the server never waits for a client. A client whose backlog grows too long is cut off.
 */
#include "internal.h"
#include <caps/caps.h>
#include <caps/slots.h>
#include <stdlib.h>

#define SPARE_REPLIES 4 /* are kept, so that not each call that is answered later takes memory and gives it back */

/*
 * As many fragments of w as there is room for, the k-th with caps[k]. A capability that cannot go (it is gone, or the client has
 * no slot) is left out: the client then finds one missing.
 */
static err_t fragments_send(struct client *client, const uint64_t *w, uint32_t words, const cptr_t *caps,
                            uint32_t cap_count, uint32_t *sent)
{
    const struct transport *transport = client->transport;
    cptr_t endpoint = client->reply_endpoint;
    unsigned tries = 0;
    while (*sent < words) {
        uint32_t most = transport->fragment, n = words - *sent < most ? words - *sent : most, k = *sent / most;
        cptr_t cap = k < cap_count ? caps[k] : 0;
        uint64_t fragment[8];
        for (uint32_t i = 0; i < 8; i++)
            fragment[i] = i < n ? w[*sent + i] : 0;
        err_t error = transport->send(endpoint, client->ump, fragment, n, cap);
        if (error && caps_wait(error, &tries)) continue;
        if (error && cap && error != ERR_LMP_FULL && error != ERR_PEER_DEAD)
            error = transport->send(endpoint, client->ump, fragment, n, 0);
        if (error) return error;
        *sent += n;
    }
    return ERR_OK;
}

static void backlog_delete(struct backlog *backlog)
{
    for (uint32_t i = 0; i < backlog->cap_count; i++)
        cap_free(backlog->caps[i]);
    free(backlog);
}

void backlog_free(struct client *client)
{
    while (client->backlog_first) {
        struct backlog *backlog = client->backlog_first;
        client->backlog_first = backlog->next;
        backlog_delete(backlog);
    }
    client->backlog_last = NULL;
    client->backlog_bytes = 0;
    for (struct client **at = &server_state->backlogs; *at; at = &(*at)->backlog_next) {
        if (*at == client) {
            *at = client->backlog_next;
            break;
        }
    }
}

/* It hears of it by the end of its reply endpoint. */
static void client_cut(struct client *client)
{
    room_count++; /* a conversation is over */
    backlog_free(client);
    cap_free(client->reply_endpoint);
    client->reply_endpoint = 0;
}

void client_close(struct client *client)
{
    mutex_lock(&server_state->lock);
    client->closed = true;
    client_cut(client);
    mutex_unlock(&server_state->lock);
}

static void backlog_add(struct client *client, const uint64_t *w, uint32_t words, const cptr_t *caps,
                        uint32_t cap_count, uint32_t sent)
{
    size_t bytes = sizeof(struct backlog) + words * 8;
    struct backlog *backlog =
        client->backlog_bytes + bytes <= CONFIG_SERVER_BACKLOG || !client->backlog_first ? malloc(bytes) : NULL;
    if (!backlog) {
        client_cut(client);
        return;
    }
    *backlog = (struct backlog){.words = words, .sent = sent, .cap_count = cap_count};
    for (uint32_t i = 0; i < words; i++)
        backlog->w[i] = w[i];
    for (uint32_t i = 0; i < cap_count; i++) {
        if (i < sent / client->transport->fragment || cap_copy_new(&backlog->caps[i], caps[i])) backlog->caps[i] = 0;
    }
    client->backlog_bytes += bytes;
    if (client->backlog_first) {
        client->backlog_last->next = backlog;
    } else {
        client->backlog_first = backlog;
        client->backlog_next = server_state->backlogs;
        server_state->backlogs = client;
        room_count++; /* as above */
    }
    client->backlog_last = backlog;
}

/* One fragment by LMP, with nothing before it: w[] has room for eight words. */
static inline bool reply_is_plain(const struct client *client, uint32_t words, uint32_t cap_count)
{
    return words <= LMP_FRAGMENT && !cap_count && !client->ump && !client->backlog_first;
}

void client_send(struct client *client, const uint64_t *w, uint32_t words, const cptr_t *caps, uint32_t cap_count)
{
    uint32_t sent = 0;
    uint64_t refusal[] = {MESSAGE_HEADER(MESSAGE_METHOD(w[0]), MESSAGE_ID(w[0]), 8), ERR_COPY};
    if (!client->reply_endpoint) return;
    if (cap_count && client->ump && !ump_end_may_take(client->ump, caps, cap_count)) {
        w = refusal;
        words = 2;
        cap_count = 0;
    }
    bool plain = reply_is_plain(client, words, cap_count);
    if (plain && !transport_lmp.send(client->reply_endpoint, NULL, w, words, 0)) return;
    err_t error = client->backlog_first ? ERR_LMP_FULL : fragments_send(client, w, words, caps, cap_count, &sent);
    if (error == ERR_LMP_FULL)
        backlog_add(client, w, words, caps, cap_count, sent);
    else if (error)
        client_cut(client);
}

static void backlog_flush(struct client *client)
{
    while (client->backlog_first) {
        struct backlog *backlog = client->backlog_first;
        err_t error =
            fragments_send(client, backlog->w, backlog->words, backlog->caps, backlog->cap_count, &backlog->sent);
        if (error == ERR_LMP_FULL) return;
        if (error) {
            client_cut(client);
            return;
        }
        client->backlog_first = backlog->next;
        client->backlog_bytes -= sizeof *backlog + backlog->words * 8;
        backlog_delete(backlog);
    }
    backlog_free(client);
}

void client_relay(struct client *client, cptr_t cap)
{
    uint64_t w[8] = {MESSAGE_HEADER(MESSAGE_CAP, 0, 0)};
    mutex_lock(&server_state->lock);
    client_send(client, w, 1, &cap, 1);
    mutex_unlock(&server_state->lock);
}

void backlogs_flush(struct server_state *state)
{
    mutex_lock(&state->lock);
    for (struct client *client = state->backlogs, *next; client; client = next) {
        next = client->backlog_next;
        backlog_flush(client);
    }
    mutex_unlock(&state->lock);
}

void out_flush(struct server_state *state)
{
    struct client *client = state->out_client;
    if (!client) return;
    state->out_client = NULL;
    mutex_lock(&state->lock);
    client_send(client, state->reply, state->out_words, &state->out_cap, state->out_cap != 0);
    mutex_unlock(&state->lock);
}

/* Deferred replies. */

/* The lock is held. */
static struct reply *reply_new(struct server_state *state)
{
    struct reply *reply = state->spare;
    if (!reply) return malloc(sizeof *reply);
    state->spare = reply->next;
    state->spare_count--;
    return reply;
}

struct reply *call_defer(struct call *call)
{
    mutex_lock(&server_state->lock);
    struct reply *reply = reply_new(server_state);
    if (!reply) {
        mutex_unlock(&server_state->lock);
        return NULL;
    }
    *reply = (struct reply){.client = call->client,
                            .state = server_state,
                            .method = MESSAGE_METHOD(call->header),
                            .id = MESSAGE_ID(call->header)};
    reply->next = call->client->replies;
    call->client->replies = reply;
    mutex_unlock(&server_state->lock);
    call->deferred = reply;
    return reply;
}

void reply_cancel(struct client *client, uint16_t id)
{
    mutex_lock(&server_state->lock);
    struct reply **at = &client->replies, *reply;
    while (*at && (*at)->id != id)
        at = &(*at)->next;
    reply = *at;
    if (reply) {
        *at = reply->next;
        reply->client = NULL;
    }
    mutex_unlock(&server_state->lock);
    if (reply && client->service->canceled) client->service->canceled(reply);
}

struct client *reply_client(struct reply *reply)
{
    return reply->client;
}

/* The lock is held. */
static void reply_free(struct reply *reply)
{
    if (reply->client) {
        struct reply **at = &reply->client->replies;
        while (*at && *at != reply)
            at = &(*at)->next;
        if (*at) *at = reply->next;
    }
    if (server_state->spare_count == SPARE_REPLIES) {
        free(reply);
        return;
    }
    reply->next = server_state->spare;
    server_state->spare = reply;
    server_state->spare_count++;
}

void reply_with_sleep(struct reply *reply)
{
    reply->with_sleep = true;
}

/* The lock is held. It becomes the reply that goes with the sleep, if there is none yet. */
static bool reply_keep(struct server_state *state, const struct reply *reply, const uint64_t *w, uint32_t words,
                       uint32_t cap_count)
{
    if (!reply->with_sleep || state->out_client || !reply_is_plain(reply->client, words, cap_count)) return false;
    for (uint32_t i = 0; i < words; i++)
        state->reply[i] = w[i];
    state->out_client = reply->client;
    state->out_words = words;
    state->out_cap = 0;
    return true;
}

void reply_send(struct reply *reply, uint64_t *w, uint32_t bytes, const cptr_t *caps, uint32_t cap_count)
{
    struct server_state *state = server_state;
    uint32_t words = 1 + bytes / 8;
    mutex_lock(&state->lock);
    w[0] = MESSAGE_HEADER(reply->method | MESSAGE_REPLY, reply->id, bytes);
    if (reply->client && !reply_keep(state, reply, w, words, cap_count))
        client_send(reply->client, w, words, caps, cap_count);
    reply_free(reply);
    mutex_unlock(&state->lock);
}

void reply_error(struct reply *reply, err_t error)
{
    uint64_t w[8] = {0, error};
    reply_send(reply, w, 8, NULL, 0);
}

void reply_drop(struct reply *reply)
{
    mutex_lock(&server_state->lock);
    reply_free(reply);
    mutex_unlock(&server_state->lock);
}
