/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What the protocol's files call of each other, from the bottom: messages, directory, operations, remote, arenas; step.c is above all.
 */
#ifndef CAPS_INTERNAL_H
#define CAPS_INTERNAL_H

#include "mutants.h"
#include "protocol.h"

static inline coreset_t core_bit(coreid_t core)
{
    return (coreset_t)1 << core;
}

/* One number for a block: where it begins, and in which space. */
static inline uint64_t block_key(const struct dcap_cap *cap)
{
    return cap->block_base | (uint64_t)cap->space << 56;
}

static inline bool is_lost(const struct dcap *dcap, coreid_t core)
{
    return dcap->lost & core_bit(core);
}

/* messages.c: the next message of the outbox, empty but for kind, cores and op. It may be filled in further. */
struct dcap_message *message_send(struct dcap *dcap, enum dcap_kind kind, coreid_t to_core, unsigned op);
void message_reply(struct dcap *dcap, const struct dcap_request *request, const struct dcap_cap *cap, err_t err);
/* A message that cannot be: some monitor has a bug. Counted; the host reports it. */
void message_fault(struct dcap *dcap);

/* arenas.c: which core is a block's home; devices have the boot core. */
coreid_t arena_home(const struct dcap *dcap, const struct dcap_cap *cap);
void arena_tell(struct dcap *dcap, const struct dcap_message *message);
void arena_acknowledged(struct dcap *dcap, const struct dcap_message *message);
void arena_taken(struct dcap *dcap, const struct dcap_message *message);
void arena_core_up(struct dcap *dcap, coreid_t core);
/* An entry of the directory is gone: is an arena at rest now? */
void arena_settle(struct dcap *dcap);

void arena_core_lost(struct dcap *dcap, coreid_t core);

/* directory.c: the home's side. */
void directory_lock(struct dcap *dcap, const struct dcap_message *message);
void directory_unlock(struct dcap *dcap, const struct dcap_message *message);
void directory_free(struct dcap *dcap, const struct dcap_message *message);
/* Is a block in [base, base + bytes) of RAM locked or shared? */
bool directory_has(const struct dcap *dcap, uint64_t base, uint64_t bytes);

/* One block that the lost core has locked, or waits for; false: there is none (any more). */
bool directory_core_lost(struct dcap *dcap, coreid_t core);

/* operations.c: the side of whoever wants something. */
void op_begin(struct dcap *dcap, const struct dcap_request *request);
void op_granted(struct dcap *dcap, const struct dcap_message *message);
void op_answered(struct dcap *dcap, const struct dcap_message *message);
void op_vacate(struct dcap *dcap);
/* A step of the sweep of this core's own revoke; false: it is not done. */
bool op_sweep(struct dcap *dcap, unsigned number, const struct dcap_cap *cap);
void op_swept(struct dcap *dcap, unsigned number);
/* One operation that waits for the lost core; false: there is none (any more). */
bool op_core_lost(struct dcap *dcap, coreid_t core);

/* remote.c: what other cores ask of this one. */
void remote_install(struct dcap *dcap, const struct dcap_message *message);
void remote_query(struct dcap *dcap, const struct dcap_message *message);
void remote_revoke(struct dcap *dcap, const struct dcap_message *message);
void remote_sweep(struct dcap *dcap, const struct dcap_message *message);

#endif
