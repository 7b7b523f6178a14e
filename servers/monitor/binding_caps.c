/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Capabilities that go along with the messages of a channel (binding.h): each half has a queue in each direction. On one core one goes straight
 * from the leash to the service, or back. To the other half they go by the protocol of remote_caps.h, one after the other, so that they
 * arrive in their order; one that cannot go is announced as lost in its turn.
 */
#include "binding.h"
#include "monitor.h"
#include <arch/disable.h>
#include <caps/caps.h>

#define RELAY_US 1000000 /* how long a service may take to take a capability */
#define AGAIN_US 1000    /* when the monitor is asked again that was too busy */

static bool queue_put(struct binding *binding, struct cap_queue *queue, cptr_t cap)
{
    bool was = dispatcher_disable_nested();
    bool room = queue->count <= binding->slots;
    if (room) queue->caps[(queue->first + queue->count++) % (binding->slots + 1)] = cap;
    dispatcher_enable_nested(was);
    return room;
}

static bool queue_take(struct binding *binding, struct cap_queue *queue, cptr_t *cap)
{
    dispatcher_disable();
    bool any = queue->count != 0;
    if (any) {
        *cap = queue->caps[queue->first];
        queue->first = (queue->first + 1) % (binding->slots + 1);
        queue->count--;
    }
    dispatcher_enable();
    return any;
}

static struct cap_queue *queue_away(struct binding *binding)
{
    return serves_here(binding) ? &binding->to_client : &binding->to_server;
}

static void lost(struct binding *binding)
{
    if (note_send(binding, NOTE_CAP, ERR_OK) != ERR_OK) binding->over = true;
}

/* In the link's thread. */
static void sent(struct remote_request *request, err_t err)
{
    struct binding *binding = (struct binding *)request->context;
    mutex_lock(&bindings_lock);
    binding->send_error = err;
    binding->is_sent = true;
    binding_post(binding);
    mutex_unlock(&bindings_lock);
}

static void send_again(struct event *event)
{
    remote_caps_send(&((struct binding *)event->context)->sending);
}

/* It has arrived, or not, or is on its way still. A binding that is over forgets what it had to send. */
static void send_end(struct binding *binding)
{
    mutex_lock(&bindings_lock);
    bool is_sent = binding->is_sent;
    err_t err = binding->send_error;
    binding->is_sent = false;
    mutex_unlock(&bindings_lock);
    if (!is_sent) return;
    if (err == ERR_BUSY && !binding->over) {
        binding->again.event = (struct event){.run = send_again, .context = binding};
        timer_set(&bindings_waitset, &binding->again, deadline_after_us(AGAIN_US));
        return;
    }
    cap_free((cptr_t)binding->sending.capref);
    binding->is_sending = false;
    if (err != ERR_OK) lost(binding);
}

static void send_begin(struct binding *binding, cptr_t cap)
{
    binding->is_sending = true;
    binding->sending = (struct remote_request){
        .done = sent, .context = binding, .capref = cap, .core = binding->core, .to = REMOTE_BINDING, .tag = binding->other};
    remote_caps_send(&binding->sending);
}

static void relay_away(struct binding *binding)
{
    cptr_t cap;
    if (binding->is_sending) send_end(binding);
    while (!binding->over && !binding->is_sending && queue_take(binding, queue_away(binding), &cap)) {
        if (cap != 0)
            send_begin(binding, cap);
        else
            lost(binding);
    }
}

/* One that is gone meanwhile is lost. */
static void relay_to_service(struct binding *binding, cptr_t cap)
{
    err_t err = channel_relay(&binding->channel, cap);
    if (err != ERR_OK && err != ERR_TIMEOUT && cap != 0) err = channel_relay(&binding->channel, 0);
    if (err != ERR_OK) binding->over = true;
}

/* Whoever does not take his capabilities in time is given up. */
void caps_relay(struct binding *binding)
{
    cptr_t cap;
    if (is_remote(binding)) relay_away(binding);
    if (serves_here(binding)) {
        ticks_t before = rpc_set_deadline(deadline_after_us(RELAY_US));
        while (!binding->over && queue_take(binding, &binding->to_server, &cap)) {
            relay_to_service(binding, cap);
            cap_free(cap);
        }
        rpc_set_deadline(before);
    }
    while (!binding->over && binding->client_pid >> 32 == OWN && queue_take(binding, &binding->to_client, &cap)) {
        mutex_lock(&bindings_lock);
        if (binding->client != NULL) client_relay(binding->client, cap);
        mutex_unlock(&bindings_lock);
        cap_free(cap);
    }
}

static void cap_came(struct binding *binding, struct cap_queue *queue, cptr_t cap)
{
    if (!queue_put(binding, queue, cap)) {
        cap_free(cap);
        binding->over = true;
    }
    binding_post(binding);
}

/* Disabled: a capability of one of its replies. */
void service_relays(struct channel *channel, cptr_t cap)
{
    struct binding *binding = (struct binding *)channel;
    cap_came(binding, &binding->to_client, cap);
}

void client_relays(struct client *client, cptr_t cap)
{
    struct binding *binding = client->user;
    cap_came(binding, &binding->to_server, cap);
}

void cap_arrived(struct binding *binding, cptr_t cap)
{
    cap_came(binding, serves_here(binding) ? &binding->to_server : &binding->to_client, cap);
}

/* In the link's thread: the other half's. */
static err_t arrived(coreid_t from, uint64_t tag, cptr_t cap)
{
    mutex_lock(&bindings_lock);
    struct binding *binding = binding_find(from, tag);
    err_t err = binding != NULL && !binding->over ? ERR_OK : ERR_PEER_DEAD;
    if (err == ERR_OK) cap_arrived(binding, cap);
    mutex_unlock(&bindings_lock);
    return err;
}

void caps_drop(struct binding *binding)
{
    cptr_t cap;
    while (queue_take(binding, &binding->to_server, &cap) || queue_take(binding, &binding->to_client, &cap)) {
        cap_free(cap);
    }
}

void binding_caps_init(void)
{
    remote_caps_handle(REMOTE_BINDING, arrived);
}
