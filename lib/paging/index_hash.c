/* SPDX-License-Identifier: BSD-2-Clause */
/* The index of page tables as a hash table with chains, keyed by level and first address. Changed while disabled only. */
#include "vspace.h"

#define BUCKETS 128

static struct table *buckets[BUCKETS];

static struct table **bucket(unsigned level, vaddr_t base)
{
    uint64_t number = base >> (level_shift(level) + 9);
    return &buckets[(number ^ number >> 9 ^ level * 37) % BUCKETS];
}

struct table *index_find(unsigned level, vaddr_t base)
{
    struct table *table = *bucket(level, base);
    while (table && (table->va != base || table->level != level))
        table = table->next;
    return table;
}

void index_insert(struct table *table)
{
    struct table **head = bucket(table->level, table->va);
    table->next = *head;
    *head = table;
}

void index_remove(struct table *table)
{
    struct table **link = bucket(table->level, table->va);
    while (*link && *link != table)
        link = &(*link)->next;
    if (*link) *link = table->next;
}
