/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What a service leaves to its successor: memory (the state) and capabilities (the kept slots), both of init, which passes the same ones to every
 * process that it starts for the service.
 *
 *     struct kept kept;
 *     err_t err = kept_open(&kept, LAYOUT);           -> kept.state, kept.bytes, kept.slots; kept.inherited: somebody was here before
 *     err = kept_put(&kept, n, cptr);                 a copy of cptr into kept slot n
 *     record->... = ...; kept_commit(&record->valid, 1);
 *     err = kept_get(&kept, n, &cptr);                a copy in a fresh slot of one's own, later, perhaps in the successor
 *
 * The service may be killed between any two instructions. So: what a record says comes first, then the one word that makes it valid;
 * the capability before the record; and at the end in the opposite order. Kept capabilities are copies: whoever gives something up
 * clears its kept slot as well, or it stays alive.
 */
#ifndef KEPT_KEPT_H
#define KEPT_KEPT_H

#include <abi/errors.h>
#include <abi/types.h>
#include <stdbool.h>

#define KEPT_STATE_NAME "state" /* of the passed capabilities: a Frame, */
#define KEPT_SLOTS_NAME "kept"  /* and an L1CNode, full of L2CNodes from its slot 0 on */

struct kept {
    void *state;         /* mapped; zeros if nobody was here before */
    uint64_t bytes;      /* of it */
    uint32_t slots;      /* kept slots: 1 to slots - 1, since no capability is called 0 */
    uint32_t slots_most; /* that kept_grow() can make of them */
    bool inherited;      /* the state is a predecessor's, of the same layout */
    cptr_t frame, cnode;
};

/*
 * `layout` is a number, not 0, that changes whenever the state's layout does. A state of another layout is emptied, its slots too.
 * ERR_NOT_FOUND: init gave nothing. The state begins behind a header of KEPT_HEADER_BYTES.
 */
#define KEPT_HEADER_BYTES 64
err_t kept_open(struct kept *kept, uint64_t layout);
/* The same, with the state (its header first) at `va`: for a layout with addresses in it. */
err_t kept_open_at(struct kept *kept, uint64_t layout, vaddr_t va);

/* 64 slots more, in RAM of one's own, which stays the successors'. ERR_OVERFLOW: there are slots_most; ERR_NO_MEMORY, .... */
err_t kept_grow(struct kept *kept);

/* Slot n becomes a copy of `cap`, whatever it was. ERR_OVERFLOW: there is no such slot. */
err_t kept_put(const struct kept *kept, uint32_t n, cptr_t cap);
/* A copy of what is in slot n, in a fresh slot. ERR_OVERFLOW: there is no such; ERR_L2_LOOKUP: it is empty. */
err_t kept_get(const struct kept *kept, uint32_t n, cptr_t *cap);
/* Slot n is empty from now on; fine if it was. */
void kept_clear(const struct kept *kept, uint32_t n);

/* Where a host test may kill. */
#ifdef HOST_TEST
void kept_step(void);
#define KEPT_STEP() kept_step()
#else
#define KEPT_STEP() (void)0
#endif

/* Everything that was written before is in memory before `value` is in *word: for whoever looks after a kill. */
static inline void kept_commit(uint32_t *word, uint32_t value)
{
    KEPT_STEP();
    __atomic_store_n(word, value, __ATOMIC_RELEASE);
    __atomic_signal_fence(__ATOMIC_SEQ_CST);
    KEPT_STEP();
}

#endif
