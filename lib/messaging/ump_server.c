/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * UMP at the server. A client begins by LMP like any other, with the monitor in its place, and is then given rings: its requests come by
 * them, its end by the hang-up of its endpoint. The server's thread looks at all ends that do not sleep, in turns, a few messages each;
 * when nothing has come for a while, all sleep and ring the process's doorbell.
 */
#include "calls.h"
#include <caps/caps.h>
#include <caps/slots.h>

#define TURN 8        /* requests of one client before the next one's turn */
#define TURN_ALONE 64 /* ... if no other one has any, before all else is looked at */

/* Disabled: the client has sent something. */
static void rung(struct ump_end *end)
{
    struct server_state *state = server_state;
    struct thread *waiter = state->server->waitset.waiter;
    (void)end;
    state->ump_awake++;
    if (waiter) thread_wake(waiter, ERR_OK);
}

/* Answer by the ring at once, if nobody else answers this client. */
static inline void answer_now(struct server_state *state, struct client *client, uint32_t words)
{
    struct ump_end *end = client->ump;
    err_t error = ERR_LMP_FULL;
    dispatcher_disable_briefly();
    if (end && words <= UMP_FRAGMENT && !state->lock.owner && !client->backlog_first && client->reply_endpoint)
        error = ump_put(&end->ring.out, state->reply, words, (uint8_t)words);
    dispatcher_enable();
    if (!error) return;
    if (error == ERR_AGAIN) {
        doorbell_ring(end->bell);
        return;
    }
    state->out_client = client;
    state->out_words = words;
    state->out_cap = 0;
    out_flush(state);
}

static bool has_something(const struct ump_end *end)
{
    return end->holding ? end->cap_count != 0 : ump_look(&end->ring.in) != 0;
}

static __attribute__((noinline)) void request_otherwise(struct server_state *state, struct client *client,
                                                        struct lmp_slot *message)
{
    message->badge = client->badge;
    request_handle(state, message);
    if (!state->out_client) return;
    if (state->out_client != client || state->out_cap) {
        out_flush(state);
        return;
    }
    state->out_client = NULL;
    answer_now(state, client, state->out_words);
}

/* A message of `words` words; the usual case is a whole request without a capability. */
static inline void request_now(struct server_state *state, struct client *client, struct lmp_slot *message)
{
    const struct interface *interface = client->service->interface;
    uint32_t number = MESSAGE_METHOD(message->w[0]), bytes = MESSAGE_BYTES(message->w[0]);
    const struct method *method = &interface->methods[number];
    if (message->cap || client->skip || client->partial || number >= interface->method_count ||
        bytes > method->request_most || bytes < method->request_least || 8 * message->words != 8 + bytes) {
        request_otherwise(state, client, message);
        return;
    }
    uint32_t words = call_handle(state, client, message->w, NULL, 0, method);
    if (words) answer_now(state, client, words);
}

/* No other client is awake, and no answer waits for room. */
static inline bool is_alone(const struct server_state *state)
{
    return state->ump_awake == 1 && !state->backlogs;
}

/* The answer of a short call whose handler says an error, unless it is answered later. */
static __attribute__((noinline)) err_t short_failed(struct server_state *state, const struct call *call, err_t error)
{
    if (call->deferred) return ERR_AGAIN;
    state->reply[0] = call->header | MESSAGE_REPLY | MESSAGE_HEADER(0, 0, 8);
    state->reply[1] = error;
    answer_now(state, call->client, 2);
    return ERR_AGAIN;
}

/*
 * A conversation with the only client that is awake. While it makes short calls (rpc_short()), and nothing else comes up, one ump_ask() sends an
 * answer and takes the next request, as another one does at the client. message has the first request; *n counts those that are
 * answered here. ERR_OK: message has one that is for others to handle; ERR_AGAIN: there is none; else the client is to be closed.
 */
static __attribute__((noinline)) err_t converse(struct server_state *state, struct client *client,
                                                struct lmp_slot *message, uint32_t *n)
{
    const struct interface *interface = client->service->interface;
    const struct method *methods = interface->methods;
    struct ump_end *end = client->ump;
    uint64_t *reply = state->reply;
    uint32_t seen = room_count, count = interface->method_count, left = TURN_ALONE, words = message->words;
    struct call call = {.client = client,
                        .service = client->service,
                        .request = message->w + 1,
                        .reply = reply,
                        .reply_caps = state->reply_caps};
    if (message->cap || client->skip || client->partial) return ERR_OK;
    if (state->out_client) out_flush(state); /* what waits is in the reply buffer */
    for (;;) {
        uint64_t header = message->w[0], id = header & MESSAGE_HEADER(0, UINT16_MAX, 0);
        const struct method *method = &methods[MESSAGE_METHOD(header)];
        if (MESSAGE_METHOD(header) >= count || header - id != method->short_request ||
            words != MESSAGE_HEADER_WORDS(header))
            break;
        call.method = method;
        call.header = (uint32_t)header;
        err_t error = method->dispatch(&call);
        header = method->short_reply | id;
        left--;
        if (error || call.deferred) {
            *n += TURN_ALONE - left;
            return short_failed(state, &call, error);
        }
        reply[0] = header;
        reply[1] = ERR_OK;
        words = UMP_UNSENT;
        dispatcher_disable_briefly();
        if (left && room_count == seen && !state->lock.owner)
            words = ump_ask(&end->ring, reply, MESSAGE_HEADER_WORDS(header), message->w, end->looks);
        dispatcher_enable();
    }
    *n += TURN_ALONE - left;
    if (words < UMP_SENT) return ump_end_taken(end, message, words);
    if (words == UMP_UNSENT) answer_now(state, client, MESSAGE_HEADER_WORDS(reply[0]));
    if (words == UMP_RING) doorbell_ring(end->bell);
    return ERR_AGAIN;
}

/* Up to TURN requests, or TURN_ALONE while there is nothing else to do; then the next one is worth waiting for. Returns how many. */
static uint32_t client_turn(struct server_state *state, struct client *client)
{
    struct lmp_slot *message = &state->ump_message;
    uint32_t n = 0, seen = room_count;
    if (!client->ump || !client->reply_endpoint || !has_something(client->ump)) return 0;
    for (;;) {
        err_t error = ump_end_receive(client->ump, message);
        if (!error && client->ump->looks && is_alone(state)) error = converse(state, client, message, &n);
        if (error && error != ERR_AGAIN) { /* hostile, or its frame is gone */
            client_close(client);
            return n;
        }
        if (!error) {
            request_now(state, client, message);
            n++;
        }
        struct ump_end *end = client->ump;
        bool alone = is_alone(state);
        if (n >= (alone ? TURN_ALONE : TURN) || !end || !client->reply_endpoint || end->holding) return n;
        if (ump_await(&end->ring.in, alone && end->away ? UMP_LOOKS : 1, &room_count, seen)) continue;
        if (!alone || room_count != seen) return n;
        ump_end_nothing(end, ERR_AGAIN); /* who sends much may wait for room */
        if (ump_await(&end->ring.in, end->polls, &room_count, seen)) continue;
        state->ump_looked = room_count == seen;
        return n;
    }
}

static struct client *next_client(struct server_state *state, struct client *client)
{
    return client ? client->ump_list : state->ump_clients;
}

/* All that do not sleep are to ring from now on, but for those that have sent something meanwhile. */
static void all_sleep(struct server_state *state)
{
    for (struct client *client = NULL; (client = next_client(state, client));) {
        dispatcher_disable();
        if (!client->ump->sleeping && client->reply_endpoint) {
            if (ump_end_sleep(client->ump)) state->ump_awake--;
        } else if (!client->ump->sleeping) {
            client->ump->sleeping = true; /* cut off: nothing of it is of interest */
            state->ump_awake--;
        }
        dispatcher_enable();
    }
}

/* Nothing is there: look for a while. Whoever waits for room is told before. True: something has come, by the rings or else. */
static bool look_around(struct server_state *state)
{
    uint32_t polls = 0;
    for (struct client *client = NULL; (client = next_client(state, client));) {
        if (client->ump->sleeping) continue;
        ump_end_nothing(client->ump, ERR_AGAIN);
        if (client->ump->polls > polls) polls = client->ump->polls;
    }
    for (; polls; polls--) {
        for (struct client *client = NULL; (client = next_client(state, client));) {
            if (!client->ump->sleeping && client->reply_endpoint && has_something(client->ump)) return true;
        }
        if (ring_first(RING_REQUESTS) || state->server->waitset.first || state->room_seen != room_count) return true;
        __asm__ volatile("yield");
    }
    return false;
}

void ump_round(struct server_state *state)
{
    uint32_t handled = 0;
    for (struct client *client = NULL; (client = next_client(state, client));) {
        if (!client->ump->sleeping) handled += client_turn(state, client);
    }
    state->ump_handled = handled != 0;
    if (state->ump_looked || (!handled && !look_around(state))) all_sleep(state);
    state->ump_looked = false;
}

static void client_start(struct server_state *state, struct client *client, cptr_t bell)
{
    client->ump = client->ump_next;
    client->ump_next = NULL;
    client->transport = &transport_ump;
    client->ump_list = state->ump_clients;
    state->ump_clients = client;
    ump_end_start(client->ump, bell, rung, client);
    state->ump_awake++;
}

void ump_client_close(struct client *client)
{
    struct server_state *state = server_state;
    ump_end_close(client->ump_next);
    client->ump_next = NULL;
    client->transport = &transport_lmp;
    if (!client->ump) return;
    struct ump_end *end = client->ump;
    for (struct client **at = &state->ump_clients; *at; at = &(*at)->ump_list) {
        if (*at != client) continue;
        *at = client->ump_list;
        break;
    }
    dispatcher_disable();
    if (!end->sleeping) state->ump_awake--;
    client->ump = NULL;
    dispatcher_enable();
    ump_end_close(end);
}

static void frame_came(struct server_state *state, struct client *client, struct lmp_slot *message)
{
    uint64_t slots = message->w[1];
    cptr_t bell = 0;
    err_t error = client->ump || client->ump_next || slots > UMP_SLOTS_MAX ? ERR_ARGUMENT : ERR_OK;
    if (!error) error = ump_end_open(message->cap, (uint32_t)slots, 1, (coreid_t)message->w[2], &client->ump_next);
    cap_free(message->cap);
    if (!error) error = ump_bell(&bell);
    answer_giving(state, client, message->w[0], error, bell);
    slots_top_up();
}

static void bell_came(struct server_state *state, struct client *client, struct lmp_slot *message)
{
    struct cap_info info;
    if (!client->ump_next || cap_identify(message->cap, &info) || info.type != CAP_DOORBELL) {
        cap_free(message->cap);
        answer(state, client, message->w[0], ERR_ARGUMENT, 8, 0);
        return;
    }
    answer(state, client, message->w[0], ERR_OK, 8, 0);
    out_flush(state); /* the last one by LMP */
    client_start(state, client, message->cap);
    slots_top_up();
}

static void cap_came(struct client *client, cptr_t cap)
{
    if (client->service->relay) {
        client->service->relay(client, cap);
        return;
    }
    dispatcher_disable();
    err_t error = client->ump ? ump_end_cap(client->ump, cap) : ERR_MESSAGE;
    dispatcher_enable();
    if (!error) return;
    cap_free(cap);
    client_close(client);
}

bool ump_request(struct server_state *state, struct client *client, struct lmp_slot *message)
{
    uint32_t method = message->words ? MESSAGE_METHOD(message->w[0]) : 0;
    if (message == &state->ump_message) return false;
    if (method == MESSAGE_CAP && message->words == 1) /* 0: it could not come, and is missed by who waits for it */
        cap_came(client, message->cap);
    else if (!message->cap || state->message_error)
        return false;
    else if (method == MESSAGE_UMP_FRAME && message->words == 3)
        frame_came(state, client, message);
    else if (method == MESSAGE_UMP_BELL && message->words == 1)
        bell_came(state, client, message);
    else
        return false;
    return true;
}
