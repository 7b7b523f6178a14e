/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What the protocol of caps/ asks of this core (caps/kernel.h): entries of the kernel, one for each question, mem, and whoever gets what
 * arrives. Blocks that the kernel has freed wait here until the protocol asks for them.
 */
#include "remote_kernel.h"
#include "remote_caps.h"
#include <caps/caps.h>
#include <caps/slots.h>
#include <idl/mem.h>
#include <threads/sync.h>

#define FREED_MAX 64

static coreid_t sender; /* of the message that is being handled */
static err_t (*arrivals[REMOTE_KINDS])(coreid_t from, uint64_t tag, cptr_t cap);
static void (*room_again)(void);
static void (*piece_arrived)(paddr_t base);

static struct mutex lock; /* of what follows */
static struct mem_range freed[FREED_MAX];
static unsigned freed_first, freed_count;

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
    if (call->number == REMOTE_CALL_NOTHING) return ERR_OK;
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

const struct dcap_kernel remote_kernel = {
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

void remote_kernel_sender(coreid_t core)
{
    sender = core;
}

void remote_caps_handle(enum remote_kind kind, err_t (*arrived)(coreid_t from, uint64_t tag, cptr_t cap))
{
    arrivals[kind] = arrived;
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

bool remote_kernel_freed(paddr_t base, uint64_t bytes)
{
    mutex_lock(&lock);
    bool room = freed_count < FREED_MAX;
    if (room) freed[(freed_first + freed_count++) % FREED_MAX] = (struct mem_range){base, bytes};
    mutex_unlock(&lock);
    return room;
}

void remote_kernel_start(void (*drained)(void))
{
    room_again = drained;
}
