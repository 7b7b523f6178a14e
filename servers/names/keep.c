/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * names after names: the records of the table lie in memory that init keeps, and the endpoint of each in the kept slot of the same number, where it
 * is before the record counts. An endpoint that is gone says that its owner is: the kernel has taken all copies with the process.
 */
#include "names.h"
#include <caps/caps.h>
#include <kept/kept.h>
#include <stdlib.h>

#define LAYOUT 0x6e616d6500000001
#define CHUNK_BYTES (TABLE_CHUNK * sizeof(struct name_record))

static struct kept kept;

static struct name_record *records_of(uint32_t n)
{
    return (struct name_record *)kept.state + n * TABLE_CHUNK;
}

/* What is not used is FREE already. */
static err_t grow(uint32_t n, struct name_record **records, struct name_node **nodes)
{
    *records = records_of(n);
    *nodes = calloc(TABLE_CHUNK, sizeof(**nodes));
    return *nodes != NULL ? ERR_OK : ERR_NO_MEMORY;
}

static void shrink(uint32_t n, struct name_record *records, struct name_node *nodes)
{
    (void)n, (void)records;
    free(nodes);
}

/* Our own endpoint is of no use to a successor. */
static err_t keep(uint32_t index, cptr_t endpoint)
{
    return endpoint == SLOT_ENDPOINT ? ERR_OK : kept_put(&kept, index, endpoint);
}

static void forget(uint32_t index)
{
    kept_clear(&kept, index);
}

/* false: whose it was has ended. */
static bool record_revive(uint32_t index)
{
    struct name_record *record = name_table_at(&table, index);
    cptr_t endpoint = 0;
    struct owner *owner = NULL;
    if (record->flags & RECORD_REMOTE || record->state == RECORD_LEAVING) return true;
    if (record->state != RECORD_HOLDER && kept_get(&kept, index, &endpoint) != ERR_OK) endpoint = 0;
    bool lives = record->state == RECORD_HOLDER || endpoint != 0;
    if (record->state != RECORD_RIGHT && lives) owner = owner_get(record->pid);
    name_table_own(&table, index, owner != NULL ? &owner->names : NULL, endpoint);
    if (owner != NULL && record->state == RECORD_HOLDER) owner_holds(owner, index);
    return record->state == RECORD_RIGHT ? lives : owner != NULL;
}

static err_t table_recover(uint32_t chunks)
{
    for (uint32_t n = 0; n < chunks; n++) {
        struct name_node *nodes = calloc(TABLE_CHUNK, sizeof(*nodes));
        if (nodes == NULL) return ERR_NO_MEMORY;
        name_table_recover(&table, n, records_of(n), nodes);
    }
    name_table_recovered(&table);
    return ERR_OK;
}

err_t kept_table_start(void (*gone)(uint32_t index))
{
    err_t err = kept_open(&kept, LAYOUT);
    if (err != ERR_OK) return err;
    uint32_t chunks = (uint32_t)(kept.bytes / CHUNK_BYTES);
    if (chunks > kept.slots / TABLE_CHUNK) chunks = kept.slots / TABLE_CHUNK;
    if (chunks < table.chunks_most) table.chunks_most = chunks;
    table.grow = grow;
    table.shrink = shrink;
    table.keep = keep;
    table.forget = forget;
    name_table_init(&table);
    if (!kept.inherited) return ERR_OK;
    err = table_recover(table.chunks_most);
    bool spread = false;
    for (uint32_t i = name_table_next(&table, 0); i != NAME_NONE; i = name_table_next(&table, i + 1)) {
        spread |= (name_table_at(&table, i)->flags & (RECORD_TOLD | RECORD_REMOTE)) != 0;
    }
    if (spread) spread_resume();
    for (uint32_t i = name_table_next(&table, 0); i != NAME_NONE; i = name_table_next(&table, i + 1)) {
        if (!record_revive(i)) gone(i);
    }
    return err;
}
