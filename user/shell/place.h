/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Where in a command line the cursor is, for completion. Pure; the line need not be complete.
 */
#ifndef SHELL_PLACE_H
#define SHELL_PLACE_H

#include <stdbool.h>
#include <stddef.h>

struct word_place {
    size_t start;     /* where the word that ends at the cursor begins */
    size_t first;     /* where its command begins, if it is not that itself */
    size_t index;     /* which word of its command it is; 0: the command itself */
    bool redirection; /* it follows < or > */
};

/* For the word that ends at text[cursor]. In `command` (of `bytes`) goes the first word of its command, cut off if it does not fit. */
struct word_place place_find(const char *text, size_t cursor, char *command, size_t bytes);

#endif
