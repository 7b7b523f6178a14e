/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * See remote_caps.h. The protocol keeps the state, and remote_kernel.c does what it asks for; here are its messages as words of the link, and
 * the queues that lead to it. A message to this core itself goes through a queue, too, and one event for each: so a long revoke
 * lets others have their turn.
 */
#include "remote_caps.h"
#include "cores.h"
#include "link.h"
#include "monitor.h"
#include "remote_kernel.h"
#include <caps/caps.h>
#include <abi/bootinfo.h>
#include <arch/disable.h>
#include <string.h>
#include <threads/sync.h>

#define OWN (((const struct bootinfo *)VADDR_BOOTINFO)->core)
#define MESSAGE_WORDS (sizeof(struct dcap_message) / sizeof(uint64_t))
_Static_assert(sizeof(struct dcap_message) % sizeof(uint64_t) == 0 && MESSAGE_WORDS <= LINK_WORDS,
               "a message does not fit");
_Static_assert(CORES_MAX <= DCAP_CORES && PIECES_MAX <= DCAP_ARENAS, "more cores than the protocol knows");

static struct dcap dcap;
static bool started;
static struct dcap_message own[DCAP_SELF_MAX]; /* messages to this core itself */
static unsigned own_first, own_count;

static struct mutex lock; /* of what follows */
static struct remote_request *asked_first, *asked_last;

static void own_run(struct event *event);
static void word_run(struct event *event);
static struct event own_event = {.run = own_run}, word_event = {.run = word_run};

/*
 * What memory is whose, as the table says by now: it is never older than the messages about it that are under way, and so new cores, too,
 * know the home of every piece.
 */
static void pieces_look(const struct pieces *pieces)
{
    static uint32_t seen = UINT32_MAX;
    uint32_t version = pieces->version;
    if (version == seen) return;
    seen = version;
    for (unsigned i = 0; i < pieces->count; i++) {
        dcap.arenas[i].base = pieces->base[i];
        dcap.arenas[i].bytes = pieces->bytes;
        dcap.arenas[i].home = pieces->home[i];
    }
}

/* Which cores run. */
static void cores_look(void)
{
    dcap.up = (coreset_t)1 << OWN;
    for (coreid_t core = 0; core < CORES_MAX; core++) {
        if (link_is_open(core)) dcap.up |= (coreset_t)1 << core;
    }
    if (cores_shared() != NULL) pieces_look(cores_pieces());
}

static void out_send(const struct dcap_outbox *out)
{
    for (unsigned i = 0; i < out->count; i++) {
        const struct dcap_message *message = &out->messages[i];
        if (message->kind == DCAP_REPLY) {
            struct remote_request *request = (struct remote_request *)(uintptr_t)message->client;
            request->done(request, message->error);
        } else if (message->to_core == OWN) {
            own[(own_first + own_count++) % DCAP_SELF_MAX] = *message;
        } else {
            uint64_t w[MESSAGE_WORDS];
            memcpy(w, message, sizeof(w));
            err_t err = link_send(message->to_core, LINK_CAPS, w, MESSAGE_WORDS);
            if (err != ERR_OK && !(dcap.lost >> message->to_core & 1))
                log_line("monitor: capabilities: nothing sent to core %u: %s", message->to_core, err_text(err));
        }
    }
    if (own_count != 0) event_post(&link_waitset, &own_event);
}

static void handle(const struct dcap_message *message)
{
    struct dcap_outbox out;
    uint32_t faults = dcap.faults;
    cores_look();
    remote_kernel_sender(message->from_core);
    dcap_step(&dcap, message, &out);
    if (dcap.faults != faults)
        log_line("monitor: capabilities: message %u from core %u cannot be", message->kind, message->from_core);
    out_send(&out);
}

static void own_run(struct event *event)
{
    (void)event;
    if (own_count == 0) return;
    struct dcap_message message = own[own_first];
    own_first = (own_first + 1) % DCAP_SELF_MAX;
    own_count--;
    handle(&message);
    if (own_count != 0) event_post(&link_waitset, &own_event);
}

static void message_arrived(coreid_t from, const uint64_t *w, unsigned words)
{
    struct dcap_message message;
    if (words < MESSAGE_WORDS) return;
    memcpy(&message, w, sizeof(message));
    message.from_core = (uint8_t)from;
    handle(&message);
}

static void core_lost(coreid_t core)
{
    struct dcap_outbox out;
    cores_look();
    for (bool more = true; more;) {
        more = dcap_core_lost(&dcap, core, &out);
        out_send(&out);
    }
}

static void request_begin(struct remote_request *asked)
{
    struct dcap_outbox out;
    struct dcap_request request = {
        .kind = (uint8_t)asked->kind,
        .source = {asked->dispatcher, asked->capref},
        .to_core = asked->core,
        .to = {asked->to, asked->tag},
        .client = (uintptr_t)asked,
    };
    if (asked->kind == DCAP_PERFORM) {
        struct dcap_source source = {.name = request.source};
        err_t err = remote_kernel.look(NULL, &source);
        uint64_t bytes = asked->bytes != 0 ? asked->bytes : CNODE_L2_BYTES; /* the largest of fixed size */
        if (err == ERR_OK && __builtin_mul_overflow(bytes, asked->count, &request.call.bytes)) err = ERR_OVERFLOW;
        if (err != ERR_OK) {
            asked->done(asked, err);
            return;
        }
        request.call.low = source.cap.base + asked->offset;
        request.call.number = REMOTE_CALL_RETYPE;
        request.call.arguments[0] = asked->dst;
        request.call.arguments[1] = asked->offset;
        request.call.arguments[2] = asked->type | (uint64_t)asked->count << 32;
        request.call.arguments[3] = asked->bytes;
    }
    dcap_request(&dcap, &request, &out);
    out_send(&out);
}

/* Somebody has left word: a request, a freed block, or the kernel. */
static void word_run(struct event *event)
{
    (void)event;
    struct dcap_outbox out;
    cores_look();
    for (;;) {
        mutex_lock(&lock);
        struct remote_request *asked = asked_first;
        if (asked != NULL) asked_first = asked->next;
        mutex_unlock(&lock);
        if (asked == NULL) break;
        request_begin(asked);
    }
    dcap_note(&dcap, &out);
    out_send(&out);
}

static void ask(struct remote_request *request, unsigned kind)
{
    if (!started) {
        request->done(request, ERR_NOT_FOUND);
        return;
    }
    request->kind = kind;
    request->next = NULL;
    mutex_lock(&lock);
    if (asked_first != NULL)
        asked_last->next = request;
    else
        asked_first = request;
    asked_last = request;
    mutex_unlock(&lock);
    event_post(&link_waitset, &word_event);
}

void remote_caps_send(struct remote_request *request)
{
    ask(request, DCAP_SEND);
}

void remote_caps_revoke(struct remote_request *request)
{
    ask(request, DCAP_DELETE_BELOW);
}

void remote_caps_retype(struct remote_request *request)
{
    ask(request, DCAP_PERFORM);
}

void remote_caps_note(void)
{
    if (started) event_post(&link_waitset, &word_event);
}

uint64_t remote_caps_sharers(paddr_t block)
{
    coreset_t mask = 0;
    dispatcher_disable(); /* the link's thread may be changing it */
    for (unsigned i = 0; i < dcap.entries; i++) {
        if (dcap.directory[i].key == block) mask = dcap.directory[i].mask;
    }
    dispatcher_enable();
    return mask;
}

err_t remote_caps_piece_move(unsigned piece, coreid_t to)
{
    struct dcap_outbox out;
    cores_look();
    err_t err = dcap_arena_move(&dcap, piece, to, &out);
    if (err != ERR_OK) return err;
    piece_move(cores_pieces(), piece, to);
    out_send(&out);
    return ERR_OK;
}

bool remote_caps_free(paddr_t base, uint64_t bytes)
{
    bool room = remote_kernel_freed(base, bytes);
    if (room) event_post(&link_waitset, &word_event);
    return room;
}

void remote_caps_start(void (*drained)(void))
{
    remote_kernel_start(drained);
    dcap_start(&dcap, &remote_kernel, NULL, OWN, 0);
    started = true;
    link_handle(LINK_CAPS, message_arrived);
    link_on_loss(core_lost);
}
