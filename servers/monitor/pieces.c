/* SPDX-License-Identifier: BSD-2-Clause */
/* See pieces.h. */
#include "pieces.h"

static uint64_t up(uint64_t value, uint64_t bytes)
{
    return (value + bytes - 1) & ~(bytes - 1);
}

/* Whole pieces of `bytes` in the ranges; those that fit are written down. */
static uint32_t cut(struct pieces *pieces, const struct bootinfo_range *ranges, uint32_t count, uint64_t bytes)
{
    uint32_t all = 0;
    for (uint32_t i = 0; i < count; i++) {
        uint64_t end = ranges[i].base + ranges[i].bytes;
        for (uint64_t base = up(ranges[i].base, bytes); base + bytes <= end; base += bytes) {
            if (all < PIECES_MAX) pieces->base[all] = base;
            all++;
        }
    }
    return all;
}

void pieces_make(struct pieces *pieces, const struct bootinfo_range *ranges, uint32_t count)
{
    pieces->bytes = PIECE_LEAST;
    while ((pieces->count = cut(pieces, ranges, count, pieces->bytes)) > PIECES_MAX) {
        pieces->bytes *= 2;
    }
    for (unsigned i = 0; i < PIECES_MAX; i++) {
        pieces->home[i] = pieces->origin[i] = 0;
    }
}

unsigned piece_find(const struct pieces *pieces, paddr_t address)
{
    unsigned low = 0, high = pieces->count;
    while (low < high) {
        unsigned middle = (low + high) / 2;
        if (pieces->base[middle] + pieces->bytes <= address)
            low = middle + 1;
        else
            high = middle;
    }
    return low < pieces->count && address >= pieces->base[low] ? low : PIECE_NONE;
}

coreid_t piece_home(const struct pieces *pieces, paddr_t address)
{
    unsigned piece = piece_find(pieces, address);
    return piece != PIECE_NONE ? pieces->home[piece] : 0;
}

void piece_move(struct pieces *pieces, unsigned piece, coreid_t home)
{
    pieces->home[piece] = (uint8_t)home;
    pieces->version++;
}

void pieces_deal(struct pieces *pieces, paddr_t base, uint64_t bytes, coreid_t core)
{
    for (unsigned i = 0; i < pieces->count; i++) {
        if (pieces->base[i] - base >= bytes) continue;
        pieces->origin[i] = (uint8_t)core;
        pieces->home[i] = (uint8_t)core;
    }
    pieces->version++;
}
