/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A server's loop. While its thread waits, a request comes in registers and the thread gets it at once; while it works, requests
 * wait in the ring (entry_message is 0 then, so the kernel never hands over one that nobody could take). A short reply leaves in the same
 * system call that puts the process to sleep.
 */
#include "calls.h"
#include <caps/caps.h>
#include <caps/slots.h>
#include <stdlib.h>

struct server_state *server_state;

static inline void entry_message_set(void (*entry)(void))
{
    *(volatile uint64_t *)&DISPATCHER_FRAME->entry_message = (uint64_t)entry;
}

static struct thread *upcall_request(struct lmp_slot *message)
{
    struct server_state *state = server_state;
    state->incoming = message;
    entry_message_set(NULL);
    return state->server->waitset.waiter;
}

static void upcall_pending(void)
{
    struct server_state *state = server_state;
    struct thread *waiter = state->server->waitset.waiter;
    if (waiter && (ring_first(RING_REQUESTS) || state->backlogs || ump_requests(state))) thread_wake(waiter, ERR_OK);
}

/* The capability of a request goes out of the receive slot at once: the next message may need it. */
static void take_cap(struct server_state *state, struct lmp_slot *message)
{
    state->message_error = ERR_OK;
    message->cap = message_take_cap(message, &state->message_error);
}

/* Anything but a whole request without a capability. */
static __attribute__((noinline)) void handle_slowly(struct server_state *state, struct lmp_slot *message)
{
    struct peer *peer = peer_find(message->badge, PEER_CLIENT);
    if (peer)
        request_slowly(state, peer->object, message);
    else
        request_public(state, message);
    state->message_error = ERR_OK;
}

static inline __attribute__((always_inline)) void handle(struct server_state *state, struct lmp_slot *message)
{
    struct peer *peer = peer_find(message->badge, PEER_CLIENT);
    struct client *client = peer ? peer->object : NULL;
    if (!client || message->cap || state->message_error || client->skip || client->partial || !client->reply_endpoint) {
        handle_slowly(state, message);
        return;
    }
    const struct interface *interface = client->service->interface;
    uint32_t number = MESSAGE_METHOD(message->w[0]), bytes = MESSAGE_BYTES(message->w[0]);
    const struct method *method = &interface->methods[number];
    /* `words` too says that there is one fragment only. */
    if (number < interface->method_count && bytes <= method->request_most && bytes >= method->request_least &&
        bytes % 8 == 0 && message->words == 1 + bytes / 8)
        call_run(state, client, message->w, NULL, 0, method);
    else
        handle_slowly(state, message);
}

void request_handle(struct server_state *state, struct lmp_slot *message)
{
    handle(state, message);
}

/* The oldest one in the ring, or NULL. */
static __attribute__((noinline)) struct lmp_slot *request_from_ring(struct server_state *state)
{
    struct lmp_slot *slot = ring_first(RING_REQUESTS), *message = &state->copied;
    if (!slot) return NULL;
    message->badge = slot->badge;
    message->words = slot->words;
    message->cap = slot->cap;
    words_copy(message->w, slot->w);
    if (message->cap) take_cap(state, message);
    ring_next(RING_REQUESTS);
    return message;
}

/* Disabled; enabled on return. The reply that was to go with the sleep did not. */
static __attribute__((noinline)) void sleep_failed(struct server_state *state, struct client *client)
{
    thread_block_cancel();
    state->server->waitset.waiter = NULL;
    entry_message_set(NULL);
    dispatcher_enable();
    state->out_client = client;
    out_flush(state);
}

/* Disabled; enabled on return. Sleep, with the reply that waits to go, if any. */
static inline err_t sleep_until_something(struct server_state *state, ticks_t deadline)
{
    struct waitset *waitset = &state->server->waitset;
    struct client *client = state->out_client;
    err_t error;
    /* The client has no backlog: nobody has. */
    if (client && (dispatcher.ready.first || state->lock.owner)) {
        dispatcher_enable();
        out_flush(state);
        return ERR_OK;
    }
    waitset->waiter = dispatcher.current;
    entry_message_set(upcall_message);
    if (client) {
        state->out_client = NULL;
        struct context_result result = thread_block_sending(waitset->waiter, state->reply, state->out_words,
                                                            client->reply_endpoint, state->out_cap, deadline);
        error = (err_t)result.value;
        if (!result.resumed) {
            sleep_failed(state, client);
            return ERR_OK;
        }
    } else {
        error = thread_block(NULL, deadline);
    }
    waitset->waiter = NULL;
    if (!state->incoming) entry_message_set(NULL);
    return error;
}

/* Disabled; enabled on return. Something else than a message in registers may be there. Both transports get their turn. */
static __attribute__((noinline)) struct lmp_slot *work_through(struct server_state *state)
{
    dispatcher_enable();
    state->room_seen = room_count;
    if (state->backlogs) backlogs_flush(state);
    if (ump_requests(state)) ump_round(state);
    struct lmp_slot *message = request_from_ring(state);
    if (!message) out_flush(state);
    return message;
}

err_t server_wait(struct server_state *state, ticks_t deadline)
{
    struct waitset *waitset = &state->server->waitset;
    for (;;) {
        struct lmp_slot *message = NULL;
        dispatcher_disable();
        if (ring_first(RING_REQUESTS) || waitset->first || state->backlogs || ump_requests(state)) {
            message = work_through(state);
            bool handled = state->ump_handled;
            state->ump_handled = false;
            if (!message && (waitset->first || (handled && (waitset->timers || waitset->once)))) return ERR_OK;
            if (!message && (handled || !state->backlogs)) continue;
            if (!message) { /* a backlog that does not move: sleep, unless something came since it was tried */
                dispatcher_disable();
                if (ring_first(RING_REQUESTS) || waitset->first || state->room_seen != room_count || ump_requests(state)) {
                    dispatcher_enable();
                    continue;
                }
            }
        }
        if (!message) {
            err_t error = sleep_until_something(state, deadline);
            message = state->incoming;
            if (!message && error) return error;
            if (!message) continue;
            state->incoming = NULL;
            if (message->cap) take_cap(state, message);
        }
        handle(state, message);
        if (waitset->first || waitset->timers || waitset->once) return ERR_OK;
    }
}

err_t server_init(struct server *server)
{
    static struct server_state state;
    if (server_state) return ERR_EXISTS;
    waitset_init(&server->waitset);
    server->waitset.server = server->state = &state;
    state.server = server;
    state.lock = MUTEX_RECURSIVE_INIT;
    state.reply_words = 8;
    state.reply = malloc(8 * 8);
    if (!state.reply) return ERR_NO_MEMORY;
    server_state = &state;
    clients_init(&state);
    dispatcher_disable();
    entry_message_set(NULL);
    dispatcher_messages[RING_REQUESTS] = upcall_request;
    messaging_upcalls.pending = upcall_pending;
    dispatcher_enable();
    return messaging_ring_requests();
}

err_t server_add(struct server *server, struct service *service)
{
    struct server_state *state = server->state;
    uint32_t words = 8;
    if (state->service_count == SERVICES_MAX) return ERR_TOO_MANY;
    for (uint32_t i = 0; i < service->interface->method_count; i++) {
        uint32_t most = 1 + service->interface->methods[i].reply_most / 8;
        words = most > words ? most : words;
    }
    if (words > state->reply_words) {
        uint64_t *larger = malloc(words * 8);
        if (!larger) return ERR_NO_MEMORY;
        free(state->reply);
        state->reply = larger;
        state->reply_words = words;
    }
    service->server = server;
    service->number = state->service_count;
    err_t error =
        cap_mint_new(&service->endpoint, SLOT_ENDPOINT, SERVER_PUBLIC_BADGE(service->number), MINT_RING(RING_REQUESTS));
    if (!error) state->services[state->service_count++] = service;
    return error;
}

err_t server_run_once(struct server *server, ticks_t deadline)
{
    return waitset_wait(&server->waitset, deadline);
}

_Noreturn void server_run(struct server *server)
{
    server->waitset.once = false;
    for (;;)
        waitset_step(&server->waitset, 0);
}

bool server_busy(struct server *server)
{
    return server->state->incoming || ring_first(RING_REQUESTS) || server->waitset.first;
}
