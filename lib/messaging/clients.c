/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A server's clients. One begins with a badge made for it (BIND through a public endpoint, INTRODUCE, service_introduce) and ends
 * when the last endpoint with that badge is gone, whatever the reason: then its memory, its deferred replies and the
 * service's own state for it go too, in the server's thread.
 */
#include "internal.h"
#include <caps/caps.h>
#include <stdlib.h>

static void client_hung_up(void *object)
{
    struct client *client = object;
    peer_remove(client->peer, true);
    client->gone_next = server_state->gone;
    server_state->gone = client;
    event_post(&server_state->server->waitset, &server_state->gone_event);
}

static void client_free(struct server_state *state, struct client *client)
{
    mutex_lock(&state->lock);
    if (state->out_client == client) state->out_client = NULL;
    for (struct reply *reply = client->replies; reply; reply = reply->next)
        reply->client = NULL;
    client->replies = NULL;
    backlog_free(client);
    mutex_unlock(&state->lock);
    partial_free(client);
    ump_client_close(client);
    cap_free(client->reply_endpoint);
    if (client->known && client->service->client_gone) client->service->client_gone(client);
    free(client);
}

static void clients_gone(struct event *event)
{
    struct server_state *state = event->context;
    for (;;) {
        dispatcher_disable();
        struct client *client = state->gone;
        if (client) state->gone = client->gone_next;
        dispatcher_enable();
        if (!client) return;
        client_free(state, client);
    }
}

void clients_init(struct server_state *state)
{
    state->gone_event = (struct event){.run = clients_gone, .context = state};
    messaging_upcalls.hung_up[PEER_CLIENT] = client_hung_up;
}

err_t client_new(struct service *service, uint64_t pid, struct client **made)
{
    struct client *client = calloc(1, sizeof *client);
    if (!client) return ERR_NO_MEMORY;
    dispatcher_touch(client, sizeof *client);
    client->service = service;
    client->pid = pid;
    client->transport = &transport_lmp;
    err_t error = peer_add(PEER_CLIENT, client, &client->peer);
    if (error) {
        free(client);
        return error;
    }
    client->badge = peer_at(client->peer)->badge;
    *made = client;
    return ERR_OK;
}

/*
 * The endpoint with the client's badge; its end is the client's. If none can be made the client ends here. The caller sends
 * it on, or copies it into a slot of the client's, and then deletes it.
 */
err_t client_endpoint(struct client *client, cptr_t *endpoint)
{
    err_t error = cap_mint_new(endpoint, SLOT_ENDPOINT, client->badge, MINT_RING(RING_REQUESTS) | MINT_HANGUP);
    if (error) {
        dispatcher_disable();
        peer_remove(client->peer, true);
        dispatcher_enable();
        client_free(server_state, client);
    }
    return error;
}

err_t service_introduce_client(struct service *service, uint64_t pid, void *user, cptr_t *endpoint, struct client **made)
{
    struct client *client;
    err_t error = client_new(service, pid, &client);
    if (error) return error;
    client->user = user;
    error = client_endpoint(client, endpoint);
    if (error) return error;
    client->known = true; /* the service hears of its end, even if it never binds */
    *made = client;
    return ERR_OK;
}

err_t service_introduce(struct service *service, uint64_t pid, void *user, cptr_t *endpoint)
{
    struct client *client;
    return service_introduce_client(service, pid, user, endpoint, &client);
}

void service_for_each_client(struct service *service, void (*f)(struct client *client, void *context), void *context)
{
    struct peer *peer;
    for (uint32_t i = 1; (peer = peer_at(i)); i++) {
        if (peer->kind == PEER_CLIENT && ((struct client *)peer->object)->service == service) f(peer->object, context);
    }
}
