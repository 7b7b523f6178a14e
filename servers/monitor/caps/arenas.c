/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Arenas: which core is the home of a block, and how that changes. Only an arena that is wholly free moves: the old home tells every
 * core, itself too (its own LOCKs may be on their way to it), and goes on answering LOCK (of operations whose blocks are gone, and which will abort) until all have acknowledged
 * and nothing in it is locked. Then it hands over, and the new home may allocate.
 */
#include "internal.h"

static struct dcap_arena *arena_find(struct dcap *dcap, uint64_t base)
{
    for (unsigned i = 0; i < DCAP_ARENAS; i++) {
        if (dcap->arenas[i].bytes != 0 && dcap->arenas[i].base == base) return &dcap->arenas[i];
    }
    return NULL;
}

coreid_t arena_home(const struct dcap *dcap, const struct dcap_cap *cap)
{
    for (unsigned i = 0; i < DCAP_ARENAS && cap->space == CAP_SPACE_MEM; i++) {
        const struct dcap_arena *arena = &dcap->arenas[i];
        if (cap->block_base - arena->base < arena->bytes) return arena->home;
    }
    return 0;
}

static void tell(struct dcap *dcap, const struct dcap_arena *arena, coreid_t core)
{
    struct dcap_message *message = message_send(dcap, DCAP_HOME, core, 0);
    message->cap.base = arena->base;
    message->cap.bytes = arena->bytes;
    message->home = arena->home;
}

err_t dcap_arena_move(struct dcap *dcap, unsigned number, coreid_t home, struct dcap_outbox *out)
{
    dcap->out = out;
    out->count = 0;
    if (number >= DCAP_ARENAS || home >= DCAP_CORES || home == dcap->me || !(dcap->up & core_bit(home)))
        return ERR_ARGUMENT;
    struct dcap_arena *arena = &dcap->arenas[number];
    if (arena->bytes == 0 || arena->home != dcap->me || arena->moving) return ERR_BUSY;
    arena->home = home;
    arena->moving = home + 1;
    arena->waiting = MUTANT(ARENA_NO_ACKS) ? 0 : dcap->up;
    for (coreid_t core = 0; core < DCAP_CORES; core++) {
        if (dcap->up & core_bit(core)) tell(dcap, arena, core);
    }
    arena_settle(dcap);
    return ERR_OK;
}

void arena_core_up(struct dcap *dcap, coreid_t core)
{
    for (unsigned i = 0; i < DCAP_ARENAS; i++) {
        if (!dcap->arenas[i].moving) continue;
        dcap->arenas[i].waiting |= core_bit(core);
        tell(dcap, &dcap->arenas[i], core);
    }
}

/* What it need not acknowledge any more, since nothing of it arrives; what was to be its own stays nobody's. */
void arena_core_lost(struct dcap *dcap, coreid_t core)
{
    for (unsigned i = 0; i < DCAP_ARENAS; i++) {
        struct dcap_arena *arena = &dcap->arenas[i];
        if (arena->moving == core + 1)
            arena->waiting |= core_bit(core);
        else
            arena->waiting &= ~core_bit(core);
    }
    arena_settle(dcap);
}

void arena_tell(struct dcap *dcap, const struct dcap_message *message)
{
    struct dcap_arena *arena = arena_find(dcap, message->cap.base);
    if (arena == NULL || message->home >= DCAP_CORES) {
        message_fault(dcap);
        return;
    }
    arena->home = message->home;
    message_send(dcap, DCAP_HOME_ACK, message->from_core, 0)->cap.base = arena->base;
}

void arena_settle(struct dcap *dcap)
{
    for (unsigned i = 0; i < DCAP_ARENAS; i++) {
        struct dcap_arena *arena = &dcap->arenas[i];
        if (!arena->moving || arena->waiting != 0) continue;
        if (directory_has(dcap, arena->base, arena->bytes) && !MUTANT(ARENA_NO_REST)) continue;
        arena->moving = 0;
        struct dcap_message *message = message_send(dcap, DCAP_HANDOVER, arena->home, 0);
        message->cap.base = arena->base;
        message->cap.bytes = arena->bytes;
    }
}

void arena_acknowledged(struct dcap *dcap, const struct dcap_message *message)
{
    struct dcap_arena *arena = arena_find(dcap, message->cap.base);
    if (arena == NULL) {
        message_fault(dcap);
        return;
    }
    arena->waiting &= ~core_bit(message->from_core);
    arena_settle(dcap);
}

void arena_taken(struct dcap *dcap, const struct dcap_message *message)
{
    dcap->kernel->arena_gained(dcap->context, message->cap.base, message->cap.bytes);
}
