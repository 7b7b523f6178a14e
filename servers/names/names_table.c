/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The table of registered names. Insertion and removal move at most `capacity` numbers of four bytes.
 */
#include "names_table.h"
#include <string.h>

void name_table_init(struct name_table *table, struct name_entry *entries, uint32_t *sorted, uint32_t capacity,
                     uint32_t per_owner)
{
    *table = (struct name_table){entries, sorted, capacity, 0, per_owner, 0};
    for (uint32_t i = 0; i < capacity; i++) {
        entries[i].next_free = i + 1;
    }
}

static bool is_name_char(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.' || c == '_' || c == '-';
}

bool name_valid(const char *name, size_t length)
{
    if (length == 0 || length > NAME_MAX_LENGTH) return false;
    for (size_t i = 0; i < length; i++) {
        if (!is_name_char(name[i])) return false;
    }
    return true;
}

/* Order of a terminated name and one of a given length, as strcmp. */
static int name_compare(const char *a, const char *b, size_t b_length)
{
    int order = strncmp(a, b, b_length);
    return order != 0 ? order : a[b_length] != 0;
}

/* The position in `sorted` of the first name that is not less than `name`; *found: it is that name. */
static uint32_t position_find(const struct name_table *table, const char *name, size_t length, bool *found)
{
    uint32_t low = 0;
    uint32_t high = table->count;
    *found = false;
    while (low < high) {
        uint32_t middle = low + (high - low) / 2;
        int order = name_compare(table->entries[table->sorted[middle]].name, name, length);
        if (order == 0) {
            *found = true;
            return middle;
        }
        if (order < 0) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return low;
}

static uint32_t owned_count(const struct name_table *table, uint64_t owner)
{
    uint32_t count = 0;
    for (uint32_t i = 0; i < table->count; i++) {
        count += table->entries[table->sorted[i]].owner == owner;
    }
    return count;
}

err_t name_table_add(struct name_table *table, const char *name, size_t length, uint64_t owner, uint64_t pid,
                     cptr_t endpoint, uint32_t number_there)
{
    if (!name_valid(name, length)) return ERR_INVALID;
    bool found;
    uint32_t position = position_find(table, name, length, &found);
    if (found) return ERR_EXISTS;
    if (table->free == table->capacity) return ERR_TOO_MANY;
    if (owner != NAME_REMOTE && owned_count(table, owner) >= table->per_owner) return ERR_TOO_MANY;
    uint32_t number = table->free;
    struct name_entry *entry = &table->entries[number];
    table->free = entry->next_free;
    memcpy(entry->name, name, length);
    entry->name[length] = 0;
    entry->owner = owner;
    entry->pid = pid;
    entry->endpoint = endpoint;
    entry->number = number_there;
    entry->local = false;
    memmove(&table->sorted[position + 1], &table->sorted[position], (table->count - position) * sizeof(table->sorted[0]));
    table->sorted[position] = number;
    table->count++;
    return ERR_OK;
}

const struct name_entry *name_table_find(const struct name_table *table, const char *name, size_t length)
{
    bool found;
    if (!name_valid(name, length)) return NULL;
    uint32_t position = position_find(table, name, length, &found);
    return found ? &table->entries[table->sorted[position]] : NULL;
}

static cptr_t position_remove(struct name_table *table, uint32_t position)
{
    uint32_t number = table->sorted[position];
    cptr_t endpoint = table->entries[number].endpoint;
    table->count--;
    memmove(&table->sorted[position], &table->sorted[position + 1], (table->count - position) * sizeof(table->sorted[0]));
    table->entries[number].next_free = table->free;
    table->free = number;
    return endpoint;
}

err_t name_table_remove(struct name_table *table, const char *name, size_t length, uint64_t owner, cptr_t *endpoint)
{
    bool found;
    if (!name_valid(name, length)) return ERR_INVALID;
    uint32_t position = position_find(table, name, length, &found);
    if (!found) return ERR_NOT_FOUND;
    if (table->entries[table->sorted[position]].owner != owner) return ERR_PERMISSION;
    *endpoint = position_remove(table, position);
    return ERR_OK;
}

const struct name_entry *name_table_owned(const struct name_table *table, uint64_t owner)
{
    for (uint32_t i = 0; i < table->count; i++) {
        const struct name_entry *entry = &table->entries[table->sorted[i]];
        if (entry->owner == owner) return entry;
    }
    return NULL;
}

static bool name_contains(const char *name, const char *part, size_t length)
{
    size_t all = strlen(name);
    for (size_t i = 0; i + length <= all; i++) {
        if (memcmp(name + i, part, length) == 0) return true;
    }
    return false;
}

const struct name_entry *name_table_next(const struct name_table *table, const char *part, size_t part_length,
                                         const char *after, size_t after_length, uint32_t *at)
{
    if (*at == UINT32_MAX) {
        bool found = false;
        if (after_length > 0 && !name_valid(after, after_length)) return NULL;
        *at = after_length == 0 ? 0 : position_find(table, after, after_length, &found);
        if (found) (*at)++;
    }
    while (*at < table->count) {
        const struct name_entry *entry = &table->entries[table->sorted[(*at)++]];
        if (name_contains(entry->name, part, part_length)) return entry;
    }
    return NULL;
}
