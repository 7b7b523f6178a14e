/* SPDX-License-Identifier: BSD-2-Clause */
/* Searches: where each stands is the last name that it has seen, so that names may come and go meanwhile. */
#include "searches.h"
#include "match.h"
#include <string.h>

err_t search_add(struct search_table *table, const char *pattern, const char *query, bool wait, uint64_t client,
                 void *token)
{
    struct search *search = NULL;
    uint32_t own = 0;
    if (!query_valid(query)) return ERR_INVALID;
    for (uint32_t i = 0; i < table->capacity; i++) {
        struct search *entry = &table->entries[i];
        if (!entry->used) search = entry;
        own += entry->used && entry->client == client;
    }
    if (search == NULL || own >= table->per_client) return ERR_TOO_MANY;
    *search = (struct search){.used = true, .wait = wait, .client = client, .token = token};
    strcpy(search->pattern, pattern);
    strcpy(search->query, query);
    return ERR_OK;
}

static bool matches(const struct name_table *names, uint32_t index, const char *pattern, const char *query)
{
    char properties[PROPERTIES_MAX + 1];
    const char *name = name_table_at(names, index)->name;
    if (pattern[0] != 0 && !glob_match(pattern, strlen(pattern), name, strlen(name))) return false;
    if (query[0] == 0) return true;
    name_table_properties(names, index, properties);
    return properties_match(query, properties);
}

/* The position that a search goes on from: all that match have its pattern's literal start. */
static uint32_t position_of(const struct name_table *names, const char *pattern, size_t literal, const char *after)
{
    char start[NAME_MAX_LENGTH + 1];
    if (after[0] != 0) return name_table_after(names, after);
    memcpy(start, pattern, literal);
    start[literal] = 0;
    uint32_t position = name_table_after(names, start);
    /* A name that is just that is one, too. */
    if (position > 0 && strcmp(name_table_at(names, names->sorted[position - 1])->name, start) == 0) position--;
    return position;
}

uint32_t search_page(const struct name_table *names, const char *pattern, const char *query, char *after, uint32_t *look)
{
    size_t literal = glob_literal(pattern);
    uint32_t position = position_of(names, pattern, literal, after);
    for (; *look > 0; (*look)--, position++) {
        if (position >= names->count) break;
        uint32_t index = names->sorted[position];
        const char *name = name_table_at(names, index)->name;
        if (strncmp(name, pattern, literal) > 0) break;
        strcpy(after, name);
        if (!matches(names, index, pattern, query)) continue;
        (*look)--;
        return index;
    }
    if (*look > 0) after[0] = 0;
    return NAME_NONE;
}

static void end(struct search *search, void **token)
{
    *token = search->token;
    search->used = false;
}

bool search_step(struct search_table *table, const struct name_table *names, void **token, uint32_t *found)
{
    uint32_t tried = 0;
    *token = NULL;
    *found = NAME_NONE;
    while (!table->entries[table->next].used || table->entries[table->next].idle) {
        table->next = (table->next + 1) % table->capacity;
        if (++tried == table->capacity) return false;
    }
    struct search *search = &table->entries[table->next];
    table->next = (table->next + 1) % table->capacity;
    uint32_t look = SEARCH_LOOK;
    *found = search_page(names, search->pattern, search->query, search->after, &look);
    if (*found != NAME_NONE || (search->after[0] == 0 && !search->wait)) {
        end(search, token);
    } else if (search->after[0] == 0) {
        search->idle = !search->again;
        search->again = false;
    }
    return true;
}

void search_registered(struct search_table *table)
{
    for (uint32_t i = 0; i < table->capacity; i++) {
        struct search *search = &table->entries[i];
        if (!search->idle) search->again = true;
        search->idle = false;
    }
}

void *search_take_of(struct search_table *table, uint64_t client)
{
    void *token = NULL;
    for (uint32_t i = 0; i < table->capacity && token == NULL; i++) {
        struct search *search = &table->entries[i];
        if (search->used && search->client == client) end(search, &token);
    }
    return token;
}

void search_remove(struct search_table *table, const void *token)
{
    void *taken;
    for (uint32_t i = 0; i < table->capacity; i++) {
        struct search *search = &table->entries[i];
        if (search->used && search->token == token) end(search, &taken);
    }
}
