/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The index of page tables as a radix tree for each level, whose nodes are the tables themselves: below a table hang
 * those that agree with it in one octal digit more of their number, lowest digits first, so that neighbours spread. No
 * memory but the links in the tables, and never deeper than a number has digits, plus one. Changed while disabled only.
 */
#include "vspace.h"

#define DIGIT_BITS 3

_Static_assert(INDEX_LINKS == 1 << DIGIT_BITS, "one link for each value of a digit");

static struct table *roots[4]; /* by level */

static uint64_t number_of(unsigned level, vaddr_t base)
{
    return base >> (level_shift(level) + 9);
}

/* Where the table is linked, or would be. */
static struct table **place_of(unsigned level, vaddr_t base)
{
    struct table **place = &roots[level];
    for (uint64_t left = number_of(level, base); *place && (*place)->va != base; left >>= DIGIT_BITS)
        place = &(*place)->link[left % INDEX_LINKS];
    return place;
}

struct table *index_find(unsigned level, vaddr_t base)
{
    return *place_of(level, base);
}

void index_insert(struct table *table)
{
    *place_of(table->level, table->va) = table;
    for (unsigned i = 0; i < INDEX_LINKS; i++)
        table->link[i] = 0;
}

/* The first table below the one at `place`, or 0. */
static struct table **below(struct table **place)
{
    for (unsigned i = 0; i < INDEX_LINKS; i++) {
        if ((*place)->link[i]) return &(*place)->link[i];
    }
    return 0;
}

/* Anything below a table may take its place; what has nothing below itself leaves no hole. */
void index_remove(struct table *table)
{
    struct table **place = place_of(table->level, table->va);
    struct table **last = place;
    if (*place != table) return;
    for (struct table **next = below(last); next; next = below(last))
        last = next;
    struct table *heir = *last;
    *last = 0;
    if (heir == table) return;
    for (unsigned i = 0; i < INDEX_LINKS; i++)
        heir->link[i] = table->link[i];
    *place = heir;
}

static void count_below(const struct table *table, unsigned looks, uint32_t *tables_at, unsigned count)
{
    if (!table) return;
    tables_at[looks < count ? looks : count - 1]++;
    for (unsigned i = 0; i < INDEX_LINKS; i++)
        count_below(table->link[i], looks + 1, tables_at, count);
}

void index_looks(uint32_t *tables_at, unsigned count)
{
    for (unsigned level = 1; level <= 3; level++)
        count_below(roots[level], 1, tables_at, count);
}
