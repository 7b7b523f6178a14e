/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The side of whoever wants something: an operation from the request to the reply. All but the move of an exclusive block go
 * LOCK - GRANT - (ask the others, and wait for all) - UNLOCK, with one lock. Operations of this core on the same block queue up
 * here, so that one LOCK is under way for it. What was true at the request counts for nothing: each kernel entry looks again.
 */
#include "internal.h"

#define UNLOCKED_EARLY 0xff /* home of an operation whose lock has gone back too soon, by a seeded bug */

static unsigned op_number(const struct dcap *dcap, const struct dcap_op *op)
{
    return op - dcap->ops;
}

/* The operation that has or wants this block's lock for this core. */
static struct dcap_op *op_of_block(struct dcap *dcap, const struct dcap_cap *block)
{
    for (struct dcap_op *op = dcap->ops; op < dcap->ops + DCAP_OPS; op++) {
        if ((op->phase == DCAP_LOCKING || op->phase == DCAP_EXECUTING) && block_key(&op->source.cap) == block_key(block))
            return op;
    }
    return NULL;
}

static void op_reply(struct dcap *dcap, struct dcap_op *op, err_t err);

static void op_lock(struct dcap *dcap, struct dcap_op *op)
{
    struct dcap_op *before = MUTANT(LOCK_TWICE) ? NULL : op_of_block(dcap, &op->source.cap);
    if (before != NULL) {
        while (before->next != 0)
            before = &dcap->ops[before->next - 1];
        before->next = op_number(dcap, op) + 1;
        op->phase = DCAP_QUEUED;
        return;
    }
    op->home = arena_home(dcap, &op->source.cap);
    if (is_lost(dcap, op->home)) {
        op_reply(dcap, op, ERR_PEER_DEAD);
        return;
    }
    op->phase = DCAP_LOCKING;
    message_send(dcap, DCAP_LOCK, op->home, op_number(dcap, op))->cap = op->source.cap;
}

/* The record is free; whoever was queued behind it goes on. */
static void op_release(struct dcap *dcap, struct dcap_op *op)
{
    struct dcap_op *next = op->next != 0 ? &dcap->ops[op->next - 1] : NULL;
    *op = (struct dcap_op){0};
    if (next != NULL && !MUTANT(QUEUE_LOST)) {
        /* Itself it may be followed: op_lock leaves that alone. */
        op_lock(dcap, next);
    }
    if (op == dcap->ops) op_vacate(dcap);
}

static void op_reply(struct dcap *dcap, struct dcap_op *op, err_t err)
{
    if (op->request.kind != DCAP_VACATE) message_reply(dcap, &op->request, &op->source.cap, err);
    if (MUTANT(REPLY_TWICE) && err != ERR_OK) message_reply(dcap, &op->request, &op->source.cap, err);
    op_release(dcap, op);
}

static void op_unlock(struct dcap *dcap, const struct dcap_op *op, const struct dcap_cap *block, coreset_t mask, bool free)
{
    coreid_t home = MUTANT(UNLOCK_NOW_HOME) ? arena_home(dcap, block) : op->home;
    struct dcap_message *unlock = message_send(dcap, DCAP_UNLOCK, home, op_number(dcap, op));
    unlock->cap = *block;
    unlock->mask = mask;
    unlock->flag = free;
}

/* Seeded bugs in what UNLOCK says. */
static void unlock_seeded(const struct dcap *dcap, const struct dcap_op *op, err_t err, coreset_t *mask, bool *free)
{
    coreset_t me = core_bit(dcap->me);
    if (MUTANT(EMPTY_IS_FREE) && op->mask == 0) *free = true;
    if (MUTANT(LAST_LOCALLY) && (op->mask & me) && !(*mask & me)) *free = true;
    if (MUTANT(ALONE_KEEPS_MASK) && op->mask == me && !*free) *mask = me;
    if (MUTANT(ALONE_KEEPS_STATE) && *mask == me) *mask = 0;
    if (MUTANT(VACATE_BLINDLY) && op->request.kind == DCAP_VACATE) *mask &= ~me;
    if (MUTANT(FIRST_SHARE_MASK) && op->request.kind == DCAP_SEND) *mask &= ~me;
    if (MUTANT(REVOKE_MASK_ME) && op->request.kind == DCAP_DELETE_BELOW) *mask &= ~me;
    if (MUTANT(ABORT_EMPTY) && err != ERR_OK) *mask = 0;
}

/*
 * The mask that goes back. Only here does a core become exclusive again, and only if the mask is its own bit alone. The block is
 * free if this core is the last in the mask and holds nothing.
 */
static coreset_t op_settle(struct dcap *dcap, const struct dcap_op *op, struct dcap_cap *block, bool *free)
{
    coreset_t me = core_bit(dcap->me), others = op->mask & ~me;
    bool alone = others == 0 || MUTANT(ALONE_OF_TWO);
    *free = false;
    if (!(op->mask & me)) return op->mask;
    switch (dcap->kernel->settle(dcap->context, block, alone && !MUTANT(ALONE_KEEPS_STATE))) {
    case DCAP_GONE:
        *free = others == 0;
        return others;
    case DCAP_EXCLUSIVE:
        return 0;
    case DCAP_NONE:
        message_fault(dcap);
        return others;
    default:
        return op->mask;
    }
}

/* Give the lock back, and reply. */
static void op_end(struct dcap *dcap, struct dcap_op *op, err_t err)
{
    struct dcap_cap block = op->source.cap;
    bool free;
    coreset_t mask = op_settle(dcap, op, &block, &free);
    unlock_seeded(dcap, op, err, &mask, &free);
    if (op->home != UNLOCKED_EARLY) op_unlock(dcap, op, &block, mask, free);
    op_reply(dcap, op, err);
}

static void op_install(struct dcap *dcap, struct dcap_op *op, bool shared)
{
    struct dcap_message *install = message_send(dcap, DCAP_INSTALL, op->request.to_core, op_number(dcap, op));
    install->cap = op->source.cap;
    install->to = op->request.to;
    install->flag = shared;
    op->waiting = core_bit(op->request.to_core);
}

/* For seeded bugs: the lock goes back before the operation is done. */
static void op_unlock_early(struct dcap *dcap, struct dcap_op *op)
{
    op_unlock(dcap, op, &op->source.cap, op->mask, false);
    op->home = UNLOCKED_EARLY;
}

static void execute_send(struct dcap *dcap, struct dcap_op *op)
{
    err_t err = is_lost(dcap, op->request.to_core) ? ERR_PEER_DEAD : ERR_OK;
    if (err == ERR_OK) err = dcap->kernel->hold(dcap->context, &op->source, true, false);
    if (err != ERR_OK) {
        op_end(dcap, op, err);
        return;
    }
    op->mask |= core_bit(dcap->me);
    op_install(dcap, op, true);
    if (MUTANT(UNLOCK_EARLY_SEND)) {
        op->mask |= op->waiting;
        op_unlock_early(dcap, op);
    }
}

static void execute_perform(struct dcap *dcap, struct dcap_op *op)
{
    if (op->waiting == 0) {
        err_t err = op->error;
        if (err == ERR_OK || MUTANT(RETYPE_DEAF))
            err = dcap->kernel->perform(dcap->context, &op->source, &op->request.call);
        op_end(dcap, op, err);
        return;
    }
    for (coreid_t core = 0; core < DCAP_CORES; core++) {
        if (!(op->waiting & core_bit(core))) continue;
        struct dcap_message *query = message_send(dcap, DCAP_QUERY, core, op_number(dcap, op));
        query->cap = op->source.cap;
        query->low = op->request.call.low;
        query->bytes = op->request.call.bytes;
    }
    if (MUTANT(RETYPE_UNLOCKS)) op_unlock_early(dcap, op);
}

/* Each core of the mask sweeps, this one by messages to itself. */
static void execute_revoke(struct dcap *dcap, struct dcap_op *op)
{
    err_t err = dcap->kernel->hold(dcap->context, &op->source, false, !MUTANT(REVOKER_NO_FENCE));
    if (err != ERR_OK) {
        op_end(dcap, op, err);
        return;
    }
    op->mask |= core_bit(dcap->me);
    op->waiting = op->mask & ~dcap->lost;
    if (op->mask & dcap->lost) op->error = ERR_PEER_DEAD; /* all but that one's go */
    if (MUTANT(REVOKE_MISSES_ONE) && op->mask >> (dcap->me + 1) != 0)
        op->waiting &= op->waiting ^ ((coreset_t)1 << (63 - __builtin_clzll(op->waiting)));
    for (coreid_t core = 0; core < DCAP_CORES; core++) {
        if (!(op->waiting & core_bit(core))) continue;
        bool own = core == dcap->me;
        struct dcap_message *message = message_send(dcap, own ? DCAP_SWEEP : DCAP_REVOKE, core, op_number(dcap, op));
        message->coordinator = dcap->me;
        message->cap = op->source.cap;
    }
    if (MUTANT(REVOKE_UNLOCKS)) op_unlock_early(dcap, op);
}

void op_granted(struct dcap *dcap, const struct dcap_message *message)
{
    struct dcap_op *op = message->op < DCAP_OPS ? &dcap->ops[message->op] : NULL;
    if (op == NULL || op->phase != DCAP_LOCKING || op->home != message->from_core) {
        message_fault(dcap);
        return;
    }
    if (message->error != ERR_OK) {
        op_reply(dcap, op, message->error);
        return;
    }
    op->phase = DCAP_EXECUTING;
    op->mask = message->mask;
    switch (op->request.kind) {
    case DCAP_SEND:
    case DCAP_MOVE:
        execute_send(dcap, op);
        break;
    case DCAP_PERFORM:
        if (op->request.call.bytes != 0 && (op->mask & dcap->lost)) { /* it cannot be asked */
            op_end(dcap, op, ERR_PEER_DEAD);
            break;
        }
        op->waiting = op->request.call.bytes != 0 ? op->mask & ~core_bit(dcap->me) : 0;
        if (MUTANT(RETYPE_ASKS_NOBODY)) op->waiting = 0;
        execute_perform(dcap, op);
        break;
    case DCAP_DELETE_BELOW:
        execute_revoke(dcap, op);
        break;
    default:
        op_end(dcap, op, ERR_OK);
    }
}

static void send_answered(struct dcap *dcap, struct dcap_op *op, const struct dcap_message *message)
{
    bool arrived = message->error == ERR_OK;
    if (op->phase == DCAP_MOVING) {
        dcap->kernel->move_end(dcap->context, &op->source.cap, op_number(dcap, op), arrived);
        op_reply(dcap, op, message->error);
        return;
    }
    coreset_t bit = core_bit(message->from_core);
    bool has_state = message->flag;
    if (MUTANT(ACK_ADDS)) has_state = true;
    if (MUTANT(ACK_CLEARS) && !arrived) has_state = false;
    op->mask = has_state ? op->mask | bit : op->mask & ~bit;
    if (arrived && op->request.kind == DCAP_MOVE && !MUTANT(MOVE_KEEPS)) dcap->kernel->drop(dcap->context, &op->source);
    op_end(dcap, op, message->error);
}

static void revoke_answered(struct dcap *dcap, struct dcap_op *op)
{
    if (op->waiting == 0) op_end(dcap, op, op->error);
}

void op_answered(struct dcap *dcap, const struct dcap_message *message)
{
    struct dcap_op *op = message->op < DCAP_OPS ? &dcap->ops[message->op] : NULL;
    coreset_t bit = core_bit(message->from_core);
    if (op == NULL || !(op->waiting & bit)) {
        message_fault(dcap);
        return;
    }
    op->waiting &= ~bit;
    switch (message->kind) {
    case DCAP_INSTALL_ACK:
        send_answered(dcap, op, message);
        break;
    case DCAP_QUERY_ACK:
        if (message->flag) op->error = ERR_REVOKE_FIRST;
        if (op->waiting == 0) execute_perform(dcap, op);
        break;
    default:
        if (!message->flag && !MUTANT(REVOKE_MASK_ALL)) op->mask &= ~bit;
        revoke_answered(dcap, op);
    }
}

/* What it was asked to do may have been done, or not. */
static void lost_answers(struct dcap *dcap, struct dcap_op *op, coreid_t core)
{
    op->waiting &= ~core_bit(core);
    op->mask |= core_bit(core);
    op->error = ERR_PEER_DEAD;
    if (op->phase == DCAP_MOVING) { /* it may be there: here it is no more */
        dcap->kernel->move_end(dcap->context, &op->source.cap, op_number(dcap, op), true);
        op_reply(dcap, op, ERR_PEER_DEAD);
    } else if (op->request.kind == DCAP_DELETE_BELOW) {
        revoke_answered(dcap, op);
    } else if (op->waiting == 0) {
        op_end(dcap, op, ERR_PEER_DEAD);
    }
}

bool op_core_lost(struct dcap *dcap, coreid_t core)
{
    for (struct dcap_op *op = dcap->ops; op < dcap->ops + DCAP_OPS; op++) {
        if (op->phase == DCAP_LOCKING && op->home == core) {
            op_reply(dcap, op, ERR_PEER_DEAD);
            return true;
        }
        if ((op->phase == DCAP_EXECUTING || op->phase == DCAP_MOVING) && (op->waiting & core_bit(core))) {
            lost_answers(dcap, op, core);
            return true;
        }
    }
    return false;
}

bool op_sweep(struct dcap *dcap, unsigned number, const struct dcap_cap *cap)
{
    return dcap->kernel->sweep(dcap->context, cap, &dcap->ops[number].source) != ERR_AGAIN;
}

void op_swept(struct dcap *dcap, unsigned number)
{
    struct dcap_op *op = &dcap->ops[number];
    struct dcap_cap block = op->source.cap;
    op->waiting &= ~core_bit(dcap->me);
    if (MUTANT(REVOKE_NO_WAIT)) op->waiting = 0;
    if (MUTANT(REVOKER_LIFTS) && op->waiting != 0 && dcap->kernel->settle(dcap->context, &block, false) == DCAP_GONE)
        op->mask &= ~core_bit(dcap->me);
    revoke_answered(dcap, op);
}

/* Why the request cannot even begin. */
static err_t request_check(const struct dcap *dcap, const struct dcap_request *request)
{
    if (request->kind != DCAP_SEND && request->kind != DCAP_MOVE) return ERR_OK;
    if (request->to_core >= DCAP_CORES || !(dcap->up & core_bit(request->to_core))) return ERR_NOT_FOUND;
    return request->to_core == dcap->me ? ERR_ARGUMENT : ERR_OK;
}

void op_begin(struct dcap *dcap, const struct dcap_request *request)
{
    struct dcap_op *op = dcap->ops + 1;
    while (op < dcap->ops + DCAP_OPS && op->phase != DCAP_IDLE)
        op++;
    struct dcap_source source = {.name = request->source};
    err_t err = op == dcap->ops + DCAP_OPS ? ERR_BUSY : request_check(dcap, request);
    if (err == ERR_OK) err = dcap->kernel->look(dcap->context, &source);
    bool move = err == ERR_OK && request->kind == DCAP_MOVE;
    if (move) err = dcap->kernel->move_begin(dcap->context, &source, op_number(dcap, op));
    if (err != ERR_OK && !(move && err == ERR_RETRY_THROUGH_MONITOR)) {
        message_reply(dcap, request, &source.cap, err);
        return;
    }
    *op = (struct dcap_op){.source = source, .request = *request};
    if (move && err == ERR_OK) {
        op->phase = DCAP_MOVING;
        op_install(dcap, op, false);
    } else {
        op_lock(dcap, op);
    }
}

void op_vacate(struct dcap *dcap)
{
    struct dcap_op *op = dcap->ops;
    struct dcap_cap block = {0};
    do { /* of a home that is lost a block stays as it is */
        if (op->phase != DCAP_IDLE || !dcap->kernel->next_vacant(dcap->context, &block)) return;
    } while (is_lost(dcap, arena_home(dcap, &block)));
    *op = (struct dcap_op){.source.cap = block, .request.kind = DCAP_VACATE};
    op_lock(dcap, op);
}
