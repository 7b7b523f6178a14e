/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * `map`: the running system as a drawing, in the language of Graphviz. Cores are boxes around their processes; an arrow goes from a client
 * to the server that it has a channel to, thicker the more goes through it; a dashed line is shared memory.
 */
#include <idl/monitor.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cli/format.h>
#include "map.h"
#include "shell.h"

#define COLOUR_LMP "#3f6ea8"
#define COLOUR_UMP "#c0392b"
#define COLOUR_BASE "#b4b9c6" /* channels to the trusted base, which everybody has */
#define COLOUR_SHARED "#2e8b57"

static const struct kind {
    const char *title, *shape, *style, *fill, *line;
} kinds[MAP_KINDS] = {
    [MAP_BASE] = {"trusted base", "box", "filled", "#e4dcf1", "#6b4fa0"},
    [MAP_SERVICE] = {"service", "box", "filled,rounded", "#d3e5f8", "#2f6db0"},
    [MAP_DRIVER] = {"driver", "component", "filled", "#fbe0c3", "#b8701f"},
    [MAP_PROGRAM] = {"program", "ellipse", "filled", "#d8f0d3", "#3c8d2f"},
};

/* Text within a label: names are whatever files are called. */
static void text_put(const char *text)
{
    for (; *text != '\0'; text++) {
        unsigned char c = (unsigned char)*text;
        if (c == '<' || c == '>' || c == '&' || c == '"') {
            printf("&#%u;", c);
        } else {
            putchar(c < ' ' || c > '~' ? '?' : c);
        }
    }
}

static void node_put(const struct map *map, uint32_t i)
{
    const struct chan_process *process = &map->chan.processes[i];
    const struct map_node *node = &map->nodes[i];
    const struct kind *kind = &kinds[node->kind];
    char pid[FORMAT_BYTES], ram[FORMAT_BYTES];
    printf("    \"%s\" [shape=%s, style=\"%s\", fillcolor=\"%s\", color=\"%s\", label=<<b>",
           pid_text(process->pid, pid), kind->shape, kind->style, kind->fill, kind->line);
    text_put(process->name);
    printf("</b><br/><font point-size=\"9\">%s &#183; %s", pid, bytes_text(process->ram, ram));
    if (process->state >= PROC_STATE_PAUSED) {
        printf(" &#183; %s", process_state_text(process->state));
    }
    if (node->services[0] != '\0') {
        printf("<br/><i>");
        text_put(node->services);
        printf("</i>");
    }
    printf("</font>>];\n");
}

static err_t core_put(const struct map *map, coreid_t core)
{
    struct monitor_memory memory;
    char used[FORMAT_BYTES], total[FORMAT_BYTES];
    err_t error = monitor_memory(monitor_default(), core, &memory);
    if (error != ERR_OK) {
        return error;
    }
    printf("  subgraph \"cluster core %u\" {\n", (unsigned)core);
    printf("    label=<<b>core %u</b><font point-size=\"10\">   %s of %s in use</font>>;\n", (unsigned)core,
           bytes_text(memory.total - memory.free, used), bytes_text(memory.total, total));
    for (uint32_t i = 0; i < map->chan.process_count; i++) {
        if (map->chan.processes[i].pid >> 32 == core) {
            node_put(map, i);
        }
    }
    printf("  }\n");
    return ERR_OK;
}

static bool is_base(const struct map *map, pid_abi_t pid)
{
    const struct chan_process *process = chan_process_find(&map->chan, pid);
    return process != NULL && map->nodes[process - map->chan.processes].kind == MAP_BASE;
}

static void channel_put(const struct map *map, const struct chan_row *row)
{
    char client[FORMAT_BYTES], server[FORMAT_BYTES], bytes[FORMAT_BYTES];
    uint64_t messages = row->to.messages + row->back.messages;
    unsigned width = 8; /* tenths of a point, more with each digit */
    for (uint64_t rest = messages; rest > 0; rest /= 10) {
        width += 4;
    }
    const char *colour = row->by_ump ? COLOUR_UMP : is_base(map, row->server) ? COLOUR_BASE : COLOUR_LMP;
    printf("  \"%s\" -> \"%s\" [color=\"%s\", penwidth=%u.%u, style=%s, label=\"%s %llu/%llu",
           pid_text(row->client, client), pid_text(row->server, server), colour, width / 10, width % 10,
           messages != 0 ? "solid" : "dotted", row->by_ump ? "UMP" : "LMP", (unsigned long long)row->to.messages,
           (unsigned long long)row->back.messages);
    uint64_t shared = row->by_ump ? map_shared_bytes(map, row->client, row->server) : 0;
    if (shared != 0) {
        printf("\\n%s shared", bytes_text(shared, bytes));
    }
    printf("\", fontcolor=\"%s\"];\n", strcmp(colour, COLOUR_BASE) == 0 ? "#8d93a3" : colour);
}

/* Is it said already, at the channel whose rings it is? */
static bool has_ump(const struct map *map, const struct map_shared *shared)
{
    for (uint32_t i = 0; i < map->chan.row_count; i++) {
        const struct chan_row *row = &map->chan.rows[i];
        if (row->by_ump && ((row->client == shared->a && row->server == shared->b) ||
                            (row->client == shared->b && row->server == shared->a))) {
            return true;
        }
    }
    return false;
}

static void edges_put(const struct map *map, bool all)
{
    char a[FORMAT_BYTES], b[FORMAT_BYTES], bytes[FORMAT_BYTES];
    for (uint32_t i = 0; i < map->chan.row_count; i++) {
        const struct chan_row *row = &map->chan.rows[i];
        bool known = chan_process_find(&map->chan, row->client) && chan_process_find(&map->chan, row->server);
        if (known && (all || row->to.messages + row->back.messages != 0)) {
            channel_put(map, row);
        }
    }
    for (uint32_t i = 0; i < map->shared_count; i++) {
        const struct map_shared *shared = &map->shared[i];
        if (!has_ump(map, shared)) {
            printf("  \"%s\" -> \"%s\" [dir=none, style=dashed, constraint=false, color=\"" COLOUR_SHARED
                   "\", fontcolor=\"" COLOUR_SHARED "\", label=\"%s shared\"];\n",
                   pid_text(shared->a, a), pid_text(shared->b, b), bytes_text(shared->bytes, bytes));
        }
    }
}

static void legend_put(void)
{
    static const struct {
        const char *colour, *text;
    } lines[] = {
        {COLOUR_LMP, "&#8594; LMP: channel on a core, messages there/back"},
        {COLOUR_BASE, "&#8594; the same, to the trusted base"},
        {COLOUR_UMP, "&#8594; UMP: channel between cores"},
        {COLOUR_SHARED, "&#9476; shared memory (of many: from one to the next)"},
    };
    printf("  legend [shape=plain, label=<<table border=\"0\" cellborder=\"0\" cellspacing=\"4\"><tr>");
    for (size_t i = 0; i < MAP_KINDS; i++) {
        printf("<td border=\"1\" bgcolor=\"%s\" color=\"%s\">%s</td>", kinds[i].fill, kinds[i].line, kinds[i].title);
    }
    printf("</tr>");
    for (size_t i = 0; i < sizeof lines / sizeof lines[0]; i++) {
        printf("<tr><td colspan=\"%u\" align=\"left\"><font color=\"%s\">%s</font></td></tr>", (unsigned)MAP_KINDS,
               lines[i].colour, lines[i].text);
    }
    printf("</table>>];\n");
}

static err_t map_put(const struct map *map, bool all)
{
    err_t error = ERR_OK;
    printf("digraph capelin {\n"
           "  graph [fontname=\"Helvetica\", labelloc=t, nodesep=0.35, ranksep=0.7, style=\"rounded,filled\", "
           "fillcolor=\"#f7f8fa\", color=\"#c9ced8\"];\n"
           "  node [fontname=\"Helvetica\", fontsize=12];\n"
           "  edge [fontname=\"Helvetica\", fontsize=8, arrowsize=0.6];\n");
    for (coreid_t core = core_next_up(0); core < CORES_MAX && error == ERR_OK; core = core_next_up(core + 1)) {
        error = core_put(map, core);
    }
    edges_put(map, all);
    legend_put();
    printf("}\n");
    return error;
}

int command_map(int argc, char **argv)
{
    struct map map = {.chan.wants_memory = true};
    bool all = argc == 2 && strcmp(argv[1], "-a") == 0;
    if (argc == 2 && strcmp(argv[1], "--help") == 0) {
        return command_help(2, (char *[]){"help", "map", NULL});
    }
    if (argc > 1 && !all) {
        return usage("map", "there is only -a");
    }
    const char *asked = "proc";
    err_t error = chan_read(&map.chan);
    if (error == ERR_OK) {
        asked = "names";
        error = map_share(&map) ? map_nodes_read(&map) : ERR_NO_MEMORY;
    }
    if (error == ERR_OK) {
        asked = "monitor";
        error = map_put(&map, all);
    }
    chan_free(&map.chan);
    free(map.nodes);
    free(map.shared);
    return error != ERR_OK ? failed("map", asked, error) : STATUS_OK;
}
