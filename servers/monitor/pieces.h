/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The RAM of the machine in pieces of one size, and which core is the home of each: a table in the frame that all monitors share.
 * Only a piece's home writes who it is next, and says so in messages then (caps/arenas.c); a piece that a core was
 * dealt at boot has that core as its origin. What is in no piece (the ends of banks) is core 0's.
 */
#ifndef MONITOR_PIECES_H
#define MONITOR_PIECES_H

#include <abi/bootinfo.h>
#include <abi/types.h>
#include <stdatomic.h>
#include <stdbool.h>

#define PIECES_MAX 64
#define PIECE_LEAST (2 * MIB) /* what a kernel's direct map is made of */
#define PIECE_NONE PIECES_MAX

struct pieces {
    uint64_t bytes; /* of each */
    uint32_t count;
    _Atomic uint32_t version; /* of `home` */
    uint64_t base[PIECES_MAX];
    uint8_t origin[PIECES_MAX]; /* core 0's to write, before a core starts */
    _Atomic uint8_t home[PIECES_MAX];
};

/* Cut these ranges into pieces, as small as there is room for in the table. All are core 0's. */
void pieces_make(struct pieces *pieces, const struct bootinfo_range *ranges, uint32_t count);

/* The piece with this address; PIECE_NONE. */
unsigned piece_find(const struct pieces *pieces, paddr_t address);
coreid_t piece_home(const struct pieces *pieces, paddr_t address);
void piece_move(struct pieces *pieces, unsigned piece, coreid_t home);

/* All pieces in a range are dealt to a core, or come back to core 0. */
void pieces_deal(struct pieces *pieces, paddr_t base, uint64_t bytes, coreid_t core);

#endif
