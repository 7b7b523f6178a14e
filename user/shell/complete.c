/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Tab completion.
 */
#include "complete.h"

#include <stdlib.h>
#include <string.h>

#include "place.h"

void word_list_add(struct word_list *list, const char *prefix, const char *word)
{
    size_t bytes = strlen(word) + 1;
    if (strncmp(prefix, word, strlen(prefix)) != 0 || list->count == COMPLETE_WORDS ||
        bytes > sizeof list->pool - list->used) {
        return;
    }
    for (size_t i = 0; i < list->count; i++) {
        if (strcmp(list->word[i], word) == 0) {
            return;
        }
    }
    list->word[list->count++] = memcpy(list->pool + list->used, word, bytes);
    list->used += bytes;
}

static int compare(const void *a, const void *b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

size_t word_list_common(struct word_list *list)
{
    if (list->count == 0) {
        return 0;
    }
    qsort(list->word, list->count, sizeof list->word[0], compare);
    const char *first = list->word[0];
    const char *last = list->word[list->count - 1];
    size_t common = 0;
    while (first[common] != '\0' && first[common] == last[common]) {
        common++;
    }
    return common;
}

/* What the arguments of a command are. */
static const struct {
    const char *command;
    unsigned kinds;
    bool every; /* every argument, not just the first */
} arguments[] = {
    {"help", COMPLETE_COMMAND, false},
    {"run", COMPLETE_PROGRAM, false},
    {"time", COMPLETE_COMMAND | COMPLETE_PROGRAM, false},
    {"kill", COMPLETE_PID, true},
    {"pause", COMPLETE_PID, true},
    {"resume", COMPLETE_PID, true},
    {"wait", COMPLETE_PID, true},
    {"status", COMPLETE_PID, true},
    {"caps", COMPLETE_PID, false},
    {"pmap", COMPLETE_PID, false},
    {"free", COMPLETE_PID, true},
    {"names", COMPLETE_NAME, false},
    {"fg", COMPLETE_NOTHING, true},
    {"echo", COMPLETE_FILE, true},
    {"type", COMPLETE_COMMAND | COMPLETE_PROGRAM, true},
    {"command", COMPLETE_COMMAND | COMPLETE_PROGRAM, false},
    {"dmesg", COMPLETE_NOTHING, true},
    {"uptime", COMPLETE_NOTHING, true},
    {"ps", COMPLETE_NOTHING, true},
    {"jobs", COMPLETE_NOTHING, true},
};

unsigned completion_kinds(const char *command, size_t index)
{
    if (index == 0) {
        return COMPLETE_COMMAND | COMPLETE_PROGRAM;
    }
    for (size_t i = 0; i < sizeof arguments / sizeof arguments[0]; i++) {
        if (strcmp(arguments[i].command, command) == 0 && (index == 1 || arguments[i].every)) {
            return arguments[i].kinds;
        }
    }
    return COMPLETE_FILE; /* what most programs want */
}

void complete_line(struct line *line, bool again, collect_fn collect, void *context)
{
    char command[32];
    struct word_place place = place_find(line->text, line->cursor, command, sizeof command);
    size_t length = line->cursor - place.start;
    unsigned kinds = place.redirection ? COMPLETE_FILE : completion_kinds(command, place.index);
    struct word_list *list = calloc(1, sizeof *list);
    char *prefix = malloc(length + 1);
    if (list != NULL && prefix != NULL && kinds != COMPLETE_NOTHING) {
        memcpy(prefix, line->text + place.start, length);
        prefix[length] = '\0';
        collect(context, kinds, prefix, list);
        size_t common = word_list_common(list);
        if (common > length) {
            line_insert(line, list->word[0] + length, common - length);
        }
        if (list->count == 1) {
            bool directory = common > 0 && list->word[0][common - 1] == '/';
            line_insert(line, " ", directory ? 0 : 1);
        } else if (list->count > 1 && again) {
            line_list(line, list->word, list->count);
        } else if (common <= length) {
            line->host->show(line->host->context, "\a", 1);
        }
    }
    free(prefix);
    free(list);
}
