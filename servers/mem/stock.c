/* SPDX-License-Identifier: BSD-2-Clause */
/* See stock.h. */
#include "stock.h"

#define LOOK 1024 /* regions, from the top, that are looked at for free pieces */

void stock_init(struct stock *stock, struct memory *memory, uint64_t margin)
{
    *stock = (struct stock){.memory = memory, .margin = margin};
}

/* Below this a core asks; with a margin more it is comfortable. */
static uint64_t low(const struct stock *stock)
{
    return stock->memory->kept + stock->margin;
}

static uint64_t comfortable(const struct stock *stock)
{
    return low(stock) + stock->margin;
}

static uint64_t free_bytes(const struct stock *stock)
{
    return stock->memory->map.free_bytes;
}

uint64_t stock_lack(const struct stock *stock)
{
    if (stock->piece == 0 || free_bytes(stock) >= low(stock)) return 0;
    return comfortable(stock) - free_bytes(stock);
}

uint64_t stock_lack_for(const struct stock *stock, uint64_t bytes)
{
    uint64_t need = bytes + stock->memory->kept;
    if (stock->piece == 0 || need < bytes) return 0;
    if (need > free_bytes(stock)) return need - free_bytes(stock);
    /* There is enough, but not in one place: a piece is. */
    return bytes <= stock->piece ? stock->piece : 0;
}

/* The highest piece of which nothing is in use. */
static bool piece_find(const struct stock *stock, paddr_t *base)
{
    uint64_t piece = stock->piece;
    const struct region *region = stock->memory->map.tail;
    for (unsigned i = 0; i < LOOK && region != NULL; i++, region = region->previous) {
        if (region->kind != REGION_FREE || region->bytes < piece) continue;
        *base = ((region->base + region->bytes) & ~(piece - 1)) - piece;
        if (*base >= region->base) return true;
    }
    return false;
}

static void foreign_forget(struct stock *stock, paddr_t base)
{
    for (uint32_t i = 0; i < stock->foreign_count; i++) {
        if (stock->foreign[i].base != base) continue;
        stock->foreign[i] = stock->foreign[--stock->foreign_count];
        return;
    }
}

static bool piece_give(struct stock *stock, paddr_t base)
{
    if (memory_give(stock->memory, base, stock->piece) != ERR_OK) return false;
    foreign_forget(stock, base);
    stock->given += stock->piece;
    return true;
}

uint32_t stock_give(struct stock *stock, uint64_t bytes, bool urgent, paddr_t *bases, uint32_t most)
{
    uint64_t stays = urgent ? stock->memory->kept : comfortable(stock);
    uint32_t count = 0;
    while (stock->piece != 0 && count < most && bytes != 0) {
        if (free_bytes(stock) < stays + stock->piece || !piece_find(stock, &bases[count])) break;
        if (!piece_give(stock, bases[count])) break;
        count++;
        bytes -= bytes < stock->piece ? bytes : stock->piece;
    }
    return count;
}

err_t stock_gain(struct stock *stock, paddr_t base, coreid_t origin, bool is_own)
{
    if (!is_own && stock->foreign_count == STOCK_PIECES) return ERR_TOO_MANY;
    err_t err = memory_add(stock->memory, base, stock->piece);
    if (err != ERR_OK) return err;
    if (!is_own) stock->foreign[stock->foreign_count++] = (struct stock_piece){base, origin};
    stock->gained += stock->piece;
    return ERR_OK;
}

static bool is_free(const struct stock *stock, paddr_t base)
{
    const struct region *region = region_find(&stock->memory->map, base);
    return region != NULL && region->kind == REGION_FREE && region->base + region->bytes - base >= stock->piece;
}

/* The first foreign piece that can go, or foreign_count. */
static uint32_t surplus_find(const struct stock *stock)
{
    if (stock->foreign_count == 0 || free_bytes(stock) < comfortable(stock) + stock->piece) return stock->foreign_count;
    uint32_t i = 0;
    while (i < stock->foreign_count && !is_free(stock, stock->foreign[i].base)) {
        i++;
    }
    return i;
}

bool stock_has_surplus(const struct stock *stock)
{
    return surplus_find(stock) < stock->foreign_count;
}

uint32_t stock_return(struct stock *stock, struct stock_piece *pieces, uint32_t most)
{
    uint32_t count = 0;
    while (count < most) {
        uint32_t i = surplus_find(stock);
        if (i == stock->foreign_count) break;
        struct stock_piece piece = stock->foreign[i];
        if (!piece_give(stock, piece.base)) break;
        pieces[count++] = piece;
    }
    return count;
}
