/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What a core does for an operation of another one, which has the block's lock. It keeps no record: all that it needs is in the
 * messages. Whether the answer says that it has a BlockState decides over its bit in the mask.
 */
#include "internal.h"

void remote_install(struct dcap *dcap, const struct dcap_message *message)
{
    bool has_state = false;
    err_t err = dcap->kernel->install(dcap->context, &message->cap, &message->to, message->flag, &has_state);
    struct dcap_message *ack = message_send(dcap, DCAP_INSTALL_ACK, message->from_core, message->op);
    ack->error = err;
    ack->flag = has_state;
}

void remote_query(struct dcap *dcap, const struct dcap_message *message)
{
    struct dcap_message *ack = message_send(dcap, DCAP_QUERY_ACK, message->from_core, message->op);
    ack->flag = dcap->kernel->conflicts(dcap->context, &message->cap, message->low, message->bytes);
}

void remote_revoke(struct dcap *dcap, const struct dcap_message *message)
{
    /* A core that is asked is in the mask, and so has a BlockState. */
    if (!MUTANT(REMOTE_NO_FENCE) && !dcap->kernel->fence(dcap->context, &message->cap)) message_fault(dcap);
    struct dcap_message *sweep = message_send(dcap, DCAP_SWEEP, dcap->me, message->op);
    sweep->coordinator = message->from_core;
    sweep->cap = message->cap;
}

void remote_sweep(struct dcap *dcap, const struct dcap_message *message)
{
    bool own = message->coordinator == dcap->me;
    if (message->from_core != dcap->me || message->op >= DCAP_OPS) {
        message_fault(dcap);
        return;
    }
    bool done = own ? op_sweep(dcap, message->op, &message->cap)
                    : dcap->kernel->sweep(dcap->context, &message->cap, NULL) != ERR_AGAIN;
    if (!done) {
        struct dcap_message *again = message_send(dcap, DCAP_SWEEP, dcap->me, message->op);
        again->coordinator = message->coordinator;
        again->cap = message->cap;
    } else if (own) {
        op_swept(dcap, message->op);
    } else {
        enum dcap_settled settled = DCAP_KEPT;
        struct dcap_cap block = message->cap;
        if (!MUTANT(REMOTE_FENCED)) settled = dcap->kernel->settle(dcap->context, &block, false);
        struct dcap_message *ack = message_send(dcap, DCAP_REVOKE_ACK, message->coordinator, message->op);
        ack->flag = settled == DCAP_KEPT;
    }
}
