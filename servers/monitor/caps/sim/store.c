/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * See store.h. Two kinds of table: of strings, and of states; both find by hash and then compare all bytes.
 */
#include "store.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define PARTS (2 * DCAP_CORES + 1)
#define MONITOR_BYTES (sizeof(struct dcap) - offsetof(struct dcap, me))

struct table {
    uint32_t *places; /* 1 + number */
    uint32_t count, size, limit;
};

static struct {
    struct table table;
    uint64_t *offsets; /* of each string, and of the end of the last */
    uint8_t *bytes;
    uint64_t room;
} strings;

static struct {
    struct table table;
    uint32_t (*parts)[PARTS];
} states;

static void *grow(void *memory, uint64_t bytes)
{
    void *more = realloc(memory, bytes);
    if (more == NULL) {
        fprintf(stderr, "search: out of memory\n");
        exit(2);
    }
    return more;
}

static uint64_t hash_bytes(const uint8_t *bytes, size_t count)
{
    uint64_t hash = count * 0x9e3779b97f4a7c15u, word;
    for (; count >= 8; count -= 8, bytes += 8) {
        memcpy(&word, bytes, 8);
        hash = (hash ^ word) * 0xff51afd7ed558ccdu;
        hash ^= hash >> 32;
    }
    for (; count > 0; count--, bytes++)
        hash = (hash ^ *bytes) * 0xff51afd7ed558ccdu;
    return hash ^ hash >> 29;
}

static uint64_t string_hash(uint32_t number)
{
    return hash_bytes(strings.bytes + strings.offsets[number], strings.offsets[number + 1] - strings.offsets[number]);
}

static uint64_t state_hash(uint32_t number)
{
    return hash_bytes((const uint8_t *)states.parts[number], sizeof(*states.parts));
}

void store_empty(void)
{
    free(strings.table.places);
    free(strings.offsets);
    free(strings.bytes);
    free(states.table.places);
    free(states.parts);
    memset(&strings, 0, sizeof(strings));
    memset(&states, 0, sizeof(states));
}

/* Room for one more. */
static void table_grow(struct table *table, uint64_t (*hash)(uint32_t))
{
    if (table->count < table->size / 2) return;
    table->size = table->size == 0 ? 1 << 16 : 2 * table->size;
    free(table->places);
    table->places = NULL;
    table->places = grow(NULL, table->size * sizeof(uint32_t));
    memset(table->places, 0, table->size * sizeof(uint32_t));
    for (uint32_t number = 0; number < table->count; number++) {
        uint32_t place = hash(number) & (table->size - 1);
        while (table->places[place] != 0)
            place = (place + 1) & (table->size - 1);
        table->places[place] = number + 1;
    }
}

static uint32_t string_intern(const uint8_t *bytes, size_t count)
{
    struct table *table = &strings.table;
    table_grow(table, string_hash);
    uint32_t place = hash_bytes(bytes, count) & (table->size - 1);
    for (; table->places[place] != 0; place = (place + 1) & (table->size - 1)) {
        uint32_t number = table->places[place] - 1;
        uint64_t offset = strings.offsets[number];
        if (strings.offsets[number + 1] - offset == count && memcmp(strings.bytes + offset, bytes, count) == 0)
            return number;
    }
    if (table->count + 1 >= table->limit) {
        table->limit = table->limit == 0 ? 1 << 16 : 2 * table->limit;
        strings.offsets = grow(strings.offsets, (table->limit + 1) * sizeof(uint64_t));
        if (table->count == 0) strings.offsets[0] = 0;
    }
    uint64_t offset = strings.offsets[table->count];
    if (offset + count > strings.room) {
        strings.room = 2 * (offset + count) + (1 << 20);
        strings.bytes = grow(strings.bytes, strings.room);
    }
    memcpy(strings.bytes + offset, bytes, count);
    strings.offsets[table->count + 1] = offset + count;
    table->places[place] = ++table->count;
    return table->count - 1;
}

static size_t put(uint8_t *buffer, size_t at, const void *bytes, size_t count)
{
    memcpy(buffer + at, bytes, count);
    return at + count;
}

static uint32_t core_intern(const struct world *world, coreid_t core)
{
    uint8_t buffer[MONITOR_BYTES + sizeof(struct fake_kernel)];
    size_t end = put(buffer, 0, &world->monitor[core].me, MONITOR_BYTES);
    end = put(buffer, end, &world->kernel[core], sizeof(struct fake_kernel));
    return string_intern(buffer, end);
}

static uint32_t channels_intern(const struct world *world, coreid_t core)
{
    static uint8_t buffer[sizeof(struct channel) * DCAP_CORES];
    size_t end = 0;
    for (coreid_t to = 0; to < world->cores; to++) {
        const struct channel *channel = &world->channel[core][to];
        end = put(buffer, end, &channel->count, sizeof(channel->count));
        end = put(buffer, end, channel->messages, channel->count * sizeof(*channel->messages));
    }
    return string_intern(buffer, end);
}

uint32_t store_add(const struct world *world, bool *new)
{
    uint32_t parts[PARTS] = {0};
    struct table *table = &states.table;
    for (coreid_t core = 0; core < world->cores; core++) {
        parts[core] = core_intern(world, core);
        parts[DCAP_CORES + core] = channels_intern(world, core);
    }
    parts[2 * DCAP_CORES] = string_intern(&world->cores, offsetof(struct world, monitor) - offsetof(struct world, cores));
    table_grow(table, state_hash);
    uint32_t place = hash_bytes((const uint8_t *)parts, sizeof(parts)) & (table->size - 1);
    for (; table->places[place] != 0; place = (place + 1) & (table->size - 1)) {
        *new = false;
        if (memcmp(states.parts[table->places[place] - 1], parts, sizeof(parts)) == 0) return table->places[place] - 1;
    }
    if (table->count == table->limit) {
        table->limit = table->limit == 0 ? 1 << 16 : table->limit + table->limit / 2;
        states.parts = grow(states.parts, table->limit * sizeof(*states.parts));
    }
    memcpy(states.parts[table->count], parts, sizeof(parts));
    table->places[place] = ++table->count;
    *new = true;
    return table->count - 1;
}

void store_get(uint32_t state, struct world *world)
{
    const uint32_t *parts = states.parts[state];
    memcpy(&world->cores, strings.bytes + strings.offsets[parts[2 * DCAP_CORES]],
           offsetof(struct world, monitor) - offsetof(struct world, cores));
    for (coreid_t core = 0; core < world->cores; core++) {
        const uint8_t *bytes = strings.bytes + strings.offsets[parts[core]];
        memcpy(&world->monitor[core].me, bytes, MONITOR_BYTES);
        memcpy(&world->kernel[core], bytes + MONITOR_BYTES, sizeof(struct fake_kernel));
        bytes = strings.bytes + strings.offsets[parts[DCAP_CORES + core]];
        for (coreid_t to = 0; to < world->cores; to++) {
            struct channel *channel = &world->channel[core][to];
            memcpy(&channel->count, bytes, sizeof(channel->count));
            bytes += sizeof(channel->count);
            memcpy(channel->messages, bytes, channel->count * sizeof(*channel->messages));
            bytes += channel->count * sizeof(*channel->messages);
        }
    }
}

uint32_t store_count(void)
{
    return states.table.count;
}

uint64_t store_bytes(void)
{
    return states.table.limit * sizeof(*states.parts) + (states.table.size + strings.table.size) * sizeof(uint32_t) +
           strings.room + strings.table.limit * sizeof(uint64_t);
}
