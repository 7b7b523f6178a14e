/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The other side of the tests of UMP, as a process of its own: the service of echo.idl, or one of its clients.
 *
 *   echoes serve | hold | give | attack SEED
 */
#include "ump_support.h"
#include <idl/names.h>
#include <messaging/server.h>
#include <paging/paging.h>
#include <stdlib.h>

static uint64_t random_state;

static uint64_t random_word(void)
{
    random_state = random_state * 6364136223846793005ull + 1442695040888963407ull;
    return random_state ^ random_state >> 29;
}

/* Nonsense into all that is shared with others: anywhere, or where it means something. */
static void damage(uint64_t seed)
{
    struct paging_region region;
    random_state = seed;
    for (vaddr_t at = VADDR_DYNAMIC; !paging_next(at, &region); at = region.base + region.bytes) {
        if (strcmp(region.name, "messages between cores")) {
            continue;
        }
        volatile uint64_t *words = (volatile uint64_t *)region.base;
        for (unsigned n = (unsigned)(random_word() % 64) + 1; n; n--) {
            uint64_t value = random_word() & 1 ? random_word() : (random_word() % 64) << 8;
            words[random_word() % (region.bytes / 8)] = value;
        }
    }
}

static struct service service;
static uint32_t canceled, waiting;

static err_t serve_nothing(struct call *call)
{
    (void)call;
    return ERR_OK;
}

/* ERR_ARGUMENT: both are the same. */
static err_t serve_sum(struct call *call, uint64_t a, uint32_t b, uint64_t *sum, bool *odd, uint32_t *b_again,
                       uint64_t *a_again)
{
    (void)call;
    if (a == b) return ERR_ARGUMENT;
    *sum = a + b;
    *odd = *sum & 1;
    *b_again = b;
    *a_again = a;
    return ERR_OK;
}

static err_t serve_text(struct call *call, const char *in, char *out)
{
    (void)call;
    strcpy(out, in);
    return ERR_OK;
}

static err_t serve_data(struct call *call, const void *in, size_t in_bytes, void *out, size_t *out_bytes)
{
    (void)call;
    memcpy(out, in, in_bytes);
    *out_bytes = in_bytes;
    return ERR_OK;
}

static err_t serve_capabilities(struct call *call, uint64_t number, const cptr_t *in, uint32_t in_count,
                                uint64_t *same_number, cptr_t *out, uint32_t *out_count)
{
    for (uint32_t i = 0; i < in_count; i++) {
        out[i] = in[in_count - 1 - i];
        call_take_cap(call, in[i]);
    }
    *out_count = in_count;
    *same_number = number;
    call_give_caps(call);
    return ERR_OK;
}

static err_t serve_endpoint(struct call *call, cptr_t *endpoint)
{
    (void)call;
    *endpoint = SLOT_ENDPOINT;
    return ERR_OK;
}

static void count(struct client *client, void *context)
{
    (void)client;
    (*(uint32_t *)context)++;
}

static err_t serve_about(struct call *call, uint64_t *pid, uint32_t *clients)
{
    *pid = call->client->pid;
    service_for_each_client(&service, count, clients);
    return ERR_OK;
}

static err_t serve_hold(struct call *call)
{
    waiting++;
    return call_defer(call) ? ERR_OK : ERR_NO_MEMORY;
}

static err_t serve_held(struct call *call, uint32_t *now, uint32_t *gave_up)
{
    (void)call;
    *now = waiting;
    *gave_up = canceled;
    return ERR_OK;
}

static void hold_canceled(struct reply *reply)
{
    canceled++;
    waiting--;
    reply_drop(reply);
}

static err_t serve_misbehave(struct call *call, uint64_t seed)
{
    (void)call;
    damage(seed);
    return ERR_OK;
}

static err_t serve_leave(struct call *call)
{
    (void)call;
    exit(0);
}

static const struct echo_ops ops = {.nothing = serve_nothing,
                                    .sum = serve_sum,
                                    .text = serve_text,
                                    .data = serve_data,
                                    .capabilities = serve_capabilities,
                                    .endpoint = serve_endpoint,
                                    .about = serve_about,
                                    .hold = serve_hold,
                                    .held = serve_held,
                                    .misbehave = serve_misbehave,
                                    .leave = serve_leave};
static struct service service = ECHO_SERVICE(&ops, .canceled = hold_canceled);

static int serve(void)
{
    static struct server server;
    if (server_init(&server) || server_add(&server, &service) ||
        names_register_identified(names_default(), UMP_NAME, service.number, SLOT_ENDPOINT)) {
        return 1;
    }
    server_run(&server);
}

/* A client that does what it likes in the shared memory. */
static int attack(uint64_t seed)
{
    struct echo_client victim = ump_client_new();
    rpc_set_deadline(deadline_after_ms(100));
    for (unsigned i = 0; i < 3; i++) {
        echo_nothing(&victim);
        damage(seed + i * 1000);
    }
    echo_nothing(&victim);
    return 0;
}

/* Sends capabilities until the service is gone. */
static int give(void)
{
    cptr_t in[UMP_CAPS], out[UMP_CAPS];
    uint64_t number;
    uint32_t got;
    err_t err = ERR_OK;
    struct echo_client echo = ump_client_new();
    for (unsigned i = 0; i < UMP_CAPS; i++) {
        err = err ? err : ram_new(&in[i], PAGE_SIZE);
    }
    while (!err) {
        err = echo_capabilities(&echo, 0, in, UMP_CAPS, &number, out, UMP_CAPS, &got);
        for (unsigned i = 0; i < got && !err; i++) {
            cap_free(out[i]);
        }
    }
    return err == ERR_PEER_DEAD ? 0 : 1;
}

static int hold(void)
{
    struct echo_client echo = ump_client_new();
    return (int)echo_hold(&echo);
}

int main(int argc, char **argv)
{
    const char *what = argc > 1 ? argv[1] : "";
    if (argc == 2 && !strcmp(what, "serve")) return serve();
    if (argc == 2 && !strcmp(what, "hold")) return hold();
    if (argc == 2 && !strcmp(what, "give")) return give();
    if (argc == 3 && !strcmp(what, "attack")) return attack(strtoull(argv[2], NULL, 0));
    return 2;
}
