/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * names after names: the records of the table lie in memory that outlives us, and the endpoint of each in a kept slot, where it
 * is before the record counts. An endpoint that is gone says that its owner is: the kernel has taken all copies with the process.
 *
 * init keeps an L1CNode and the first slots in it, one for each chunk of the table. What a chunk is made of is a block of our own: a
 * frame with its records, whose copy in that slot is put there last and says that the chunk is whole, and L2CNodes for its
 * endpoints, which go straight into the L1CNode. So there is memory for as many names as there were, and a chunk stays for the next.
 */
#include "names.h"
#include <caps/caps.h>
#include <kept/kept.h>
#include <paging/paging.h>
#include <paging/ram.h>
#include <stdlib.h>

#define LAYOUT 0x6e616d6500000002
#define FRAMES 192            /* slots that init gave: of the chunks' frames */
#define FRAME_OF(n) ((n) + 1) /* slot 0 cannot be named */
_Static_assert(TABLE_CHUNKS_MAX < FRAMES && FRAMES % CNODE_L2_SLOTS == 0, "each chunk's frame has a slot");
#define CHUNK_NODES (TABLE_CHUNK / CNODE_L2_SLOTS)
#define CHUNK_BYTES ((TABLE_CHUNK * sizeof(struct name_record) + PAGE_MASK) & ~(uint64_t)PAGE_MASK)

static struct kept kept;
static struct name_record *made[TABLE_CHUNKS_MAX]; /* records of chunks that there are */

/* Where the i-th L2CNode of chunk n belongs. */
static capref_t node_of(uint32_t n, uint32_t i)
{
    return CAPREF(kept.cnode, CPTR_L1 | (FRAMES / CNODE_L2_SLOTS + n * CHUNK_NODES + i));
}

static err_t chunk_map(uint32_t n, cptr_t frame)
{
    vaddr_t va;
    err_t err = paging_map(frame, 0, CHUNK_BYTES, MAP_READ | MAP_WRITE, 0, "names", &va);
    if (err == ERR_OK) made[n] = (struct name_record *)va;
    return err;
}

/* L2CNodes may be there already: a predecessor's, which did not get as far as to its records. */
static err_t nodes_make(uint32_t n, cptr_t block)
{
    err_t err = ERR_OK;
    for (uint32_t i = 0; i < CHUNK_NODES && err == ERR_OK; i++) {
        while (cap_delete(node_of(n, i)) == ERR_AGAIN)
            ;
        err = cap_retype(node_of(n, i), block, CHUNK_BYTES + i * CNODE_L2_BYTES, CAP_L2CNODE, 0, 1);
    }
    return err;
}

static err_t chunk_make(uint32_t n)
{
    cptr_t block, frame = 0;
    err_t err = ram_alloc(CHUNK_BYTES + CHUNK_NODES * CNODE_L2_BYTES, &block);
    if (err != ERR_OK) return err;
    err = nodes_make(n, block);
    if (err == ERR_OK) err = cap_retype_new(&frame, block, 0, CAP_FRAME, CHUNK_BYTES);
    if (err == ERR_OK) err = chunk_map(n, frame);
    if (err == ERR_OK) err = kept_put(&kept, FRAME_OF(n), frame);
    if (err != ERR_OK) {
        if (made[n] != NULL) paging_unmap((vaddr_t)made[n], CHUNK_BYTES);
        made[n] = NULL;
        cap_revoke(block);
    }
    cap_free(frame);
    cap_free(block);
    return err;
}

/* What is not used is FREE already. */
static err_t grow(uint32_t n, struct name_record **records, struct name_node **nodes)
{
    *nodes = calloc(TABLE_CHUNK, sizeof(**nodes));
    err_t err = *nodes == NULL ? ERR_NO_MEMORY : ERR_OK;
    if (err == ERR_OK && made[n] == NULL) err = chunk_make(n);
    if (err != ERR_OK) free(*nodes);
    *records = made[n];
    return err;
}

static void shrink(uint32_t n, struct name_record *records, struct name_node *nodes)
{
    (void)n, (void)records;
    free(nodes);
}

/* Our own endpoint is of no use to a successor. */
static err_t keep(uint32_t index, cptr_t endpoint)
{
    return endpoint == SLOT_ENDPOINT ? ERR_OK : kept_put(&kept, FRAMES + index, endpoint);
}

static void forget(uint32_t index)
{
    kept_clear(&kept, FRAMES + index);
}

/* false: whose it was has ended. */
static bool record_revive(uint32_t index)
{
    struct name_record *record = name_table_at(&table, index);
    cptr_t endpoint = 0;
    struct owner *owner = NULL;
    if (record->flags & RECORD_REMOTE || record->state == RECORD_LEAVING) return true;
    if (record->state != RECORD_HOLDER && kept_get(&kept, FRAMES + index, &endpoint) != ERR_OK) endpoint = 0;
    bool lives = record->state == RECORD_HOLDER || endpoint != 0;
    if (record->state != RECORD_RIGHT && lives) owner = owner_get(record->pid);
    name_table_own(&table, index, owner != NULL ? &owner->names : NULL, endpoint);
    if (owner != NULL && record->state == RECORD_HOLDER) owner_holds(owner, index);
    return record->state == RECORD_RIGHT ? lives : owner != NULL;
}

static err_t table_recover(void)
{
    for (uint32_t n = 0; n < table.chunks_most; n++) {
        cptr_t frame;
        if (kept_get(&kept, FRAME_OF(n), &frame) != ERR_OK) continue;
        err_t err = chunk_map(n, frame);
        cap_free(frame);
        struct name_node *nodes = err == ERR_OK ? calloc(TABLE_CHUNK, sizeof(*nodes)) : NULL;
        if (nodes == NULL) return err != ERR_OK ? err : ERR_NO_MEMORY;
        name_table_recover(&table, n, made[n], nodes);
    }
    name_table_recovered(&table);
    return ERR_OK;
}

err_t kept_table_start(void (*gone)(uint32_t index))
{
    err_t err = kept_open(&kept, LAYOUT);
    if (err != ERR_OK) return err;
    kept.slots = FRAMES + table.chunks_most * TABLE_CHUNK;
    table.grow = grow;
    table.shrink = shrink;
    table.keep = keep;
    table.forget = forget;
    name_table_init(&table);
    if (!kept.inherited) return ERR_OK;
    err = table_recover();
    if (err != ERR_OK) return err;
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
