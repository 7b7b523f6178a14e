/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What the protocol asks of its core's kernel (KERNEL_SHARED_* of the same names; kernel/shared_invoke.c). Each entry is one invocation, atomic with respect to everything
 * else on the core: it checks all that it names and then changes all that it says, or it returns an error and has changed
 * nothing. The protocol never relies on two of them happening without something in between.
 *
 * The words used below:
 *
 * A BLOCK is the extent that all capabilities made from one allocation carry (devices, interrupts and ids: that of the range the
 * kernel made at boot). It is named by its space and base; see dcap_block().
 *
 * A BLOCKSTATE is a kernel object, one for each block that is shared or under an operation, made from RAM that the monitor has given
 * the kernel for that. Fields: the block; fenced. While a core has none for a block, it is alone with what it holds in that block.
 * The block is HELD here if a capability in it is in the MDB: zombies and Mappings count, what is in flight does not.
 *
 * What the kernel itself does differently because of a BlockState, in everybody's system calls:
 *   CAP_COPY, MINT, VNODE_MAP, sending      block fenced: ERR_RETRY_THROUGH_MONITOR
 *   CAP_RETYPE, CAP_REVOKE, VNODE_MAP_RAM, CAP_SPLIT     block has a BlockState: ERR_RETRY_THROUGH_MONITOR (SPLIT: ERR_BLOCK)
 *   CAP_MOVE                                always allowed: the MDB knows where it has gone
 *   CAP_DELETE, and each slot of a zombie   always allowed. When the block is no longer held here: with a BlockState, that
 *                                           is queued as vacant and the monitor notified; without one, the block is
 *                                           queued as free as ever.
 *   any of them on a slot in flight         ERR_CAP_TYPE, but CAP_DELETE empties it, and that is all
 *
 * A slot's GENERATION is a number that `look` gives it unless it has one, and that it loses when its capability goes elsewhere, is deleted
 * or is split. No number is given twice on a core.
 *
 * A slot IN FLIGHT has its capability out of the MDB; it is on a list of the kernel with the number of its operation, until
 * move_end or until the slot is emptied.
 */
#ifndef CAPS_KERNEL_H
#define CAPS_KERNEL_H

#include <abi/captypes.h>
#include <abi/errors.h>
#include <abi/types.h>
#include <stdbool.h>

/* A capability by value, as it travels. Its type must be one that leaves its core. */
struct dcap_cap {
    uint64_t base, bytes;
    uint64_t block_base, block_bytes;
    uint8_t space; /* CAP_SPACE_* */
    uint8_t type;  /* CAP_* */
    uint8_t rights;
    uint8_t unused[5];
};

/* A slot by name: looked up with the rights of the dispatcher on whose behalf it is. */
struct dcap_name {
    uint64_t dispatcher; /* the monitor's cptr of it */
    capref_t capref;     /* in its CSpace */
};

/*
 * A capability that an operation has looked at before. `dcap_source` holds if the name still leads to a slot (not in
 * flight) with this generation and a usable capability equal to `cap` in every field, block extent included. Else ERR_L2_LOOKUP.
 */
struct dcap_source {
    struct dcap_name name;
    struct dcap_cap cap;
    uint32_t generation;
    uint32_t unused;
};

/* A system call that the kernel refused while the block was fenced or because it is shared. */
struct dcap_call {
    uint64_t number; /* system call and operation */
    uint64_t arguments[5];
    uint64_t low, bytes; /* what must not overlap anything made from the source; bytes 0: it creates nothing new */
};

enum dcap_settled {
    DCAP_NONE,      /* there was no BlockState */
    DCAP_KEPT,      /* there is one, and the block is held here */
    DCAP_EXCLUSIVE, /* there was one; the block is held here and nowhere else */
    DCAP_GONE       /* there was one; the block is not held here any more */
};

struct dcap_kernel {
    /* Fill in cap and generation of what the name leads to. Errors of look-up; ERR_COPY, ERR_UNCLEAN: not for other cores, or not yet. */
    err_t (*look)(void *context, struct dcap_source *source);

    /*
     * Begin a locked operation. Checks: source holds; to_leave: its type may leave its core and may be copied, else ERR_COPY.
     * Then: makes a BlockState for its block unless there is one (ERR_NO_MEMORY); `fence`: it is fenced.
     */
    err_t (*hold)(void *context, const struct dcap_source *source, bool to_leave, bool fence);

    /*
     * A capability arrives. Checks: the name leads to an empty slot (ERR_NO_SLOTS if not). Then: if `shared`, makes a BlockState for the block
     * unless there is one (ERR_NO_MEMORY); puts the capability into the slot and the MDB, as a copy if its object has one here.
     * Not shared: the block has no BlockState and is not held here; anything else is a fault of the protocol.
     * *has_state (shared, or on error): whether there is a BlockState now.
     */
    err_t (*install)(void *context, const struct dcap_cap *cap, const struct dcap_name *to, bool shared, bool *has_state);

    /*
     * Does a capability here, zombies and Mappings included, overlap [low, low + bytes) of source's space without being
     * a copy or an ancestor of `source`? (source itself need not be here.)
     */
    bool (*conflicts)(void *context, const struct dcap_cap *source, uint64_t low, uint64_t bytes);

    /* Do on the dispatcher's behalf what it asked for, as if there were no BlockState. Checks: source holds and is what the call names;
     * then as that system call. */
    err_t (*perform)(void *context, const struct dcap_source *source, const struct dcap_call *call);

    /* Fence the block. false: it has no BlockState. */
    bool (*fence)(void *context, const struct dcap_cap *block);

    /*
     * A bounded step of a revoke: delete copies and descendants of `cap`, Mappings (their entries cleared, their addresses
     * invalidated) and zombies with all that they contain. The slot of `keep`, if not NULL, stays as long as keep holds. ERR_AGAIN:
     * something is left; ERR_OK: nothing is. The block is fenced, so that nothing comes after. cap itself need not be here.
     */
    err_t (*sweep)(void *context, const struct dcap_cap *cap, const struct dcap_source *keep);

    /*
     * An operation ends here: lift the fence. If the block is not held here, remove its BlockState (GONE), from the
     * queue of vacant ones too. If it is held and `alone`, remove it (EXCLUSIVE). Unless there is none (NONE), block_bytes becomes the
     * BlockState's: what the operation knows of the block may be out of date.
     */
    enum dcap_settled (*settle)(void *context, struct dcap_cap *block, bool alone);

    /*
     * Begin a move. Checks: as hold with to_leave. ERR_RETRY_THROUGH_MONITOR: the block has a BlockState, or something else in
     * it is held here. Then: the slot is in flight for operation `op`. (An unclean object may move this way.)
     */
    err_t (*move_begin)(void *context, const struct dcap_source *source, unsigned op);

    /*
     * End it. The slot in flight for `op` is emptied if the capability arrived, else the capability is back in it and in the MDB, with a
     * new generation. No slot is in flight for op: it is gone; if the capability did not arrive, its block is queued as free.
     */
    void (*move_end)(void *context, const struct dcap_cap *cap, unsigned op, bool arrived);

    /* Delete source if it still holds (CAP_DELETE). */
    void (*drop)(void *context, const struct dcap_source *source);

    /* Take the oldest block off the queue of free ones; *bytes = 0: none. (KERNEL_DRAIN) */
    bool (*next_free)(void *context, struct dcap_cap *block);

    /* Take the oldest block off the queue of vacant ones; it keeps its BlockState. */
    bool (*next_vacant)(void *context, struct dcap_cap *block);

    /* Not of the kernel but of this core's mem: a block of one of its arenas is free. */
    void (*block_freed)(void *context, const struct dcap_cap *block);

    /* mem: an arena is this core's now, wholly free. */
    void (*arena_gained)(void *context, uint64_t base, uint64_t bytes);
};

#endif
