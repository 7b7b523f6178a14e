/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The lines that were entered before, the last HISTORY_LINES of them. Owns copies of them.
 */
#ifndef SHELL_HISTORY_H
#define SHELL_HISTORY_H

#include <stddef.h>

#define HISTORY_LINES 100

struct history {
    char *line[HISTORY_LINES]; /* a ring: the n-th line ever entered is at n % HISTORY_LINES */
    size_t entered;
};

/* Remember a line, unless it is empty or the same as the last one. Without memory it is forgotten. */
void history_add(struct history *history, const char *line);

/* The depth-th last line (1: the last), or 0 if there are not so many. */
const char *history_get(const struct history *history, size_t depth);

/* Free all lines. */
void history_clear(struct history *history);

#endif
