/* SPDX-License-Identifier: BSD-2-Clause */
/* The index of page tables as one list, the newest first. Changed while disabled only. */
#include "vspace.h"

static struct table *tables;

struct table *index_find(unsigned level, vaddr_t base)
{
    struct table *table = tables;
    while (table && (table->va != base || table->level != level))
        table = table->link[0];
    return table;
}

void index_insert(struct table *table)
{
    table->link[0] = tables;
    tables = table;
}

void index_remove(struct table *table)
{
    struct table **link = &tables;
    while (*link && *link != table)
        link = &(*link)->link[0];
    if (*link) *link = table->link[0];
}

void index_looks(uint32_t *tables_at, unsigned count)
{
    unsigned looks = 0;
    for (struct table *table = tables; table; table = table->link[0]) {
        if (looks + 1 < count) looks++;
        tables_at[looks]++;
    }
}
