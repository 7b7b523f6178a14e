/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A server's side against clients that send anything (hostile-input U2, U3), while others do as they should. The kernel is a table of
 * capability slots and a send that sometimes finds no room. At all times: no capability is freed twice, no reply to a good
 * client is wrong, missing or mixed up; in the end nothing is left of clients that have died.
 */
#include "calls.h"
#include <caps/caps.h>
#include <caps/slots.h>
#include <idl/sample.h>
#include <messaging/marshal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define CLIENTS 24
#define SLOTS 65536
#define MOST 3000
#define FRAGMENT 8

struct dispatcher_frame host_frame;
struct dispatcher dispatcher;
struct messaging_upcalls messaging_upcalls;
struct server_state *server_state;
uint32_t room_count;

static uint64_t random_state;
static struct server_state state;
static struct server server;
static struct service service;
static unsigned live, replies_good, handled;

struct peer_client {
    struct client *client;
    cptr_t reply_endpoint; /* the number that its server's copy has */
    bool good, stuck;
    /* The call in flight of a good one: */
    uint64_t request[2 + MOST / 8 + 1];
    uint32_t words, sent, bytes;
    uint16_t id;
    bool calling;
    uint64_t reply[3 + MOST / 8 + 8];
    uint32_t received;
};
static struct peer_client clients[CLIENTS];
static bool slot_live[SLOTS];
static uint8_t pattern[MOST];

static void require(bool condition, const char *what)
{
    if (condition) return;
    fprintf(stderr, "server_fuzz: %s\n", what);
    abort();
}

static uint32_t random_below(uint32_t n)
{
    random_state = random_state * 6364136223846793005ull + 1442695040888963407ull;
    return (uint32_t)(random_state >> 33) % n;
}

/* The kernel. */
static cptr_t slot_new(void)
{
    static cptr_t next;
    do
        next = next % (SLOTS - 1) + 1;
    while (slot_live[next]);
    slot_live[next] = true;
    live++;
    return next;
}

err_t cap_free(cptr_t slot)
{
    if (!slot) return ERR_OK;
    require(slot < SLOTS && slot_live[slot], "a capability is freed that is not there");
    slot_live[slot] = false;
    live--;
    return ERR_OK;
}

err_t cap_copy_new(cptr_t *dst, capref_t src)
{
    require(src < SLOTS && slot_live[src], "a capability is copied that is not there");
    if (!random_below(50)) return ERR_NO_SLOTS;
    *dst = slot_new();
    return ERR_OK;
}

err_t cap_mint_new(cptr_t *dst, capref_t src, uint64_t badge, uint64_t flags)
{
    (void)src, (void)badge, (void)flags;
    if (!random_below(50)) return ERR_NO_SLOTS;
    *dst = slot_new();
    return ERR_OK;
}

err_t slots_top_up(void)
{
    return ERR_OK;
}

void mutex_lock(struct mutex *mutex)
{
    mutex->depth++;
}

void mutex_unlock(struct mutex *mutex)
{
    require(mutex->depth > 0, "a mutex is unlocked that is not locked");
    mutex->depth--;
}

void event_post(struct waitset *waitset, struct event *event)
{
    (void)waitset;
    event->queued = true;
}

/* A reply of a good client: whole, in order, and the one that it waits for. */
static void reply_fragment(struct peer_client *c, const uint64_t *w, unsigned words)
{
    require(c->received + words <= sizeof c->reply / 8, "a reply is too long");
    memcpy(c->reply + c->received, w, words * 8);
    c->received += words;
    uint32_t all = 1 + MESSAGE_BYTES(c->reply[0]) / 8;
    if (c->received < all) return;
    require(c->received == all, "a reply has words too many");
    c->received = 0;
    if (MESSAGE_METHOD(c->reply[0]) == (MESSAGE_BIND | MESSAGE_REPLY)) return;
    require(c->calling && c->sent == c->words && MESSAGE_ID(c->reply[0]) == c->id, "a reply to nothing");
    c->calling = false;
    if (c->reply[1] == ERR_NO_MEMORY) return; /* others have begun too much */

    require(c->reply[1] == ERR_OK && c->reply[2] == c->bytes, "a wrong reply");
    require(memcmp(c->reply + 3, pattern, c->bytes) == 0, "a reply with wrong data");
    replies_good++;
}

static err_t send(cptr_t endpoint, struct ump_end *ump, const uint64_t *w, unsigned words, cptr_t cap)
{
    (void)ump;
    require(slot_live[endpoint], "a reply is sent through nothing");
    require(words > 0 && words <= 8 && (!cap || slot_live[cap]), "a bad fragment is sent");
    for (unsigned i = 0; i < CLIENTS; i++) {
        struct peer_client *c = &clients[i];
        if (c->reply_endpoint != endpoint) continue;
        if (c->good ? !random_below(4) : c->stuck) return ERR_LMP_FULL;
        if (c->good) reply_fragment(c, w, words);
        return c->good || random_below(100) ? ERR_OK : ERR_PEER_DEAD;
    }
    return random_below(2) ? ERR_OK : ERR_PEER_DEAD;
}

const struct transport transport_lmp = {.name = "fuzz", .fragment = FRAGMENT, .send = send};

/* Nobody here has rings. */
bool caps_wait(err_t error, unsigned *tries)
{
    (void)error, (void)tries;
    return false;
}

bool ump_end_may_take(const struct ump_end *end, const cptr_t *caps, uint32_t count)
{
    (void)end, (void)caps, (void)count;
    return true;
}

void ump_client_close(struct client *client)
{
    require(!client->ump && !client->ump_next, "a client has rings");
}

bool ump_request(struct server_state *of, struct client *client, struct lmp_slot *message)
{
    (void)of, (void)client, (void)message;
    return false;
}

/* The service. */
static struct reply *waiting[8];

static err_t nothing(struct call *call)
{
    handled++;
    if (random_below(2)) return ERR_BUSY;
    unsigned n = random_below(8);
    if (waiting[n] && random_below(2)) reply_with_sleep(waiting[n]);
    if (waiting[n]) reply_error(waiting[n], ERR_OK);
    waiting[n] = call_defer(call);
    return ERR_OK;
}

static err_t data(struct call *call, const void *in, size_t in_bytes, void *out, size_t *out_bytes)
{
    (void)call;
    handled++;
    memcpy(out, in, in_bytes);
    *out_bytes = in_bytes;
    return ERR_OK;
}

static err_t capabilities(struct call *call, cptr_t one, const cptr_t *many, uint32_t count, cptr_t *all,
                          uint32_t *all_count, cptr_t *last)
{
    handled++;
    if (one && random_below(2)) {
        call_take_cap(call, one);
        cap_free(one);
    }
    for (uint32_t i = 0; i < count; i++)
        require(slot_live[many[i]], "a handler gets a capability that is not there");
    for (*all_count = 0; *all_count < count; ++*all_count)
        all[*all_count] = slot_new();
    *last = slot_new();
    call_give_caps(call);
    return ERR_OK;
}

static void client_gone(struct client *client)
{
    for (unsigned i = 0; i < CLIENTS; i++)
        require(clients[i].client != client || !clients[i].good, "a good client is gone");
}

static err_t introduce(struct client *by, uint64_t pid, struct client *child)
{
    (void)by, (void)child;
    return pid % 2 ? ERR_OK : ERR_PERMISSION;
}

static const struct sample_ops ops = {.nothing = nothing, .data = data, .capabilities = capabilities};
static struct service service = SAMPLE_SERVICE(&ops, .client_gone = client_gone, .introduce = introduce);

/* What arrives. The words are in a copy of exactly the slot's size. */
static void deliver(uint64_t badge, const uint64_t *w, uint32_t words, cptr_t cap)
{
    struct lmp_slot *message = calloc(1, sizeof *message);
    message->badge = badge;
    message->words = words;
    message->cap = cap;
    if (words) memcpy(message->w, w, words * 8);
    if (cap && !random_below(40)) { /* no slot for it */
        cap_free(cap);
        message->cap = 0;
        state.message_error = ERR_NO_SLOTS;
    }
    struct peer *peer = peer_find(badge, PEER_CLIENT);
    if (peer)
        request_slowly(&state, peer->object, message);
    else
        request_public(&state, message);
    state.message_error = ERR_OK;
    if (random_below(2)) out_flush(&state);
    require(state.lock.depth == 0, "a lock is left locked");
    free(message);
}

static void run_gone(void)
{
    if (!state.gone_event.queued) return;
    state.gone_event.queued = false;
    state.gone_event.run(&state.gone_event);
}

static void hang_up(struct peer_client *c)
{
    struct peer *peer = c->client ? peer_find(c->client->badge, PEER_CLIENT) : NULL;
    bool known = peer != NULL;
    c->good = false;
    if (known) messaging_upcalls.hung_up[PEER_CLIENT](peer->object);
    run_gone();
    *c = (struct peer_client){0};
}

/* Bind through the public endpoint, as the library does. What the kernel would know of the new client we take from the table. */
static void begin(struct peer_client *c, bool good)
{
    uint64_t header = MESSAGE_HEADER(MESSAGE_BIND, 1, 0);
    bool there[PEERS_MAX];
    struct peer *peer;
    for (uint32_t i = 0; i < PEERS_MAX; i++)
        there[i] = (peer = peer_at(i)) && peer->kind == PEER_CLIENT;
    *c = (struct peer_client){.reply_endpoint = slot_new(), .good = false};
    deliver(SERVER_PUBLIC_BADGE(0), &header, 1, c->reply_endpoint);
    out_flush(&state);
    for (uint32_t i = 0; i < PEERS_MAX; i++) {
        if ((peer = peer_at(i)) && peer->kind == PEER_CLIENT && !there[i]) c->client = peer->object;
    }
    c->good = good && c->client && c->client->reply_endpoint == c->reply_endpoint;
}

static void good_step(struct peer_client *c)
{
    if (!c->calling) {
        c->bytes = random_below(MOST);
        c->words = 2 + (c->bytes + 7) / 8;
        c->id++;
        c->calling = true;
        c->sent = 0;
        memset(c->request, 0, sizeof c->request);
        c->request[0] = MESSAGE_HEADER(3, c->id, (c->words - 1) * 8);
        c->request[1] = c->bytes;
        memcpy(c->request + 2, pattern, c->bytes);
    }
    uint32_t n = c->words - c->sent < FRAGMENT ? c->words - c->sent : FRAGMENT;
    if (n == 0) return; /* the reply is on its way */
    c->sent += n;
    deliver(c->client->badge, c->request + c->sent - n, n, 0);
}

static void bad_step(struct peer_client *c)
{
    uint64_t w[8];
    uint32_t words = random_below(9), method = random_below(12);
    for (unsigned i = 0; i < 8; i++)
        w[i] = random_below(3) ? random_below(100) : (uint64_t)random_below(1u << 31) << random_below(33);
    if (method == 8) method = MESSAGE_BIND;
    if (method == 9) method = MESSAGE_INTRODUCE;
    if (method == 10) method = MESSAGE_CANCEL;
    if (method == 11) method = MESSAGE_REPLY | 3;
    if (random_below(8))
        w[0] = MESSAGE_HEADER(method, random_below(4), random_below(4) ? words * 8 - 8 : random_below(70) * 8);
    cptr_t cap = random_below(3) ? 0 : slot_new();
    if (!random_below(12)) { /* begins anew */
        w[0] = MESSAGE_HEADER(method = MESSAGE_BIND, 1, 0);
        words = 1;
    } else if (!random_below(4)) { /* as it should be: nothing(), capabilities(cap, 0) */
        bool with = cap != 0;
        w[0] = MESSAGE_HEADER(with ? 5 : 0, random_below(4), with ? 16 : 0);
        w[1] = 1, w[2] = 0;
        words = with ? 3 : 1;
    }
    c->stuck = random_below(10) ? c->stuck : !c->stuck;
    uint64_t badge = c->client ? c->client->badge : random_below(1000);
    if (method == MESSAGE_BIND && cap && words == 1) c->reply_endpoint = cap;
    deliver(random_below(30) ? badge : badge ^ 1ull << (16 + random_below(40)), w, words, cap);
}

static void start(void)
{
    state.server = &server;
    state.reply_words = 1 + 66000 / 8;
    state.reply = malloc(state.reply_words * 8);
    state.services[0] = &service;
    state.service_count = 1;
    server_state = &state;
    clients_init(&state);
    for (unsigned i = 0; i < MOST; i++)
        pattern[i] = (uint8_t)(i * 31 + i / 256);
}

static void end(void)
{
    struct peer *peer;
    for (unsigned i = 0; i < CLIENTS; i++)
        clients[i].good = false;
    for (uint32_t i = 1; i < PEERS_MAX; i++) {
        if (!(peer = peer_at(i)) || peer->kind != PEER_CLIENT) continue;
        messaging_upcalls.hung_up[PEER_CLIENT](peer->object);
        run_gone();
    }
    for (unsigned i = 0; i < 8; i++) {
        if (waiting[i]) reply_drop(waiting[i]);
    }
    require(state.partial_bytes == 0 && !state.backlogs && !state.out_client, "something is left of the clients");
    require(live == 0, "capabilities are left");
    free(state.reply);
}

int main(int argc, char **argv)
{
    random_state = (argc > 1 ? strtoull(argv[1], 0, 0) : 1) * 2 + 1;
    uint64_t count = argc > 2 ? strtoull(argv[2], 0, 0) : 100000;
    start();
    for (uint64_t i = 0; i < count; i++) {
        struct peer_client *c = &clients[random_below(CLIENTS)];
        if (!c->client)
            begin(c, random_below(2));
        else if (!random_below(200))
            hang_up(c);
        else if (c->good)
            good_step(c);
        else
            bad_step(c);
        run_gone();
        if (!random_below(3)) backlogs_flush(&state);
    }
    end();
    printf("server_fuzz: %llu fragments, %u calls, %u whole replies\n", (unsigned long long)count, handled, replies_good);
    return 0;
}
