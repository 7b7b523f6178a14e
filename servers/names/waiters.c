/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Who waits for a name: a short array that is searched from end to end.
 */
#include "waiters.h"
#include <string.h>

err_t waiter_add(struct waiter_table *table, const char *name, uint64_t client, void *token)
{
    struct waiter *free = NULL;
    uint32_t own = 0;
    for (uint32_t i = 0; i < table->capacity; i++) {
        struct waiter *waiter = &table->entries[i];
        if (waiter->name[0] == 0) {
            free = waiter;
        } else if (waiter->client == client) {
            own++;
        }
    }
    if (free == NULL || own >= table->capacity / 4) return ERR_TOO_MANY;
    strcpy(free->name, name);
    free->client = client;
    free->token = token;
    table->count++;
    return ERR_OK;
}

static void *take(struct waiter_table *table, struct waiter *waiter)
{
    waiter->name[0] = 0;
    table->count--;
    return waiter->token;
}

void *waiter_take(struct waiter_table *table, const char *name)
{
    for (uint32_t i = 0; table->count > 0 && i < table->capacity; i++) {
        if (strcmp(table->entries[i].name, name) == 0) return take(table, &table->entries[i]);
    }
    return NULL;
}

void *waiter_take_of(struct waiter_table *table, uint64_t client)
{
    for (uint32_t i = 0; table->count > 0 && i < table->capacity; i++) {
        struct waiter *waiter = &table->entries[i];
        if (waiter->name[0] != 0 && waiter->client == client) return take(table, waiter);
    }
    return NULL;
}

void waiter_remove(struct waiter_table *table, const void *token)
{
    for (uint32_t i = 0; i < table->capacity; i++) {
        struct waiter *waiter = &table->entries[i];
        if (waiter->name[0] != 0 && waiter->token == token) take(table, waiter);
    }
}
