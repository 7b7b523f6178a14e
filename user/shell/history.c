/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The shell's history, a ring of strings.
 */
#include "history.h"

#include <stdlib.h>
#include <string.h>

const char *history_get(const struct history *history, size_t depth)
{
    if (depth == 0 || depth > history->entered || depth > HISTORY_LINES) {
        return NULL;
    }
    return history->line[(history->entered - depth) % HISTORY_LINES];
}

void history_add(struct history *history, const char *line)
{
    const char *last = history_get(history, 1);
    if (line[0] == '\0' || (last != NULL && strcmp(last, line) == 0)) {
        return;
    }
    size_t bytes = strlen(line) + 1;
    char *copy = malloc(bytes);
    if (copy == NULL) {
        return;
    }
    memcpy(copy, line, bytes);
    char **place = &history->line[history->entered % HISTORY_LINES];
    free(*place);
    *place = copy;
    history->entered++;
}

void history_clear(struct history *history)
{
    for (size_t i = 0; i < HISTORY_LINES; i++) {
        free(history->line[i]);
        history->line[i] = NULL;
    }
    history->entered = 0;
}
