/* SPDX-License-Identifier: BSD-2-Clause */
/* What becomes of a request's and a reply's capabilities, and answers of any kind. calls.h has the short way. */
#include "calls.h"
#include <caps/caps.h>
#include <caps/slots.h>

void answer(struct server_state *state, struct client *client, uint64_t header, err_t error, uint32_t bytes, cptr_t cap)
{
    out_flush(state);
    state->reply[0] = MESSAGE_HEADER(MESSAGE_METHOD(header) | MESSAGE_REPLY, MESSAGE_ID(header), bytes);
    state->reply[1] = error;
    state->out_client = client;
    state->out_words = 1 + bytes / 8;
    state->out_cap = cap;
}

void answer_giving(struct server_state *state, struct client *client, uint64_t header, err_t error, cptr_t cap)
{
    answer(state, client, header, error, 8, cap);
    out_flush(state);
    cap_free(cap);
}

void call_take_cap(struct call *call, cptr_t cap)
{
    for (uint32_t i = 0; cap && i < call->request_cap_count; i++) {
        if (call->request_caps[i] == cap) call->taken |= 1u << i;
    }
}

void call_give_caps(struct call *call)
{
    call->give_caps = true;
}

static void call_answer(struct server_state *state, struct call *call, uint64_t header, err_t error)
{
    uint32_t bytes = error ? 8 : call->reply_bytes, caps = error ? 0 : call->reply_cap_count;
    if (bytes <= 8 * MESSAGE_FIRST_WORDS && caps <= 1) {
        answer(state, call->client, header, error, bytes, caps ? call->reply_caps[0] : 0);
        if (caps && call->give_caps) out_flush(state);
    } else {
        state->reply[0] = MESSAGE_HEADER(MESSAGE_METHOD(header) | MESSAGE_REPLY, MESSAGE_ID(header), bytes);
        state->reply[1] = ERR_OK;
        mutex_lock(&state->lock);
        client_send(call->client, state->reply, 1 + bytes / 8, call->reply_caps, caps);
        mutex_unlock(&state->lock);
    }
    for (uint32_t i = 0; call->give_caps && i < caps; i++)
        cap_free(call->reply_caps[i]);
}

void call_end(struct server_state *state, struct call *call, uint64_t header, err_t error)
{
    for (uint32_t i = 0; i < call->request_cap_count; i++) {
        if (!(call->taken & 1u << i)) cap_free(call->request_caps[i]);
    }
    if (!call->deferred) call_answer(state, call, header, error);
    if (call->request_cap_count) slots_top_up();
}
