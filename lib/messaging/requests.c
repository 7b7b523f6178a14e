/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Requests: whose, whole or in pieces, well-formed as far as the interface's table says; then the generated dispatch function checks the
 * payload and calls the handler. Nothing that arrives is believed: what is wrong gets an error reply if it can be answered at all, its
 * remaining fragments are skipped, and nobody else notices.
 */
#include "calls.h"
#include <caps/caps.h>
#include <caps/slots.h>
#include <stdlib.h>

void partial_free(struct client *client)
{
    struct partial *partial = client->partial;
    if (!partial) return;
    for (uint32_t i = 0; i < partial->cap_count; i++)
        cap_free(partial->caps[i]);
    server_state->partial_bytes -= partial->words * 8;
    free(partial);
    client->partial = NULL;
}

static void drop_cap(struct lmp_slot *message)
{
    cap_free(message->cap);
    message->cap = 0;
}

struct tally {
    uint64_t pid;
    uint32_t count;
};

static void tally(struct client *client, void *context)
{
    struct tally *t = context;
    t->count += client->pid == t->pid;
}

static uint32_t clients_of(struct service *service, uint64_t pid)
{
    struct tally t = {.pid = pid};
    service_for_each_client(service, tally, &t);
    return t.count;
}

/* BIND: the reply endpoint. Through a public endpoint a client begins, and gets its own in return. */
static void bind(struct server_state *state, struct service *service, struct client *client, uint64_t pid,
                 struct lmp_slot *message)
{
    uint64_t header = message->w[0];
    err_t error = ERR_OK;
    cptr_t reply_endpoint = message->cap, made = 0;
    bool fresh = !client;
    if (!reply_endpoint) return; /* nobody to answer to */
    if (fresh && pid && clients_of(service, pid) >= CONFIG_SERVER_CLIENTS_PER_PROCESS)
        error = ERR_TOO_MANY;
    else
        error = client ? ERR_OK : client_new(service, pid, &client);
    if (!error && fresh) error = client_endpoint(client, &made);
    if (error) {
        uint64_t w[8] = {MESSAGE_HEADER(MESSAGE_BIND | MESSAGE_REPLY, MESSAGE_ID(header), 8), error};
        transport_lmp.send(reply_endpoint, NULL, w, 2, 0);
        cap_free(reply_endpoint);
        return;
    }
    if (client->reply_endpoint) { /* it closed its side and begins anew */
        mutex_lock(&state->lock);
        backlog_free(client);
        mutex_unlock(&state->lock);
        partial_free(client);
        client->skip = 0;
        ump_client_close(client);
        cap_free(client->reply_endpoint);
    }
    client->reply_endpoint = reply_endpoint;
    if (client->closed) client_close(client); /* before it could hear of it: now it does */
    if (!client->known && service->client_new) error = service->client_new(client);
    client->known = client->known || !error;
    answer_giving(state, client, header, error, error ? 0 : made);
    if (error) cap_free(made); /* the end of a fresh client */
    slots_top_up();
}

static void introduce(struct server_state *state, struct client *by, struct lmp_slot *message)
{
    struct service *service = by->service;
    uint64_t header = message->w[0], pid = message->w[1];
    struct client *child;
    cptr_t made = 0;
    err_t error = MESSAGE_BYTES(header) == 8 && message->words == 2 ? ERR_OK : ERR_MESSAGE;
    if (!error && !service->introduce) error = ERR_PERMISSION;
    if (!error) error = client_new(service, pid, &child);
    if (!error) error = client_endpoint(child, &made);
    if (!error) {
        error = service->introduce(by, pid, child);
        child->known = !error;
    }
    answer_giving(state, by, header, error, error ? 0 : made);
    if (error) cap_free(made);
}

/* What is wrong with the first fragment of a request, by the interface's table. */
static err_t header_check(const struct client *client, const struct lmp_slot *message)
{
    uint32_t bytes = MESSAGE_BYTES(message->w[0]), number = MESSAGE_METHOD(message->w[0]);
    const struct interface *interface = client->service->interface;
    if (number >= interface->method_count) return ERR_METHOD;
    const struct method *method = &interface->methods[number];
    if (bytes > method->request_most) return ERR_TOO_LONG;
    return bytes % 8 || bytes < method->request_least ? ERR_MESSAGE : ERR_OK;
}

static err_t partial_begin(struct server_state *state, struct client *client, uint32_t words)
{
    uint32_t bytes = words * 8;
    if (state->partial_bytes + bytes > CONFIG_SERVER_PARTIAL) return ERR_NO_MEMORY;
    struct partial *partial = malloc(sizeof *partial + bytes);
    if (!partial) return ERR_NO_MEMORY;
    *partial = (struct partial){.words = words};
    state->partial_bytes += bytes;
    client->partial = partial;
    return ERR_OK;
}

/* One fragment more; the last one makes the call. */
static void partial_continue(struct server_state *state, struct client *client, struct lmp_slot *message)
{
    struct partial *partial = client->partial;
    uint32_t left = partial->words - partial->received, take = message->words < left ? message->words : left;
    uint32_t most = client->transport->fragment, expected = left < most ? left : most;
    const struct method *method;
    for (uint32_t i = 0; i < take; i++)
        partial->w[partial->received + i] = message->w[i];
    partial->received += take;
    method = &client->service->interface->methods[MESSAGE_METHOD(partial->w[0])];
    if (state->message_error) partial->error = state->message_error;
    if (message->words != expected || (message->cap && partial->cap_count >= method->request_caps)) {
        partial->error = ERR_MESSAGE;
        drop_cap(message);
        if (!take) { /* an empty fragment: the rest will never fit */
            uint64_t header = partial->w[0];
            partial_free(client);
            answer(state, client, header, ERR_MESSAGE, 8, 0);
            return;
        }
    }
    if (message->cap) partial->caps[partial->cap_count++] = message->cap;
    if (partial->received < partial->words) return;
    if (partial->error) {
        answer(state, client, partial->w[0], partial->error, 8, 0);
    } else {
        client->partial = NULL; /* the capabilities are the call's now */
        call_run(state, client, partial->w, partial->caps, partial->cap_count, method);
        partial->cap_count = 0;
        client->partial = partial;
    }
    partial_free(client);
}

/* Too long for one fragment, or wrong. */
static void request_begin(struct server_state *state, struct client *client, struct lmp_slot *message, err_t error)
{
    uint64_t header = message->w[0];
    uint32_t words = 1 + MESSAGE_BYTES(header) / 8;
    if (!error) error = partial_begin(state, client, words);
    if (!error) {
        partial_continue(state, client, message);
        return;
    }
    drop_cap(message);
    client->skip = words > message->words ? words - message->words : 0;
    answer(state, client, header, error, 8, 0);
}

/* Everything that is not a whole call in one fragment. */
void request_slowly(struct server_state *state, struct client *client, struct lmp_slot *message)
{
    uint64_t header = message->words ? message->w[0] : 0;
    if (message->words == 1 && (uint16_t)header == MESSAGE_BIND && !MESSAGE_BYTES(header) && message->cap &&
        message != &state->ump_message) {
        bind(state, client->service, client, 0, message); /* also in the middle of a request, which the client gave up */
        return;
    }
    if (ump_request(state, client, message))
        return; /* what it announces by the ring may be in the middle of a request, too */
    if (client->partial) {
        partial_continue(state, client, message);
        return;
    }
    if (client->skip) {
        client->skip -= message->words < client->skip ? message->words : client->skip;
        drop_cap(message);
        return;
    }
    if (!client->reply_endpoint || !message->words || MESSAGE_METHOD(header) & MESSAGE_REPLY) {
        drop_cap(message);
        return;
    }
    if (MESSAGE_METHOD(header) == MESSAGE_INTRODUCE) {
        drop_cap(message);
        introduce(state, client, message);
        return;
    }
    if (MESSAGE_METHOD(header) == MESSAGE_CANCEL) {
        drop_cap(message);
        reply_cancel(client, MESSAGE_ID(header));
        return;
    }
    err_t error = state->message_error ? state->message_error : header_check(client, message);
    uint32_t words = 1 + MESSAGE_BYTES(header) / 8, most = client->transport->fragment;
    if (!error && message->words != (words < most ? words : most)) error = ERR_MESSAGE;
    if (!error && message->cap && !client->service->interface->methods[MESSAGE_METHOD(header)].request_caps)
        error = ERR_MESSAGE;
    if (error || words > most) {
        request_begin(state, client, message, error);
        return;
    }
    cptr_t cap = message->cap;
    call_run(state, client, message->w, &cap, cap != 0, &client->service->interface->methods[MESSAGE_METHOD(header)]);
}

void request_public(struct server_state *state, struct lmp_slot *message)
{
    uint32_t number = SERVER_PUBLIC_NUMBER(message->badge);
    if (message->badge & BADGE_PUBLIC && number < state->service_count && message->words &&
        MESSAGE_METHOD(message->w[0]) == MESSAGE_BIND)
        bind(state, state->services[number], NULL, SERVER_PUBLIC_PID(message->badge), message);
    else
        drop_cap(message);
}
