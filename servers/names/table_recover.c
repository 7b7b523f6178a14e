/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What a successor makes of the records that the one before it has left: everything that is not in them. It writes to none but, at its caller's wish, where a
 * record's endpoint is.
 */
#include "table_parts.h"
#include <string.h>

void name_table_recover(struct name_table *table, uint32_t n, struct name_record *records, struct name_node *nodes)
{
    table->chunk[n] = (struct name_chunk){.records = records, .nodes = nodes};
    memset(nodes, 0, TABLE_CHUNK * sizeof(*nodes));
}

uint32_t name_table_next(const struct name_table *table, uint32_t from)
{
    for (uint32_t index = from; index < TABLE_CHUNKS_MAX * TABLE_CHUNK; index++) {
        if (table->chunk[index / TABLE_CHUNK].records == NULL) {
            index |= TABLE_CHUNK - 1;
        } else if (name_table_at(table, index)->state != RECORD_FREE) {
            return index;
        }
    }
    return NAME_NONE;
}

/* `hash` of a node marks a record in use; what is not marked afterwards is free. */
static void recover_free(struct name_table *table)
{
    for (uint32_t n = 0; n < TABLE_CHUNKS_MAX; n++) {
        struct name_chunk *chunk = &table->chunk[n];
        if (chunk->records == NULL) continue;
        chunk->free = TABLE_CHUNK;
        for (uint32_t i = TABLE_CHUNK; i-- > 0;) {
            chunk->used += chunk->nodes[i].hash;
            if (chunk->nodes[i].hash != 0) continue;
            chunk->nodes[i].pending_next = chunk->free;
            chunk->free = i;
        }
        if (chunk->used > 0 || n == 0) continue;
        table->shrink(n, chunk->records, chunk->nodes);
        chunk->records = NULL;
    }
}

/* Pending ones in the order of their sequence: each time the lowest above the last one. */
static void recover_pending(struct name_table *table)
{
    for (uint64_t last = 0;;) {
        uint32_t lowest = NAME_NONE;
        for (uint32_t i = name_table_next(table, 0); i != NAME_NONE; i = name_table_next(table, i + 1)) {
            const struct name_record *record = name_table_at(table, i);
            bool pending = record->state == RECORD_CLAIMED || record->state == RECORD_LEAVING;
            if (!pending || record->sequence <= last) continue;
            if (lowest == NAME_NONE || record->sequence < name_table_at(table, lowest)->sequence) lowest = i;
        }
        if (lowest == NAME_NONE) return;
        table_pending_add(table, lowest);
        last = name_table_at(table, lowest)->sequence;
    }
}

void name_table_recovered(struct name_table *table)
{
    for (uint32_t i = name_table_next(table, 0); i != NAME_NONE; i = name_table_next(table, i + 1)) {
        for (uint32_t used = i; used != NAME_NONE; used = name_table_at(table, used)->more) {
            name_table_node(table, used)->hash = 1;
        }
        if (name_table_at(table, i)->sequence > table->sequence) table->sequence = name_table_at(table, i)->sequence;
    }
    recover_free(table);
    recover_pending(table);
    for (uint32_t i = name_table_next(table, 0); i != NAME_NONE; i = name_table_next(table, i + 1)) {
        if (name_table_at(table, i)->state == RECORD_NAMED) table_index_add(table, i);
    }
}

void name_table_own(struct name_table *table, uint32_t index, struct name_owner *owner, cptr_t endpoint)
{
    name_table_at(table, index)->endpoint = endpoint;
    table_owner_add(table, owner, index);
}
