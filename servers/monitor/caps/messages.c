/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Messages into the outbox. It has room for all that one call can send (limits.h says why).
 */
#include "internal.h"

struct dcap_message *message_send(struct dcap *dcap, enum dcap_kind kind, coreid_t to_core, unsigned op)
{
    struct dcap_message *message = &dcap->out->messages[dcap->out->count++];
    *message = (struct dcap_message){.kind = kind, .from_core = dcap->me, .to_core = to_core, .op = op};
    return message;
}

void message_reply(struct dcap *dcap, const struct dcap_request *request, const struct dcap_cap *cap, err_t err)
{
    struct dcap_message *message = message_send(dcap, DCAP_REPLY, dcap->me, 0);
    message->request = request->kind;
    message->error = err;
    message->cap = *cap;
    message->client = request->client;
}

void message_fault(struct dcap *dcap)
{
    dcap->faults++;
}
