/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Records and what is made of them: names_table.h. Where the order of two writes to records matters there is a step() between them, so
 * that neither the compiler moves one over the other nor a test misses what lies between.
 */
#include "table_parts.h"
#include <stdatomic.h>
#include <string.h>

#define AT(index) ((index) % TABLE_CHUNK)

struct name_record *name_table_at(const struct name_table *table, uint32_t index)
{
    return &table->chunk[index / TABLE_CHUNK].records[AT(index)];
}

struct name_node *name_table_node(const struct name_table *table, uint32_t index)
{
    return &table->chunk[index / TABLE_CHUNK].nodes[AT(index)];
}

static void step(const struct name_table *table)
{
    atomic_signal_fence(memory_order_seq_cst);
    if (table->step != NULL) table->step(table);
}

static void state_set(struct name_table *table, uint32_t index, enum record_state state)
{
    step(table);
    *(volatile uint32_t *)&name_table_at(table, index)->state = state;
    step(table);
}

void name_table_init(struct name_table *table)
{
    table->count = 0;
    table->sequence = 0;
    table->pending_first = table->pending_last = NAME_NONE;
    memset(table->chunk, 0, sizeof(table->chunk));
    for (uint32_t i = 0; i < TABLE_HASHES; i++) {
        table->hash_first[i] = NAME_NONE;
    }
}

static bool is_name_char(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.' || c == '_' || c == '-';
}

bool name_valid(const char *name)
{
    size_t length = 0;
    while (length <= NAME_MAX_LENGTH && name[length] != 0) {
        if (!is_name_char(name[length++])) return false;
    }
    return length > 0 && length <= NAME_MAX_LENGTH;
}

/* Memory. */

static void record_put_back(struct name_table *table, uint32_t index)
{
    uint32_t n = index / TABLE_CHUNK;
    struct name_chunk *chunk = &table->chunk[n];
    name_table_node(table, index)->pending_next = chunk->free;
    chunk->free = AT(index);
    chunk->used--;
    if (chunk->used > 0 || n == 0) return;
    table->shrink(n, chunk->records, chunk->nodes);
    chunk->records = NULL;
}

static err_t chunk_grow(struct name_table *table, uint32_t n)
{
    struct name_chunk *chunk = &table->chunk[n];
    err_t err = table->grow(n, &chunk->records, &chunk->nodes);
    if (err != ERR_OK) {
        chunk->records = NULL;
        return err;
    }
    chunk->used = 0;
    chunk->free = 0;
    for (uint32_t i = 0; i < TABLE_CHUNK; i++) {
        chunk->nodes[i].pending_next = i + 1;
    }
    return ERR_OK;
}

/* From the first chunk that has room, so that the last ones get empty. */
static err_t record_take(struct name_table *table, uint32_t *index)
{
    uint32_t n = 0;
    while (n < table->chunks_most && table->chunk[n].records != NULL && table->chunk[n].used == TABLE_CHUNK) {
        n++;
    }
    if (n == table->chunks_most) return ERR_TOO_MANY;
    struct name_chunk *chunk = &table->chunk[n];
    err_t err = chunk->records == NULL ? chunk_grow(table, n) : ERR_OK;
    if (err != ERR_OK) return err;
    *index = n * TABLE_CHUNK + chunk->free;
    chunk->free = chunk->nodes[chunk->free].pending_next;
    chunk->used++;
    return ERR_OK;
}

/* A record that is FREE by its state, with all the text behind it. */
static void records_free(struct name_table *table, uint32_t index)
{
    while (index != NAME_NONE) {
        uint32_t more = name_table_at(table, index)->more;
        record_put_back(table, index);
        index = more;
    }
}

/* Records for a text, the last one first, so that each points to what is there already. */
static err_t text_store(struct name_table *table, const char *text, uint32_t *first)
{
    size_t parts = (strlen(text) + RECORD_TEXT - 1) / RECORD_TEXT;
    *first = NAME_NONE;
    while (parts-- > 0) {
        uint32_t index;
        err_t err = record_take(table, &index);
        if (err != ERR_OK) {
            records_free(table, *first);
            return err;
        }
        struct name_record *record = name_table_at(table, index);
        record->state = RECORD_FREE;
        record->more = *first;
        strncpy(record->text, text + parts * RECORD_TEXT, RECORD_TEXT);
        step(table);
        *first = index;
    }
    return ERR_OK;
}

void name_table_properties(const struct name_table *table, uint32_t index, char *text)
{
    size_t at = 0;
    uint32_t more = name_table_at(table, index)->more;
    memset(text, 0, PROPERTIES_MAX + 1);
    while (more != NAME_NONE && at < PROPERTIES_MAX) {
        const struct name_record *record = name_table_at(table, more);
        size_t room = PROPERTIES_MAX - at < RECORD_TEXT ? PROPERTIES_MAX - at : RECORD_TEXT;
        memcpy(text + at, record->text, room);
        at += room;
        more = record->more;
    }
}

/* Finding. */

static uint32_t hash_of(const struct name_table *table, const char *name)
{
    uint32_t hash = table->seed;
    for (; *name != 0; name++) {
        hash = (hash ^ (uint8_t)*name) * 0x01000193;
        hash ^= hash >> 15;
    }
    return hash;
}

uint32_t name_table_find(const struct name_table *table, const char *name)
{
    uint32_t hash = hash_of(table, name);
    uint32_t index = table->hash_first[hash % TABLE_HASHES];
    while (index != NAME_NONE) {
        const struct name_node *node = name_table_node(table, index);
        if (node->hash == hash && strcmp(name_table_at(table, index)->name, name) == 0) return index;
        index = node->hash_next;
    }
    return NAME_NONE;
}

static void hash_add(struct name_table *table, uint32_t index)
{
    struct name_node *node = name_table_node(table, index);
    node->hash = hash_of(table, name_table_at(table, index)->name);
    node->hash_next = table->hash_first[node->hash % TABLE_HASHES];
    table->hash_first[node->hash % TABLE_HASHES] = index;
}

static void hash_remove(struct name_table *table, uint32_t index)
{
    struct name_node *node = name_table_node(table, index);
    uint32_t *at = &table->hash_first[node->hash % TABLE_HASHES];
    while (*at != index) {
        at = &name_table_node(table, *at)->hash_next;
    }
    *at = node->hash_next;
}

/* The first position whose name is not less; or greater, if `after`. */
static uint32_t position_find(const struct name_table *table, const char *name, bool after)
{
    uint32_t low = 0, high = table->count;
    while (low < high) {
        uint32_t middle = low + (high - low) / 2;
        int order = strcmp(name_table_at(table, table->sorted[middle])->name, name);
        if (order < 0 || (order == 0 && after)) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return low;
}

uint32_t name_table_after(const struct name_table *table, const char *after)
{
    return position_find(table, after, true);
}

void table_index_add(struct name_table *table, uint32_t index)
{
    uint32_t position = position_find(table, name_table_at(table, index)->name, false);
    uint32_t *at = &table->sorted[position];
    memmove(at + 1, at, (table->count - position) * sizeof(*at));
    *at = index;
    table->count++;
    hash_add(table, index);
}

static void index_remove(struct name_table *table, uint32_t index)
{
    uint32_t position = position_find(table, name_table_at(table, index)->name, false);
    uint32_t *at = &table->sorted[position];
    table->count--;
    memmove(at, at + 1, (table->count - position) * sizeof(*at));
    hash_remove(table, index);
}

/* Owners. */

void table_owner_add(struct name_table *table, struct name_owner *owner, uint32_t index)
{
    struct name_node *node = name_table_node(table, index);
    node->owner = owner;
    if (owner == NULL) return;
    node->own_previous = NAME_NONE;
    node->own_next = owner->first;
    if (owner->first != NAME_NONE) name_table_node(table, owner->first)->own_previous = index;
    owner->first = index;
    owner->count++;
}

void name_table_orphan(struct name_table *table, uint32_t index)
{
    struct name_node *node = name_table_node(table, index);
    if (node->owner == NULL) return;
    if (node->own_previous == NAME_NONE) {
        node->owner->first = node->own_next;
    } else {
        name_table_node(table, node->own_previous)->own_next = node->own_next;
    }
    if (node->own_next != NAME_NONE) name_table_node(table, node->own_next)->own_previous = node->own_previous;
    node->owner->count--;
    node->owner = NULL;
}

/* Pending. */

void table_pending_add(struct name_table *table, uint32_t index)
{
    name_table_node(table, index)->pending_next = NAME_NONE;
    if (table->pending_last == NAME_NONE) {
        table->pending_first = index;
    } else {
        name_table_node(table, table->pending_last)->pending_next = index;
    }
    table->pending_last = index;
}

static uint32_t pending_take(struct name_table *table)
{
    uint32_t index = table->pending_first;
    table->pending_first = name_table_node(table, index)->pending_next;
    if (table->pending_first == NAME_NONE) table->pending_last = NAME_NONE;
    return index;
}

/* Changes. */

err_t name_table_add(struct name_table *table, const struct name_new *new, enum record_state state, uint32_t *made)
{
    uint32_t index, more;
    if (!name_valid(new->name)) return ERR_INVALID;
    if (state < RECORD_HOLDER && name_table_find(table, new->name) != NAME_NONE) return ERR_EXISTS;
    if (new->owner != NULL &&new->owner->count >= table->per_owner) return ERR_TOO_MANY;
    err_t err = text_store(table, new->properties, &more);
    if (err != ERR_OK) return err;
    err = record_take(table, &index);
    if (err != ERR_OK) {
        records_free(table, more);
        return err;
    }
    struct name_record *record = name_table_at(table, index);
    *record = (struct name_record){.flags = new->flags, .more = more, .number = new->number};
    strcpy(record->name, new->name);
    record->pid = new->pid;
    record->sequence = ++table->sequence;
    record->endpoint = new->endpoint;
    name_table_node(table, index)->token = NULL;
    err = new->endpoint != 0 && table->keep != NULL ? table->keep(index, new->endpoint) : ERR_OK;
    if (err != ERR_OK) {
        records_free(table, index);
        return err;
    }
    state_set(table, index, state);
    table_owner_add(table, new->owner, index);
    if (state == RECORD_NAMED) table_index_add(table, index);
    if (state == RECORD_CLAIMED) table_pending_add(table, index);
    if (made != NULL) *made = index;
    return ERR_OK;
}

void name_table_flag(struct name_table *table, uint32_t index, uint32_t flag)
{
    name_table_at(table, index)->flags |= flag;
    step(table);
}

void name_table_publish(struct name_table *table)
{
    uint32_t index = pending_take(table);
    state_set(table, index, RECORD_NAMED);
    table_index_add(table, index);
}

static void forget(struct name_table *table, uint32_t index)
{
    if (table->forget != NULL) table->forget(index);
}

/* Its place among the pending ones counts before its state says that it is one. */
static void leave(struct name_table *table, uint32_t index)
{
    name_table_at(table, index)->sequence = ++table->sequence;
    state_set(table, index, RECORD_LEAVING);
    forget(table, index);
    name_table_orphan(table, index);
    table_pending_add(table, index);
}

void name_table_retract(struct name_table *table)
{
    leave(table, pending_take(table));
}

cptr_t name_table_leave(struct name_table *table, uint32_t index)
{
    index_remove(table, index);
    leave(table, index);
    return name_table_at(table, index)->endpoint;
}

void name_table_drop(struct name_table *table, uint32_t index)
{
    state_set(table, index, RECORD_FREE);
    forget(table, index);
    name_table_orphan(table, index);
    records_free(table, index);
}

void name_table_finish(struct name_table *table)
{
    name_table_drop(table, pending_take(table));
}

cptr_t name_table_remove(struct name_table *table, uint32_t index)
{
    cptr_t endpoint = name_table_at(table, index)->endpoint;
    index_remove(table, index);
    name_table_drop(table, index);
    return endpoint;
}
