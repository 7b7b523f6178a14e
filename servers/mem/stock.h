/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What mem decides about the RAM of several cores: when its own runs low, what it gives to a core that asks, what it returns. RAM goes
 * from core to core in pieces: all of one size and aligned to it. A piece has an origin, the core that it was dealt to at boot; what is
 * somebody else's goes back there when nothing of it is in use and there is plenty.
 *
 * The thresholds lie apart, so that nothing goes to and fro: below `low` a core asks for as much as makes it comfortable
 * (low + margin); what it gives leaves it comfortable, unless a client of the asker waits, when it leaves only what is kept back; it
 * returns a piece only if it is comfortable without. Pure.
 */
#ifndef MEM_STOCK_H
#define MEM_STOCK_H

#include "memory.h"

#define STOCK_PIECES 64 /* of the machine, at most */

struct stock_piece {
    paddr_t base;
    coreid_t origin;
};

struct stock {
    struct memory *memory;
    uint64_t piece;  /* bytes of one; 0: there are no other cores */
    uint64_t margin; /* bytes */
    struct stock_piece foreign[STOCK_PIECES];
    uint32_t foreign_count;
    uint64_t given, gained; /* bytes ever */
};

void stock_init(struct stock *stock, struct memory *memory, uint64_t margin);

/* How much to ask others for, in advance; 0: there is enough. */
uint64_t stock_lack(const struct stock *stock);
/* The same for an allocation of `bytes` that finds no memory; 0: nobody can help. */
uint64_t stock_lack_for(const struct stock *stock, uint64_t bytes);

/* Another core asks for `bytes`: the pieces that it gets, at most `most`, which are not here any more. `urgent`: a client of its waits. */
uint32_t stock_give(struct stock *stock, uint64_t bytes, bool urgent, paddr_t *bases, uint32_t most);

/* A piece is this core's. ERR_AGAIN: no record; try again. ERR_REGION_BUSY: it is here already. */
err_t stock_gain(struct stock *stock, paddr_t base, coreid_t origin, bool is_own);

/* Is there anything to return? */
bool stock_has_surplus(const struct stock *stock);
/* Pieces that go back to where they come from, at most `most`, which are not here any more. */
uint32_t stock_return(struct stock *stock, struct stock_piece *pieces, uint32_t most);

#endif
