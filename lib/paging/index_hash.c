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
        table = table->link[0];
    return table;
}

void index_insert(struct table *table)
{
    struct table **head = bucket(table->level, table->va);
    table->link[0] = *head;
    *head = table;
}

void index_remove(struct table *table)
{
    struct table **link = bucket(table->level, table->va);
    while (*link && *link != table)
        link = &(*link)->link[0];
    if (*link) *link = table->link[0];
}

void index_looks(uint32_t *tables_at, unsigned count)
{
    for (unsigned i = 0; i < BUCKETS; i++) {
        unsigned looks = 0;
        for (struct table *table = buckets[i]; table; table = table->link[0]) {
            if (looks + 1 < count) looks++;
            tables_at[looks]++;
        }
    }
}
