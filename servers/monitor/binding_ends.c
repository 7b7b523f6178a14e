/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What is made for a binding (binding.h) at its two ends: the memory and the leash at the client's, a channel to the service at the
 * server's, and a doorbell at each. All of it by the thread of bindings.c, which waits for mem, names and the service, but not for ever.
 */
#include "binding.h"
#include "bells.h"
#include "monitor.h"
#include <caps/caps.h>
#include <caps/slots.h>
#include <idl/mem.h>
#include <messaging/rpc.h>
#include <messaging/ump.h>
#include <threads/thread.h>

/* The slot is kept, so that want of slots cannot stop it. */
void foreign_frame_end(struct binding *binding)
{
    if (binding->frame == 0) return;
    cap_delete(binding->frame);
    uint64_t a[7] = {binding->frame, binding->base, binding->bytes};
    if (kernel_invoke(SLOT_KERNEL, KERNEL_FRAME, a) == ERR_OK) cap_revoke(binding->frame);
    cap_free(binding->frame);
    binding->frame = 0;
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

static err_t rings_give(struct binding *binding, coreid_t core)
{
    cptr_t endpoint, server_bell = 0, ring;
    err_t err = names_lookup_for(names_default(), binding->client_pid, binding->name, &endpoint);
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

/*
 * Give the rings to the service, which is on this core; the client is on core `core`. Where its endpoint's slot is empty it has died since
 * names told of it: who destroys a process revokes the endpoints to it.
 */
static err_t server_connect(struct binding *binding, coreid_t core)
{
    err_t err = rings_give(binding, core);
    return err == ERR_L2_LOOKUP ? ERR_PEER_DEAD : err;
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
        if (is_remote(binding)) { /* else binding_list.c reads it here */
            cap_free(binding->frame);
            binding->frame = 0;
        }
    }
    cap_free(ring);
    return err;
}

err_t client_begins(struct binding *binding)
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

err_t client_goes_on(struct binding *binding)
{
    binding->answered = false;
    if (binding->answer != ERR_OK) return binding->answer;
    return binding->other != 0 ? client_answer(binding) : ERR_PEER_DEAD;
}

err_t server_begins(struct binding *binding)
{
    binding->asked = true;
    err_t err = slot_alloc(&binding->frame);
    if (err != ERR_OK) return err;
    uint64_t a[7] = {binding->frame, binding->base, binding->bytes};
    err = kernel_invoke(SLOT_KERNEL, KERNEL_FRAME, a);
    if (err == ERR_OK) err = server_connect(binding, binding->core);
    return err == ERR_OK ? note_send(binding, NOTE_OPENED, ERR_OK) : err;
}
