/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What the processes are: those that init starts are in etc/inventory, with their kind; what has no parent at proc is the trusted base,
 * which starts itself; the rest are programs. names tells which services they are known by.
 */
#include <idl/names.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "map.h"

#define INVENTORY "/etc/inventory"
#define LINE_BYTES 1024

static void kind_set(struct map *map, const char *name, enum map_kind kind)
{
    for (uint32_t i = 0; i < map->chan.process_count; i++) {
        const struct chan_process *process = &map->chan.processes[i];
        const struct chan_process *parent = chan_process_find(&map->chan, process->parent);
        /* What somebody else has started under the same name is that one's program. */
        if (parent != NULL && parent->parent == 0 && strcmp(process->name, name) == 0) {
            map->nodes[i].kind = kind;
        }
    }
}

/* Without the file everything that init has started looks like a program. */
static void inventory_read(struct map *map)
{
    char line[LINE_BYTES], word[16], name[64];
    FILE *file = fopen(INVENTORY, "r");
    while (file != NULL && fgets(line, sizeof line, file) != NULL) {
        if (sscanf(line, "%15s %63s", word, name) != 2) {
            continue;
        }
        if (strcmp(word, "driver") == 0) {
            kind_set(map, name, MAP_DRIVER);
        } else if (strcmp(word, "service") == 0) {
            kind_set(map, name, MAP_SERVICE);
        }
    }
    if (file != NULL) {
        fclose(file);
    }
}

static void service_add(struct map *map, const struct names_entry *entry)
{
    for (uint32_t i = 0; i < map->chan.process_count; i++) {
        char *text = map->nodes[i].services;
        size_t used = strlen(text), room = sizeof map->nodes[i].services - used;
        if (map->chan.processes[i].pid != entry->pid || strcmp(map->chan.processes[i].name, entry->name) == 0) {
            continue;
        }
        /* Names are 63 bytes at most; who has many is shown with a few, and three dots. */
        if (strlen(entry->name) + sizeof " ..." < room) {
            snprintf(text + used, room, "%s%s", used != 0 ? " " : "", entry->name);
        } else if (used >= 4 && strcmp(text + used - 4, " ...") != 0 && room > sizeof " ...") {
            strcpy(text + used, " ...");
        }
        return;
    }
}

static err_t services_read(struct map *map)
{
    static struct names_entry page[NAMES_PAGE];
    char next[NAMES_NAME_MAX + 1] = "", after[NAMES_NAME_MAX + 1];
    uint32_t count;
    do {
        strcpy(after, next);
        err_t error = names_enumerate(names_default(), "", "", after, next, sizeof next, page, NAMES_PAGE, &count);
        if (error != ERR_OK) {
            return error;
        }
        for (uint32_t i = 0; i < count; i++) {
            service_add(map, &page[i]);
        }
    } while (next[0] != '\0');
    return ERR_OK;
}

err_t map_nodes_read(struct map *map)
{
    map->nodes = calloc(map->chan.process_count + 1, sizeof *map->nodes);
    if (map->nodes == NULL) {
        return ERR_NO_MEMORY;
    }
    for (uint32_t i = 0; i < map->chan.process_count; i++) {
        map->nodes[i].kind = map->chan.processes[i].parent == 0 ? MAP_BASE : MAP_PROGRAM;
    }
    inventory_read(map);
    return services_read(map);
}
