/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The protocol's entry points: each message to the file that knows it.
 */
#include "internal.h"

void dcap_start(struct dcap *dcap, const struct dcap_kernel *kernel, void *context, coreid_t me, coreset_t up)
{
    *dcap = (struct dcap){.kernel = kernel, .context = context, .me = me, .up = up | core_bit(me)};
}

static void out_begin(struct dcap *dcap, struct dcap_outbox *out)
{
    dcap->out = out;
    out->count = 0;
}

void dcap_core_up(struct dcap *dcap, coreid_t core, struct dcap_outbox *out)
{
    out_begin(dcap, out);
    dcap->up |= core_bit(core);
    arena_core_up(dcap, core);
    for (coreid_t other = 0; other < DCAP_CORES; other++) {
        if (other == core || other == dcap->me || !(dcap->up & core_bit(other))) continue;
        message_send(dcap, DCAP_UP, other, 0)->home = core;
    }
}

static void frees_send(struct dcap *dcap)
{
    struct dcap_cap block = {0};
    while ((dcap->frees < DCAP_FREES || MUTANT(FREE_NO_ACK)) && dcap->kernel->next_free(dcap->context, &block)) {
        if (is_lost(dcap, arena_home(dcap, &block))) continue;
        message_send(dcap, DCAP_FREE, arena_home(dcap, &block), 0)->cap = block;
        dcap->frees++;
    }
    if (MUTANT(FREE_DROPPED) && dcap->frees == DCAP_FREES) dcap->kernel->next_free(dcap->context, &block);
}

void dcap_note(struct dcap *dcap, struct dcap_outbox *out)
{
    out_begin(dcap, out);
    frees_send(dcap);
    op_vacate(dcap);
}

void dcap_request(struct dcap *dcap, const struct dcap_request *request, struct dcap_outbox *out)
{
    out_begin(dcap, out);
    op_begin(dcap, request);
}

static void free_acknowledged(struct dcap *dcap, const struct dcap_message *message)
{
    (void)message;
    if (dcap->frees == 0) { /* when a core is lost all count as answered */
        if (dcap->lost == 0) message_fault(dcap);
        return;
    }
    dcap->frees--;
    frees_send(dcap);
}

static void core_is_up(struct dcap *dcap, const struct dcap_message *message)
{
    if (message->home >= DCAP_CORES) {
        message_fault(dcap);
        return;
    }
    dcap->up |= core_bit(message->home);
    arena_core_up(dcap, message->home);
}

/* The first call does what is little, each further one ends one block's lock or one operation. */
bool dcap_core_lost(struct dcap *dcap, coreid_t core, struct dcap_outbox *out)
{
    out_begin(dcap, out);
    if (core >= DCAP_CORES || core == dcap->me) return false;
    if (!is_lost(dcap, core)) {
        dcap->lost |= core_bit(core);
        dcap->up &= ~core_bit(core);
        dcap->frees = 0;
        arena_core_lost(dcap, core);
        return true;
    }
    if (directory_core_lost(dcap, core) || op_core_lost(dcap, core)) return true;
    frees_send(dcap);
    return false;
}

static void (*const handlers[])(struct dcap *, const struct dcap_message *) = {
    [DCAP_LOCK] = directory_lock,
    [DCAP_GRANT] = op_granted,
    [DCAP_UNLOCK] = directory_unlock,
    [DCAP_FREE] = directory_free,
    [DCAP_FREE_ACK] = free_acknowledged,
    [DCAP_INSTALL] = remote_install,
    [DCAP_INSTALL_ACK] = op_answered,
    [DCAP_QUERY] = remote_query,
    [DCAP_QUERY_ACK] = op_answered,
    [DCAP_REVOKE] = remote_revoke,
    [DCAP_REVOKE_ACK] = op_answered,
    [DCAP_SWEEP] = remote_sweep,
    [DCAP_HOME] = arena_tell,
    [DCAP_HOME_ACK] = arena_acknowledged,
    [DCAP_HANDOVER] = arena_taken,
    [DCAP_UP] = core_is_up,
};

void dcap_step(struct dcap *dcap, const struct dcap_message *message, struct dcap_outbox *out)
{
    out_begin(dcap, out);
    if (message->kind < sizeof(handlers) / sizeof(*handlers) && handlers[message->kind] != NULL)
        handlers[message->kind](dcap, message);
    else
        message_fault(dcap);
}
