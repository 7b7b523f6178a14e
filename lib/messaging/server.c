/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A server's loop. While its thread waits, a request comes in registers and the thread gets it at once; while it works, requests
 * wait in the ring (entry_message is 0 then, so the kernel never hands over one that nobody could take). A short reply leaves in the same
 * system call that puts the process to sleep.
 */
#include "internal.h"
#include <caps/caps.h>
#include <caps/slots.h>
#include <stdlib.h>

struct server_state *server_state;

/* Disabled. */
static void waiting(struct server_state *state, bool is)
{
    state->server->waitset.waiter = is ? dispatcher.current : NULL;
    *(volatile uint64_t *)&DISPATCHER_FRAME->entry_message = is ? (uint64_t)upcall_message : 0;
}

static void upcall_request(struct lmp_slot *message)
{
    struct server_state *state = server_state;
    struct thread *waiter = state->server->waitset.waiter;
    if (!waiter) { /* cannot be */
        message_drop_cap(message);
        return;
    }
    state->incoming = message;
    *(volatile uint64_t *)&DISPATCHER_FRAME->entry_message = 0;
    thread_wake(waiter, ERR_OK);
}

static void upcall_pending(void)
{
    struct server_state *state = server_state;
    struct thread *waiter = state->server->waitset.waiter;
    if (waiter && (ring_first(RING_REQUESTS) || state->backlogs)) thread_wake(waiter, ERR_OK);
}

/* Disabled; enabled on return. Nothing is there: sleep, with the reply that waits to go, if any. */
static err_t sleep_until_something(struct server_state *state, ticks_t deadline)
{
    struct client *client = state->out_client;
    err_t error;
    if (!client) {
        waiting(state, true);
        error = thread_block(NULL, deadline);
        waiting(state, false);
        return error;
    }
    if (!dispatcher_would_sleep() || state->lock.owner || client->backlog_first || !client->reply_endpoint) {
        dispatcher_enable();
        out_flush(state);
        return ERR_OK;
    }
    bool sent;
    state->out_client = NULL;
    waiting(state, true);
    error = transport_lmp.send_and_block(client->reply_endpoint, state->reply, state->out_words, state->out_cap,
                                         deadline, &sent);
    waiting(state, false);
    if (sent) return error;
    state->out_client = client;
    dispatcher_enable();
    out_flush(state);
    return ERR_OK;
}

/* The capability goes out of the receive slot at once: the next message may need it. */
static void message_copy(struct server_state *state, struct lmp_slot *from)
{
    struct lmp_slot *to = &state->message;
    err_t error = ERR_OK;
    to->badge = from->badge;
    to->words = from->words;
    for (int i = 0; i < 8; i++)
        to->w[i] = from->w[i];
    to->cap = from->cap ? message_take_cap(from, &error) : 0;
    state->message_error = error;
}

static bool message_from_ring(struct server_state *state)
{
    struct lmp_slot *slot = ring_first(RING_REQUESTS);
    if (!slot) return false;
    message_copy(state, slot);
    ring_next(RING_REQUESTS);
    return true;
}

err_t server_wait(struct server_state *state, ticks_t deadline)
{
    struct waitset *waitset = &state->server->waitset;
    for (;;) {
        if (state->incoming) {
            message_copy(state, state->incoming);
            state->incoming = NULL;
            request_handle(state);
            return ERR_OK;
        }
        if (state->backlogs) backlogs_flush(state);
        if (message_from_ring(state)) {
            request_handle(state);
            return ERR_OK;
        }
        if (waitset->first) {
            out_flush(state);
            return ERR_OK;
        }
        dispatcher_disable();
        if (state->incoming || waitset->first || ring_first(RING_REQUESTS)) {
            dispatcher_enable();
            continue;
        }
        err_t error = sleep_until_something(state, deadline);
        if (error && !state->incoming) return error;
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
    waiting(&state, false);
    messaging_upcalls.request = upcall_request;
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
    for (;;)
        waitset_wait(&server->waitset, 0);
}

bool server_busy(struct server *server)
{
    return server->state->incoming || ring_first(RING_REQUESTS) || server->waitset.first;
}
