/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Bindings: for each channel by UMP the monitor is, by LMP, the service of its client's leash and a client of its server. So each side hears of the
 * other's end by a hang-up, whatever the reason, and capabilities are passed on in the order in which they come.
 *
 * All that may wait for somebody is done by a thread of its own; the server's thread, and upcalls, only leave word.
 */
#include "bindings.h"
#include "bells.h"
#include "cores.h"
#include "monitor.h"
#include <arch/disable.h>
#include <caps/caps.h>
#include <idl/names.h>
#include <messaging/channel.h>
#include <messaging/rpc.h>
#include <messaging/ump.h>
#include <stdlib.h>
#include <string.h>
#include <threads/sync.h>
#include <threads/thread.h>

#define ANSWER_US 5000000 /* how long a service may take to accept */
#define RELAY_US 1000000  /* ... or to take a capability */

/* Capabilities on their way in one direction: never more than messages of which they are part, which is slots + 1. */
struct queue {
    uint32_t first, count;
    cptr_t *caps;
};

struct binding {
    struct channel channel; /* to the service; first: hung_up() and relay() get it */
    struct client *client;  /* the leash; NULL: none yet, or gone */
    struct event event;     /* something is to be done */
    struct reply *reply;    /* of monitor_bind(), until it is answered */
    char name[NAMES_NAME_MAX + 1];
    pid_abi_t server_pid, client_pid;
    uint32_t slots;
    cptr_t frame, bell;                /* as they came */
    uint32_t client_bell, server_bell; /* numbers */
    struct queue to_server, to_client;
    bool over; /* one side is gone */
    cptr_t caps[];
};

#define BOOTINFO ((const struct bootinfo *)VADDR_BOOTINFO)

static struct waitset waitset;
static struct mutex lock; /* of binding->client */
static struct service leash_service;

static bool queue_put(struct binding *binding, struct queue *queue, cptr_t cap)
{
    bool was = dispatcher_disable_nested();
    bool room = queue->count <= binding->slots;
    if (room) queue->caps[(queue->first + queue->count++) % (binding->slots + 1)] = cap;
    dispatcher_enable_nested(was);
    return room;
}

static cptr_t queue_take(struct binding *binding, struct queue *queue)
{
    dispatcher_disable();
    cptr_t cap = queue->count != 0 ? queue->caps[queue->first] : 0;
    if (cap != 0) {
        queue->first = (queue->first + 1) % (binding->slots + 1);
        queue->count--;
    }
    dispatcher_enable();
    return cap;
}

static void queue_empty(struct binding *binding, struct queue *queue)
{
    cptr_t cap;
    while ((cap = queue_take(binding, queue)) != 0) {
        cap_free(cap);
    }
}

static void binding_free(struct binding *binding)
{
    event_cancel(&waitset, &binding->event);
    queue_empty(binding, &binding->to_server);
    queue_empty(binding, &binding->to_client);
    bell_close(binding->client_bell);
    bell_close(binding->server_bell);
    cap_free(binding->frame);
    cap_free(binding->bell);
    free(binding);
}

/* One call of the library's own methods, with a capability there and perhaps one back. */
static err_t ask(struct channel *channel, uint32_t method, uint64_t a, uint64_t b, uint32_t bytes, cptr_t cap,
                 cptr_t *answer)
{
    uint64_t w[8] = {0, a, b};
    struct rpc rpc = {.w = w,
                      .method = method,
                      .request_bytes = bytes,
                      .reply_room = 8,
                      .caps = &cap,
                      .cap_count = 1,
                      .reply_caps = answer,
                      .reply_cap_room = answer != NULL};
    return rpc_call(channel, &rpc);
}

/* Give the rings to the service, which is on this core; the client is on core `core`. */
static err_t server_connect(struct binding *binding, coreid_t core, uint32_t client_bell)
{
    cptr_t endpoint, server_bell = 0, ring;
    err_t err = names_lookup_for(names_default(), binding->client_pid, binding->name, &endpoint);
    if (err != ERR_OK) return err;
    binding->channel.slot = endpoint;
    err = channel_bind(&binding->channel);
    cap_free(endpoint);
    binding->channel.slot = 0;
    if (err == ERR_OK)
        err = ask(&binding->channel, MESSAGE_UMP_FRAME, binding->slots, core, 16, binding->frame, &server_bell);
    if (err != ERR_OK) return err;
    err = bell_open(server_bell, &binding->server_bell);
    cap_free(server_bell);
    if (err == ERR_OK) err = bell_ring_cap(core, client_bell, &ring);
    if (err != ERR_OK) return err;
    err = ask(&binding->channel, MESSAGE_UMP_BELL, 0, 0, 0, ring, NULL);
    cap_free(ring);
    return err;
}

/* The client's answer: its leash, and the bell of the service. */
static err_t client_answer(struct binding *binding, coreid_t core, uint32_t server_bell)
{
    cptr_t leash, ring;
    err_t err = bell_ring_cap(core, server_bell, &ring);
    if (err != ERR_OK) return err;
    err = service_introduce_client(&leash_service, binding->client_pid, binding, &leash, &binding->client);
    if (err == ERR_OK) {
        monitor_reply_bind(binding->reply, ERR_OK, leash, ring);
        binding->reply = NULL;
        cap_free(leash);
    }
    cap_free(ring);
    return err;
}

static void binding_end(struct binding *binding, err_t err)
{
    if (binding->reply != NULL) monitor_reply_bind(binding->reply, err, 0, 0);
    binding->reply = NULL;
    channel_close(&binding->channel); /* the service sees its client's end */
    mutex_lock(&lock);
    bool gone = binding->client == NULL;
    if (!gone) client_close(binding->client); /* it sees the end of its leash, and drops it: leash_gone() comes */
    mutex_unlock(&lock);
    if (gone) binding_free(binding);
}

/* Whoever does not take his capabilities in time is given up. */
static void relay(struct binding *binding)
{
    cptr_t cap;
    ticks_t before = rpc_set_deadline(deadline_after_us(RELAY_US));
    while (!binding->over && (cap = queue_take(binding, &binding->to_server)) != 0) {
        if (channel_relay(&binding->channel, cap) != ERR_OK) binding->over = true;
        cap_free(cap);
    }
    rpc_set_deadline(before);
    while (!binding->over && (cap = queue_take(binding, &binding->to_client)) != 0) {
        mutex_lock(&lock);
        if (binding->client != NULL) client_relay(binding->client, cap);
        mutex_unlock(&lock);
        cap_free(cap);
    }
}

static void binding_work(struct event *event)
{
    struct binding *binding = event->context;
    err_t err = ERR_OK;
    if (binding->reply != NULL) {
        ticks_t before = rpc_set_deadline(deadline_after_us(ANSWER_US));
        err = bell_open(binding->bell, &binding->client_bell);
        if (err == ERR_OK) err = server_connect(binding, BOOTINFO->core, binding->client_bell);
        if (err == ERR_OK) err = client_answer(binding, BOOTINFO->core, binding->server_bell);
        rpc_set_deadline(before);
    }
    if (err == ERR_OK) relay(binding);
    if (err != ERR_OK || binding->over) binding_end(binding, err);
}

/* Disabled: the service is gone. */
static void service_hung_up(struct channel *channel)
{
    struct binding *binding = (struct binding *)channel;
    binding->over = true;
    event_post(&waitset, &binding->event);
}

/* Disabled: a capability of one of its replies. */
static void service_relays(struct channel *channel, cptr_t cap)
{
    struct binding *binding = (struct binding *)channel;
    if (cap == 0 || !queue_put(binding, &binding->to_client, cap)) { /* 0: there was no slot for it */
        cap_free(cap);
        binding->over = true;
    }
    event_post(&waitset, &binding->event);
}

static void client_relays(struct client *client, cptr_t cap)
{
    struct binding *binding = client->user;
    if (!queue_put(binding, &binding->to_server, cap)) {
        cap_free(cap);
        binding->over = true;
    }
    event_post(&waitset, &binding->event);
}

static void leash_gone(struct client *client)
{
    struct binding *binding = client->user;
    mutex_lock(&lock);
    binding->client = NULL;
    mutex_unlock(&lock);
    binding->over = true;
    event_post(&waitset, &binding->event);
}

/* Leashes have no calls. */
static const struct interface leash_interface = {.name = "leash"};
static struct service leash_service = {.interface = &leash_interface, .client_gone = leash_gone, .relay = client_relays};

err_t bindings_bind(const char *name, pid_abi_t server, pid_abi_t client, uint32_t slots, cptr_t frame, cptr_t bell,
                    struct reply *reply)
{
    if (slots < UMP_SLOTS_MIN || slots > UMP_SLOTS_MAX) return ERR_ARGUMENT;
    struct binding *binding = calloc(1, sizeof(*binding) + 2 * (slots + 1) * sizeof(cptr_t));
    if (binding == NULL) return ERR_NO_MEMORY;
    binding->channel.hung_up = service_hung_up;
    binding->channel.relay = service_relays;
    binding->event = (struct event){.run = binding_work, .context = binding};
    binding->reply = reply;
    strcpy(binding->name, name);
    binding->server_pid = server;
    binding->client_pid = client;
    binding->slots = slots;
    binding->frame = frame;
    binding->bell = bell;
    binding->to_server.caps = binding->caps;
    binding->to_client.caps = binding->caps + slots + 1;
    event_post(&waitset, &binding->event);
    return ERR_OK;
}

static int bindings_main(void *argument)
{
    (void)argument;
    for (;;) {
        waitset_wait(&waitset, 0);
    }
    return 0;
}

err_t bindings_init(struct server *server)
{
    waitset_init(&waitset);
    return server_add(server, &leash_service);
}

err_t bindings_start(void)
{
    struct thread_options options = {.name = "bindings", .detached = true, .pinned = true};
    return thread_create(NULL, bindings_main, NULL, &options);
}
