/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * One call of a server: from a request that is whole to the answer. Inline is what every short call passes, once in the
 * server's loop and once for all other requests.
 */
#ifndef MESSAGING_CALLS_H
#define MESSAGING_CALLS_H

#include "internal.h"

/* A short answer without much ado. It goes when the thread goes to sleep, with that in one system call. */
void answer(struct server_state *state, struct client *client, uint64_t header, err_t error, uint32_t bytes, cptr_t cap);
/* The same with a capability that is deleted here once it is sent. */
void answer_giving(struct server_state *state, struct client *client, uint64_t header, err_t error, cptr_t cap);
/* Answer the call, and delete what its handler did not take. */
void call_end(struct server_state *state, struct call *call, uint64_t header, err_t error);

/* Run the handler of a whole request w[], whose header has been checked. How many words of state->reply answer it; 0: it has been
 * answered, or will be. */
static inline __attribute__((always_inline)) uint32_t call_handle(struct server_state *state, struct client *client,
                                                                  uint64_t *w, cptr_t *caps, uint32_t cap_count,
                                                                  const struct method *method)
{
    uint64_t header = w[0];
    struct call call;
    call.client = client;
    call.service = client->service;
    call.method = method;
    call.header = (uint32_t)header;
    call.request = w + 1;
    call.request_bytes = MESSAGE_BYTES(header);
    call.request_cap_count = cap_count;
    call.request_caps = caps;
    call.reply = state->reply;
    call.reply_bytes = 8;
    call.reply_cap_count = 0;
    call.reply_caps = state->reply_caps;
    call.taken = 0;
    call.deferred = NULL;
    call.give_caps = false;
    if (state->out_client) out_flush(state); /* what waits is in the reply buffer */
    err_t error = method->dispatch(&call);
    uint32_t bytes = error ? 8 : call.reply_bytes;
    if (call.deferred || cap_count || call.reply_cap_count || bytes > 8 * MESSAGE_FIRST_WORDS) {
        call_end(state, &call, header, error);
        return 0;
    }
    state->reply[0] = (header & 0xffffffff) | MESSAGE_REPLY | (uint64_t)bytes << 32;
    state->reply[1] = error;
    return 1 + bytes / 8;
}

/* The same; a short answer goes when the thread goes to sleep. */
static inline void call_run(struct server_state *state, struct client *client, uint64_t *w, cptr_t *caps,
                            uint32_t cap_count, const struct method *method)
{
    uint32_t words = call_handle(state, client, w, caps, cap_count, method);
    if (!words) return;
    state->out_client = client;
    state->out_words = words;
    state->out_cap = 0;
}

#endif
