/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * See remote_caps.h. The protocol keeps the state; here are its table of kernel operations, its messages as words of the link, and
 * the queues that lead to it. A message to this core itself goes through a queue, too, and one event for each: so a long revoke
 * lets others have their turn.
 */
#include "remote_caps.h"
#include "caps/protocol.h"
#include "cores.h"
#include "link.h"
#include "monitor.h"
#include <caps/caps.h>
#include <caps/slots.h>
#include <abi/bootinfo.h>
#include <arch/disable.h>
#include <idl/mem.h>
#include <string.h>
#include <threads/sync.h>

#define OWN (((const struct bootinfo *)VADDR_BOOTINFO)->core)
#define FREED_MAX 64
#define CALL_NOTHING 0
#define CALL_RETYPE 1
#define MESSAGE_WORDS (sizeof(struct dcap_message) / sizeof(uint64_t))
_Static_assert(sizeof(struct dcap_message) % sizeof(uint64_t) == 0 && MESSAGE_WORDS <= LINK_WORDS,
               "a message does not fit");
_Static_assert(CORES_MAX <= DCAP_CORES && PIECES_MAX <= DCAP_ARENAS, "more cores than the protocol knows");

static struct dcap dcap;
static bool started;
static struct dcap_message own[DCAP_SELF_MAX]; /* messages to this core itself */
static unsigned own_first, own_count;
static coreid_t sender; /* of the message that is being handled */
static err_t (*arrivals[REMOTE_KINDS])(coreid_t from, uint64_t tag, cptr_t cap);
static void (*room_again)(void);
static void (*piece_arrived)(paddr_t base);

static struct mutex lock; /* of what follows */
static struct remote_request *asked_first, *asked_last;
static struct mem_range freed[FREED_MAX];
static unsigned freed_first, freed_count;

static void own_run(struct event *event);
static void word_run(struct event *event);
static struct event own_event = {.run = own_run}, word_event = {.run = word_run};

/* The kernel --------------------------------------------------------------------------------------- */

static uint64_t value_word(const struct dcap_cap *cap)
{
    return cap->type | cap->rights << 8;
}

static err_t source_invoke(unsigned op, const struct dcap_source *source, uint64_t more)
{
    uint64_t a[7] = {source->name.dispatcher, source->name.capref, source->generation, more};
    return kernel_invoke(SLOT_KERNEL, op, a);
}

static err_t kernel_look(void *context, struct dcap_source *source)
{
    (void)context;
    uint64_t a[7] = {source->name.dispatcher, source->name.capref};
    err_t err = kernel_invoke(SLOT_KERNEL, KERNEL_SHARED_LOOK, a);
    if (err != ERR_OK) return err;
    source->cap = (struct dcap_cap){.base = a[1],
                                    .bytes = a[2],
                                    .block_base = a[3],
                                    .block_bytes = a[4],
                                    .space = CAP_SPACE_MEM,
                                    .type = (uint8_t)a[0],
                                    .rights = (uint8_t)(a[0] >> 8)};
    source->generation = (uint32_t)(a[0] >> 32);
    return ERR_OK;
}

static err_t kernel_hold(void *context, const struct dcap_source *source, bool to_leave, bool fence)
{
    (void)context;
    return source_invoke(KERNEL_SHARED_HOLD, source, (to_leave ? SHARED_TO_LEAVE : 0) | (fence ? SHARED_FENCE : 0));
}

/* Into a slot of the monitor's; `to` says whose it will be. */
static err_t kernel_install(void *context, const struct dcap_cap *cap, const struct dcap_name *to, bool shared,
                            bool *has_state)
{
    (void)context, (void)shared; /* nothing moves without a lock: see kernel_move_begin */
    cptr_t slot;
    bool known = to->dispatcher < REMOTE_KINDS && arrivals[to->dispatcher] != NULL;
    err_t err = known ? slot_alloc(&slot) : ERR_NOT_FOUND;
    /* Without a slot the kernel refuses, but says whether the block has a BlockState. */
    uint64_t a[7] = {
        err == ERR_OK ? slot : SLOT_KERNEL, value_word(cap), cap->base, cap->bytes, cap->block_base, cap->block_bytes};
    err_t refused = kernel_invoke(SLOT_KERNEL, KERNEL_SHARED_INSTALL, a);
    *has_state = a[0] == 1;
    if (err != ERR_OK) return err;
    if (refused != ERR_OK) {
        slot_free(slot);
        return refused;
    }
    err = arrivals[to->dispatcher](sender, to->capref, slot);
    if (err != ERR_OK) cap_free(slot);
    return err;
}

static bool kernel_conflicts(void *context, const struct dcap_cap *cap, uint64_t low, uint64_t bytes)
{
    (void)context;
    uint64_t a[7] = {value_word(cap), cap->base, cap->bytes, cap->block_base, cap->block_bytes, low, bytes};
    return kernel_invoke(SLOT_KERNEL, KERNEL_SHARED_CONFLICTS, a) != ERR_OK || a[0] != 0;
}

static err_t kernel_perform(void *context, const struct dcap_source *source, const struct dcap_call *call)
{
    (void)context;
    if (call->number == CALL_NOTHING) return ERR_OK;
    uint64_t a[7] = {source->name.dispatcher, source->generation, call->arguments[0], source->name.capref,
                     call->arguments[1],      call->arguments[2], call->arguments[3]};
    return kernel_invoke(SLOT_KERNEL, KERNEL_SHARED_RETYPE, a);
}

static bool kernel_fence(void *context, const struct dcap_cap *block)
{
    (void)context;
    uint64_t a[7] = {block->block_base};
    return kernel_invoke(SLOT_KERNEL, KERNEL_SHARED_FENCE, a) == ERR_OK;
}

static err_t kernel_sweep(void *context, const struct dcap_cap *cap, const struct dcap_source *keep)
{
    (void)context;
    uint64_t a[7] = {value_word(cap), cap->base, cap->bytes, cap->block_base, cap->block_bytes};
    if (keep != NULL) {
        a[0] |= (uint64_t)keep->generation << 32;
        a[5] = keep->name.dispatcher;
        a[6] = keep->name.capref;
    }
    return kernel_invoke(SLOT_KERNEL, KERNEL_SHARED_SWEEP, a);
}

static enum dcap_settled kernel_settle(void *context, struct dcap_cap *block, bool alone)
{
    (void)context;
    static const enum dcap_settled meaning[] = {
        [SHARED_NONE] = DCAP_NONE, [SHARED_KEPT] = DCAP_KEPT, [SHARED_EXCLUSIVE] = DCAP_EXCLUSIVE, [SHARED_GONE] = DCAP_GONE};
    uint64_t a[7] = {block->block_base, alone};
    kernel_invoke(SLOT_KERNEL, KERNEL_SHARED_SETTLE, a);
    if (a[0] != SHARED_NONE) block->block_bytes = a[1];
    return meaning[a[0] & 3];
}

/* Every move is a copy under the lock, and a delete. */
static err_t kernel_move_begin(void *context, const struct dcap_source *source, unsigned op)
{
    (void)context, (void)source, (void)op;
    return ERR_RETRY_THROUGH_MONITOR;
}

static void kernel_move_end(void *context, const struct dcap_cap *cap, unsigned op, bool arrived)
{
    (void)context, (void)cap, (void)op, (void)arrived;
}

static void kernel_drop(void *context, const struct dcap_source *source)
{
    (void)context;
    source_invoke(KERNEL_SHARED_DROP, source, 0);
}

static bool kernel_next_free(void *context, struct dcap_cap *block)
{
    (void)context;
    mutex_lock(&lock);
    bool any = freed_count != 0, full = freed_count == FREED_MAX;
    if (any) {
        const struct mem_range *range = &freed[freed_first];
        *block = (struct dcap_cap){.space = CAP_SPACE_MEM, .block_base = range->base, .block_bytes = range->bytes};
        freed_first = (freed_first + 1) % FREED_MAX;
        freed_count--;
    }
    mutex_unlock(&lock);
    if (full && room_again != NULL) room_again();
    return any;
}

static bool kernel_next_vacant(void *context, struct dcap_cap *block)
{
    (void)context;
    uint64_t a[7] = {0};
    if (kernel_invoke(SLOT_KERNEL, KERNEL_SHARED_VACANT, a) != ERR_OK || a[1] == 0) return false;
    *block = (struct dcap_cap){.space = CAP_SPACE_MEM, .block_base = a[0], .block_bytes = a[1]};
    return true;
}

static void mem_block_freed(void *context, const struct dcap_cap *block)
{
    (void)context;
    struct mem_range range = {block->block_base, block->block_bytes};
    mem_freed(mem_default(), &range, 1, NULL);
}

static void mem_arena_gained(void *context, uint64_t base, uint64_t bytes)
{
    (void)context, (void)bytes;
    piece_arrived(base);
}

static const struct dcap_kernel kernel = {
    .look = kernel_look,
    .hold = kernel_hold,
    .install = kernel_install,
    .conflicts = kernel_conflicts,
    .perform = kernel_perform,
    .fence = kernel_fence,
    .sweep = kernel_sweep,
    .settle = kernel_settle,
    .move_begin = kernel_move_begin,
    .move_end = kernel_move_end,
    .drop = kernel_drop,
    .next_free = kernel_next_free,
    .next_vacant = kernel_next_vacant,
    .block_freed = mem_block_freed,
    .arena_gained = mem_arena_gained,
};

/* Messages ----------------------------------------------------------------------------------------- */

/*
 * What memory is whose, as the table says by now: it is never older than the messages about it that are under way, and so new cores, too,
 * know the home of every piece.
 */
static void pieces_look(const struct pieces *pieces)
{
    static uint32_t seen = UINT32_MAX;
    uint32_t version = pieces->version;
    if (version == seen) return;
    seen = version;
    for (unsigned i = 0; i < pieces->count; i++) {
        dcap.arenas[i].base = pieces->base[i];
        dcap.arenas[i].bytes = pieces->bytes;
        dcap.arenas[i].home = pieces->home[i];
    }
}

/* Which cores run. */
static void cores_look(void)
{
    dcap.up = (coreset_t)1 << OWN;
    for (coreid_t core = 0; core < CORES_MAX; core++) {
        if (link_is_open(core)) dcap.up |= (coreset_t)1 << core;
    }
    if (cores_shared() != NULL) pieces_look(cores_pieces());
}

static void out_send(const struct dcap_outbox *out)
{
    for (unsigned i = 0; i < out->count; i++) {
        const struct dcap_message *message = &out->messages[i];
        if (message->kind == DCAP_REPLY) {
            struct remote_request *request = (struct remote_request *)(uintptr_t)message->client;
            request->done(request, message->error);
        } else if (message->to_core == OWN) {
            own[(own_first + own_count++) % DCAP_SELF_MAX] = *message;
        } else {
            uint64_t w[MESSAGE_WORDS];
            memcpy(w, message, sizeof(w));
            err_t err = link_send(message->to_core, LINK_CAPS, w, MESSAGE_WORDS);
            if (err != ERR_OK && !(dcap.lost >> message->to_core & 1))
                log_line("monitor: capabilities: nothing sent to core %u: %s", message->to_core, err_text(err));
        }
    }
    if (own_count != 0) event_post(&link_waitset, &own_event);
}

static void handle(const struct dcap_message *message)
{
    struct dcap_outbox out;
    uint32_t faults = dcap.faults;
    cores_look();
    sender = message->from_core;
    dcap_step(&dcap, message, &out);
    if (dcap.faults != faults)
        log_line("monitor: capabilities: message %u from core %u cannot be", message->kind, message->from_core);
    out_send(&out);
}

static void own_run(struct event *event)
{
    (void)event;
    if (own_count == 0) return;
    struct dcap_message message = own[own_first];
    own_first = (own_first + 1) % DCAP_SELF_MAX;
    own_count--;
    handle(&message);
    if (own_count != 0) event_post(&link_waitset, &own_event);
}

static void message_arrived(coreid_t from, const uint64_t *w, unsigned words)
{
    struct dcap_message message;
    if (words < MESSAGE_WORDS) return;
    memcpy(&message, w, sizeof(message));
    message.from_core = (uint8_t)from;
    handle(&message);
}

static void core_lost(coreid_t core)
{
    struct dcap_outbox out;
    cores_look();
    for (bool more = true; more;) {
        more = dcap_core_lost(&dcap, core, &out);
        out_send(&out);
    }
}

/* Requests ----------------------------------------------------------------------------------------- */

static void request_begin(struct remote_request *asked)
{
    struct dcap_outbox out;
    struct dcap_request request = {
        .kind = (uint8_t)asked->kind,
        .source = {asked->dispatcher, asked->capref},
        .to_core = asked->core,
        .to = {asked->to, asked->tag},
        .client = (uintptr_t)asked,
    };
    if (asked->kind == DCAP_PERFORM) {
        struct dcap_source source = {.name = request.source};
        err_t err = kernel_look(NULL, &source);
        uint64_t bytes = asked->bytes != 0 ? asked->bytes : CNODE_L2_BYTES; /* the largest of fixed size */
        if (err == ERR_OK && __builtin_mul_overflow(bytes, asked->count, &request.call.bytes)) err = ERR_OVERFLOW;
        if (err != ERR_OK) {
            asked->done(asked, err);
            return;
        }
        request.call.low = source.cap.base + asked->offset;
        request.call.number = CALL_RETYPE;
        request.call.arguments[0] = asked->dst;
        request.call.arguments[1] = asked->offset;
        request.call.arguments[2] = asked->type | (uint64_t)asked->count << 32;
        request.call.arguments[3] = asked->bytes;
    }
    dcap_request(&dcap, &request, &out);
    out_send(&out);
}

/* Somebody has left word: a request, a freed block, or the kernel. */
static void word_run(struct event *event)
{
    (void)event;
    struct dcap_outbox out;
    cores_look();
    for (;;) {
        mutex_lock(&lock);
        struct remote_request *asked = asked_first;
        if (asked != NULL) asked_first = asked->next;
        mutex_unlock(&lock);
        if (asked == NULL) break;
        request_begin(asked);
    }
    dcap_note(&dcap, &out);
    out_send(&out);
}

static void ask(struct remote_request *request, unsigned kind)
{
    if (!started) {
        request->done(request, ERR_NOT_FOUND);
        return;
    }
    request->kind = kind;
    request->next = NULL;
    mutex_lock(&lock);
    if (asked_first != NULL)
        asked_last->next = request;
    else
        asked_first = request;
    asked_last = request;
    mutex_unlock(&lock);
    event_post(&link_waitset, &word_event);
}

void remote_caps_send(struct remote_request *request)
{
    ask(request, DCAP_SEND);
}

void remote_caps_revoke(struct remote_request *request)
{
    ask(request, DCAP_DELETE_BELOW);
}

void remote_caps_retype(struct remote_request *request)
{
    ask(request, DCAP_PERFORM);
}

void remote_caps_handle(enum remote_kind kind, err_t (*arrived)(coreid_t from, uint64_t tag, cptr_t cap))
{
    arrivals[kind] = arrived;
}

void remote_caps_note(void)
{
    if (started) event_post(&link_waitset, &word_event);
}

uint64_t remote_caps_sharers(paddr_t block)
{
    coreset_t mask = 0;
    dispatcher_disable(); /* the link's thread may be changing it */
    for (unsigned i = 0; i < dcap.entries; i++) {
        if (dcap.directory[i].key == block) mask = dcap.directory[i].mask;
    }
    dispatcher_enable();
    return mask;
}

err_t remote_caps_piece_move(unsigned piece, coreid_t to)
{
    struct dcap_outbox out;
    cores_look();
    err_t err = dcap_arena_move(&dcap, piece, to, &out);
    if (err != ERR_OK) return err;
    piece_move(cores_pieces(), piece, to);
    out_send(&out);
    return ERR_OK;
}

void remote_caps_piece_handle(void (*arrived)(paddr_t base))
{
    piece_arrived = arrived;
}

bool remote_caps_room(void)
{
    mutex_lock(&lock);
    bool room = freed_count < FREED_MAX;
    mutex_unlock(&lock);
    return room;
}

bool remote_caps_free(paddr_t base, uint64_t bytes)
{
    mutex_lock(&lock);
    bool room = freed_count < FREED_MAX;
    if (room) freed[(freed_first + freed_count++) % FREED_MAX] = (struct mem_range){base, bytes};
    mutex_unlock(&lock);
    if (room) event_post(&link_waitset, &word_event);
    return room;
}

void remote_caps_start(void (*drained)(void))
{
    room_again = drained;
    dcap_start(&dcap, &kernel, NULL, OWN, 0);
    started = true;
    link_handle(LINK_CAPS, message_arrived);
    link_on_loss(core_lost);
}
