/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Bindings: for each channel by UMP the monitor is, by LMP, the service of its client's leash and a client of its server. So each side hears of
 * the other's end by a hang-up, whatever the reason, and capabilities are passed on in the order in which they come.
 *
 * Between cores each monitor has one half of that, and they tell each other what happens (binding.h). The client's monitor
 * keeps the channel's memory, until the other one says that nothing of it is left there.
 *
 * All that may wait for somebody is done by a thread of its own; the server's thread, the link's and upcalls only leave word.
 */
#include "bindings.h"
#include "binding.h"
#include "bells.h"
#include "link.h"
#include "monitor.h"
#include <caps/caps.h>
#include <idl/names.h>
#include <messaging/channel.h>
#include <messaging/rpc.h>
#include <stdlib.h>
#include <string.h>
#include <threads/sync.h>
#include <threads/thread.h>

#define ANSWER_US 5000000 /* how long a service may take to accept */

struct waitset bindings_waitset;
struct mutex bindings_lock;
static struct binding *bindings;
static uint64_t next_id = 1;

struct binding *binding_next(const struct binding *binding)
{
    return binding != NULL ? binding->next : bindings;
}

err_t note_send(const struct binding *binding, enum note_kind kind, err_t error)
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

static void binding_free(struct binding *binding)
{
    mutex_lock(&bindings_lock);
    for (struct binding **at = &bindings; *at != NULL; at = &(*at)->next) {
        if (*at != binding) continue;
        *at = binding->next;
        break;
    }
    mutex_unlock(&bindings_lock);
    event_cancel(&bindings_waitset, &binding->event);
    caps_drop(binding);
    if (serves_here(binding)) bell_close(binding->server_bell);
    if (binding->client_pid >> 32 == OWN) bell_close(binding->client_bell);
    cap_free(binding->bell);
    cap_free(binding->frame);
    if (!binding->lost)
        cap_free(binding->ram); /* else its memory is never used again: who is lost may still write there */
    free(binding);
}

/* What this core has of it ends. It is freed when the other half has ended, too. */
static void binding_end(struct binding *binding, err_t err)
{
    if (binding->reply != NULL) monitor_reply_bind(binding->reply, err, 0, 0, 0);
    binding->reply = NULL;
    binding->over = true;
    channel_close(&binding->channel); /* the service sees its client's end */
    mutex_lock(&bindings_lock);
    bool gone = binding->client == NULL;
    if (!gone) client_close(binding->client); /* it sees the end of its leash, and drops it: leash_gone() comes */
    mutex_unlock(&bindings_lock);
    if (!gone || binding->is_sending) return; /* or binding_caps.c has us look again */
    if (is_remote(binding) && serves_here(binding)) {
        foreign_frame_end(binding);
        note_send(binding, NOTE_CLOSED, err);
    } else if (binding->other != 0) {
        note_send(binding, NOTE_CLOSE, ERR_OK); /* it answers NOTE_CLOSED */
        return;
    }
    binding_free(binding);
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
    else if (binding->answered) /* a second time: the other half has ended, perhaps while the client was being answered */
        binding->over = true;
    rpc_set_deadline(before);
    if (err == ERR_OK) caps_relay(binding);
    if (err != ERR_OK || binding->over) binding_end(binding, err);
}

void binding_post(struct binding *binding)
{
    event_post(&bindings_waitset, &binding->event);
}

/* Disabled: the service is gone. */
static void service_hung_up(struct channel *channel)
{
    struct binding *binding = (struct binding *)channel;
    binding->over = true;
    binding_post(binding);
}

static void leash_gone(struct client *client)
{
    struct binding *binding = client->user;
    mutex_lock(&bindings_lock);
    binding->client = NULL;
    mutex_unlock(&bindings_lock);
    binding->over = true;
    binding_post(binding);
}

/* Leashes have no calls. */
static const struct interface leash_interface = {.name = "leash"};
struct service leash_service = {.interface = &leash_interface, .client_gone = leash_gone, .relay = client_relays};

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
    mutex_lock(&bindings_lock);
    if (core != OWN) binding->id = next_id++;
    binding->next = bindings;
    bindings = binding;
    mutex_unlock(&bindings_lock);
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

struct binding *binding_find(coreid_t from, uint64_t id)
{
    struct binding *binding = bindings;
    while (binding != NULL && (binding->id != id || binding->core != from)) {
        binding = binding->next;
    }
    return binding;
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
        break;
    case NOTE_CAP:
        cap_arrived(binding, 0);
        break;
    default:
        binding->over = true;
    }
    binding_post(binding);
}

/* All bindings with that core end. */
static void core_lost(coreid_t core)
{
    mutex_lock(&bindings_lock);
    for (struct binding *binding = bindings; binding != NULL; binding = binding->next) {
        if (binding->core != core) continue;
        binding->lost = true;
        binding->other = 0;
        binding->answer = ERR_PEER_DEAD;
        if (serves_here(binding))
            binding->over = true;
        else
            binding->answered = true;
        binding_post(binding);
    }
    mutex_unlock(&bindings_lock);
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
    mutex_lock(&bindings_lock);
    struct binding *binding = binding_find(from, note.to);
    if (binding != NULL) note_changes(binding, &note);
    mutex_unlock(&bindings_lock);
}

static int bindings_main(void *argument)
{
    (void)argument;
    for (;;) {
        waitset_wait(&bindings_waitset, 0);
    }
    return 0;
}

err_t bindings_init(struct server *server)
{
    waitset_init(&bindings_waitset);
    link_handle(LINK_BIND, note_arrived);
    link_on_loss(core_lost);
    binding_caps_init();
    return server_add(server, &leash_service);
}

err_t bindings_start(void)
{
    struct thread_options options = {.name = "bindings", .detached = true, .pinned = true};
    return thread_create(NULL, bindings_main, NULL, &options);
}
