/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Bindings: for each channel by UMP the monitor is, by LMP, the service of its client's leash and a client of its server. So each side hears of
 * the other's end by a hang-up, whatever the reason, and capabilities are passed on in the order in which they come.
 *
 * Between cores each monitor has one half of that, and they tell each other what happens (bindings_remote.h). The client's monitor
 * keeps the channel's memory, until the other one says that nothing of it is left there.
 *
 * All that may wait for somebody is done by a thread of its own; the server's thread, the link's and upcalls only leave word.
 */
#include "bindings.h"
#include "binding.h"
#include "bells.h"
#include "cores.h"
#include "link.h"
#include "monitor.h"
#include <caps/caps.h>
#include <caps/slots.h>
#include <idl/mem.h>
#include <idl/names.h>
#include <messaging/channel.h>
#include <messaging/rpc.h>
#include <messaging/ump.h>
#include <stdlib.h>
#include <string.h>
#include <threads/sync.h>
#include <threads/thread.h>

#define OWN (((const struct bootinfo *)VADDR_BOOTINFO)->core)
#define ANSWER_US 5000000 /* how long a service may take to accept */
#define RELAY_US 1000000  /* ... or to take a capability */
#define NAME_TRIES 100    /* so often its name is looked for, */
#define NAME_US 2000      /* so far apart */

static struct waitset waitset;
static struct mutex lock; /* of binding->client and the list of bindings */
static struct service leash_service;
static struct binding *bindings; /* those with a half elsewhere */
static uint64_t next_id = 1;

static bool is_remote(const struct binding *binding)
{
    return binding->id != 0;
}

static bool serves_here(const struct binding *binding)
{
    return binding->server_pid >> 32 == OWN;
}

static err_t note_send(const struct binding *binding, enum note_kind kind, err_t error)
{
    uint64_t w[NOTE_WORDS];
    struct note note = {.kind = kind,
                        .to = binding->other,
                        .from = binding->id,
                        .error = error,
                        .bell = serves_here(binding) ? binding->server_bell : binding->client_bell,
                        .server_pid = binding->server_pid,
                        .client_pid = binding->client_pid,
                        .slots = binding->slots,
                        .base = binding->base,
                        .bytes = binding->bytes};
    strcpy(note.name, binding->name);
    memcpy(w, &note, sizeof(w));
    return link_send(binding->core, LINK_BIND, w, NOTE_WORDS);
}

/* Memory of another core: nothing of it is to be left here, whoever may have what copies. The slot is kept for that, so that
 * want of slots cannot stop it. */
static void foreign_frame_end(struct binding *binding)
{
    if (binding->frame == 0) return;
    cap_delete(binding->frame);
    uint64_t a[7] = {binding->frame, binding->base, binding->bytes};
    if (kernel_invoke(SLOT_KERNEL, KERNEL_FRAME, a) == ERR_OK) cap_revoke(binding->frame);
    cap_free(binding->frame);
    binding->frame = 0;
}

static void binding_free(struct binding *binding)
{
    if (is_remote(binding)) {
        mutex_lock(&lock);
        for (struct binding **at = &bindings; *at != NULL; at = &(*at)->next) {
            if (*at != binding) continue;
            *at = binding->next;
            break;
        }
        mutex_unlock(&lock);
    }
    event_cancel(&waitset, &binding->event);
    queue_empty(binding, &binding->to_server);
    queue_empty(binding, &binding->to_client);
    if (serves_here(binding)) bell_close(binding->server_bell);
    if (binding->client_pid >> 32 == OWN) bell_close(binding->client_bell);
    cap_free(binding->bell);
    cap_free(binding->frame);
    cap_free(binding->ram);
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

/* Other cores may know a name a moment before its own one does: all others are told first. */
static err_t service_find(const struct binding *binding, cptr_t *endpoint)
{
    for (unsigned tries = is_remote(binding) ? NAME_TRIES : 1;;) {
        err_t err = names_lookup_for(names_default(), binding->client_pid, binding->name, endpoint);
        if (err != ERR_NOT_FOUND || --tries == 0) return err;
        thread_sleep_us(NAME_US);
    }
}

/* Give the rings to the service, which is on this core; the client is on core `core`. */
static err_t server_connect(struct binding *binding, coreid_t core)
{
    cptr_t endpoint, server_bell = 0, ring;
    err_t err = service_find(binding, &endpoint);
    if (err != ERR_OK) return err;
    binding->channel.slot = endpoint;
    err = endpoint != 0 ? channel_bind(&binding->channel) : ERR_NOT_FOUND;
    cap_free(endpoint);
    binding->channel.slot = 0;
    if (err == ERR_OK)
        err = ask(&binding->channel, MESSAGE_UMP_FRAME, binding->slots, core, 16, binding->frame, &server_bell);
    if (err != ERR_OK) return err;
    err = bell_open(server_bell, &binding->server_bell);
    cap_free(server_bell);
    if (err == ERR_OK) err = bell_ring_cap(core, binding->client_bell, &ring);
    if (err != ERR_OK) return err;
    err = ask(&binding->channel, MESSAGE_UMP_BELL, 0, 0, 0, ring, NULL);
    cap_free(ring);
    return err;
}

/* The channel's memory, on the client's account. We keep the RAM: so it stays whatever becomes of the frame. */
static err_t memory_make(struct binding *binding)
{
    uint64_t a[7] = {0};
    binding->bytes = (UMP_AREA_BYTES(binding->slots) + PAGE_MASK) & ~(uint64_t)PAGE_MASK;
    err_t err = mem_alloc_for(mem_default(), binding->client_pid, binding->bytes, 0, 0, &binding->ram);
    if (err == ERR_OK) err = cap_retype_new(&binding->frame, binding->ram, 0, CAP_FRAME, binding->bytes);
    if (err != ERR_OK) return err;
    a[1] = binding->frame;
    err = kernel_invoke(SLOT_KERNEL, KERNEL_IDENTIFY, a);
    binding->base = a[1];
    return err;
}

/* The client's answer: the memory, its leash, and the bell of the service. */
static err_t client_answer(struct binding *binding)
{
    cptr_t leash, ring;
    err_t err = bell_ring_cap((coreid_t)(binding->server_pid >> 32), binding->server_bell, &ring);
    if (err != ERR_OK) return err;
    err = service_introduce_client(&leash_service, binding->client_pid, binding, &leash, &binding->client);
    if (err == ERR_OK) {
        monitor_reply_bind(binding->reply, ERR_OK, binding->frame, leash, ring);
        binding->reply = NULL;
        cap_free(leash);
        cap_free(binding->frame);
        binding->frame = 0;
    }
    cap_free(ring);
    return err;
}

/* What this core has of it ends. It is freed when the other half has ended, too. */
static void binding_end(struct binding *binding, err_t err)
{
    if (binding->reply != NULL) monitor_reply_bind(binding->reply, err, 0, 0, 0);
    binding->reply = NULL;
    binding->over = true;
    channel_close(&binding->channel); /* the service sees its client's end */
    mutex_lock(&lock);
    bool gone = binding->client == NULL;
    if (!gone) client_close(binding->client); /* it sees the end of its leash, and drops it: leash_gone() comes */
    mutex_unlock(&lock);
    if (!gone) return;
    if (is_remote(binding) && serves_here(binding)) {
        foreign_frame_end(binding);
        note_send(binding, NOTE_CLOSED, err);
    } else if (binding->other != 0) {
        note_send(binding, NOTE_CLOSE, ERR_OK); /* it answers NOTE_CLOSED */
        return;
    }
    binding_free(binding);
}

/* Endpoints never leave their core; nor does anything else yet. */
static void relay_away(struct binding *binding, struct queue *queue)
{
    cptr_t cap;
    while (!binding->over && queue_take(binding, queue, &cap)) {
        if (note_send(binding, NOTE_CAP, ERR_OK) != ERR_OK) binding->over = true;
        cap_free(cap);
    }
}

/* Whoever does not take his capabilities in time is given up. */
static void relay(struct binding *binding)
{
    cptr_t cap;
    if (is_remote(binding)) relay_away(binding, serves_here(binding) ? &binding->to_client : &binding->to_server);
    ticks_t before = rpc_set_deadline(deadline_after_us(RELAY_US));
    while (!binding->over && queue_take(binding, &binding->to_server, &cap)) {
        if (channel_relay(&binding->channel, cap) != ERR_OK) binding->over = true;
        cap_free(cap);
    }
    rpc_set_deadline(before);
    while (!binding->over && queue_take(binding, &binding->to_client, &cap)) {
        mutex_lock(&lock);
        if (binding->client != NULL) client_relay(binding->client, cap);
        mutex_unlock(&lock);
        cap_free(cap);
    }
}

/* A client of this core asks. */
static err_t client_begins(struct binding *binding)
{
    err_t err = bell_open(binding->bell, &binding->client_bell);
    if (err == ERR_OK) err = memory_make(binding);
    if (err == ERR_OK && !is_remote(binding)) {
        err = server_connect(binding, OWN);
        return err == ERR_OK ? client_answer(binding) : err;
    }
    binding->asked = true;
    return err == ERR_OK ? note_send(binding, NOTE_OPEN, ERR_OK) : err;
}

/* The other monitor has answered. */
static err_t client_goes_on(struct binding *binding)
{
    binding->answered = false;
    if (binding->answer != ERR_OK) return binding->answer;
    return binding->other != 0 ? client_answer(binding) : ERR_PEER_DEAD;
}

/* A client of another core asks. */
static err_t server_begins(struct binding *binding)
{
    binding->asked = true;
    err_t err = slot_alloc(&binding->frame);
    if (err != ERR_OK) return err;
    uint64_t a[7] = {binding->frame, binding->base, binding->bytes};
    err = kernel_invoke(SLOT_KERNEL, KERNEL_FRAME, a);
    if (err == ERR_OK) err = server_connect(binding, binding->core);
    return err == ERR_OK ? note_send(binding, NOTE_OPENED, ERR_OK) : err;
}

static void binding_work(struct event *event)
{
    struct binding *binding = event->context;
    err_t err = ERR_OK;
    ticks_t before = rpc_set_deadline(deadline_after_us(ANSWER_US));
    if (binding->reply != NULL && !binding->asked)
        err = client_begins(binding);
    else if (binding->reply != NULL && binding->answered)
        err = client_goes_on(binding);
    else if (is_remote(binding) && serves_here(binding) && !binding->asked && !binding->over)
        err = server_begins(binding);
    rpc_set_deadline(before);
    if (err == ERR_OK) relay(binding);
    if (err != ERR_OK || binding->over) binding_end(binding, err);
}

static void binding_post(struct binding *binding)
{
    event_post(&waitset, &binding->event);
}

/* Disabled: the service is gone. */
static void service_hung_up(struct channel *channel)
{
    struct binding *binding = (struct binding *)channel;
    binding->over = true;
    binding_post(binding);
}

/* 0: it could not come. */
static void cap_came(struct binding *binding, struct queue *queue, cptr_t cap)
{
    if (!queue_put(binding, queue, cap)) {
        cap_free(cap);
        binding->over = true;
    }
    binding_post(binding);
}

/* Disabled: a capability of one of its replies. */
static void service_relays(struct channel *channel, cptr_t cap)
{
    struct binding *binding = (struct binding *)channel;
    cap_came(binding, &binding->to_client, cap);
}

static void client_relays(struct client *client, cptr_t cap)
{
    struct binding *binding = client->user;
    cap_came(binding, &binding->to_server, cap);
}

static void leash_gone(struct client *client)
{
    struct binding *binding = client->user;
    mutex_lock(&lock);
    binding->client = NULL;
    mutex_unlock(&lock);
    binding->over = true;
    binding_post(binding);
}

/* Leashes have no calls. */
static const struct interface leash_interface = {.name = "leash"};
static struct service leash_service = {.interface = &leash_interface, .client_gone = leash_gone, .relay = client_relays};

static struct binding *binding_new(const char *name, pid_abi_t server, pid_abi_t client, uint32_t slots, coreid_t core)
{
    struct binding *binding = calloc(1, sizeof(*binding) + 2 * (slots + 1) * sizeof(cptr_t));
    if (binding == NULL) return NULL;
    binding->channel.hung_up = service_hung_up;
    binding->channel.relay = service_relays;
    binding->event = (struct event){.run = binding_work, .context = binding};
    strcpy(binding->name, name);
    binding->server_pid = server;
    binding->client_pid = client;
    binding->slots = slots;
    binding->core = core;
    binding->to_server.caps = binding->caps;
    binding->to_client.caps = binding->caps + slots + 1;
    if (core == OWN) return binding;
    mutex_lock(&lock);
    binding->id = next_id++;
    binding->next = bindings;
    bindings = binding;
    mutex_unlock(&lock);
    return binding;
}

err_t bindings_bind(const char *name, pid_abi_t server, pid_abi_t client, uint32_t slots, cptr_t bell, struct reply *reply)
{
    coreid_t core = (coreid_t)(server >> 32);
    if (slots < UMP_SLOTS_MIN || slots > UMP_SLOTS_MAX) return ERR_ARGUMENT;
    if (core != OWN && !link_is_open(core)) return ERR_NOT_FOUND;
    struct binding *binding = binding_new(name, server, client, slots, core);
    if (binding == NULL) return ERR_NO_MEMORY;
    binding->bell = bell;
    binding->reply = reply;
    binding_post(binding);
    return ERR_OK;
}

/* The other monitor is trusted as this one is; but what it speaks of may have ended meanwhile. */
static void note_opens(coreid_t from, const struct note *note)
{
    struct binding *binding = NULL;
    if (note->server_pid >> 32 == OWN && note->slots <= UMP_SLOTS_MAX)
        binding = binding_new(note->name, note->server_pid, note->client_pid, (uint32_t)note->slots, from);
    if (binding == NULL) {
        struct binding none = {.other = note->from, .core = from, .server_pid = note->server_pid};
        note_send(&none, NOTE_CLOSED, ERR_NO_MEMORY);
        return;
    }
    binding->other = note->from;
    binding->client_bell = (uint32_t)note->bell;
    binding->base = note->base;
    binding->bytes = note->bytes;
    binding_post(binding);
}

static void note_changes(struct binding *binding, const struct note *note)
{
    switch (note->kind) {
    case NOTE_OPENED:
        binding->other = note->from;
        binding->server_bell = (uint32_t)note->bell;
        binding->answered = true;
        break;
    case NOTE_CLOSED:
        binding->other = 0;
        binding->answer = (err_t)note->error;
        binding->answered = true;
        binding->over = binding->over || binding->reply == NULL;
        break;
    case NOTE_CAP:
        cap_came(binding, serves_here(binding) ? &binding->to_server : &binding->to_client, 0);
        break;
    default:
        binding->over = true;
    }
    binding_post(binding);
}

static void note_arrived(coreid_t from, const uint64_t *w, unsigned words)
{
    struct note note;
    if (words < NOTE_WORDS) return;
    memcpy(&note, w, sizeof(note));
    note.name[NAMES_NAME_MAX] = 0;
    if (note.kind == NOTE_OPEN) {
        note_opens(from, &note);
        return;
    }
    mutex_lock(&lock);
    struct binding *binding = bindings;
    while (binding != NULL && (binding->id != note.to || binding->core != from)) {
        binding = binding->next;
    }
    if (binding != NULL) note_changes(binding, &note);
    mutex_unlock(&lock);
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
    link_handle(LINK_BIND, note_arrived);
    return server_add(server, &leash_service);
}

err_t bindings_start(void)
{
    struct thread_options options = {.name = "bindings", .detached = true, .pinned = true};
    return thread_create(NULL, bindings_main, NULL, &options);
}
