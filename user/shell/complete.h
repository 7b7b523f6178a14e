/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Tab completion: which words may stand where, and what of them can be typed for the user. Pure: where words come
 * from is given by the shell (commands, programs, files, process ids).
 */
#ifndef SHELL_COMPLETE_H
#define SHELL_COMPLETE_H

#include <stdbool.h>
#include <stddef.h>

#include "line.h"

/* What may stand at a place of a command line. */
enum completion_kind {
    COMPLETE_NOTHING = 0,
    COMPLETE_COMMAND = 1, /* commands of the shell */
    COMPLETE_PROGRAM = 2, /* programs */
    COMPLETE_PID = 4,     /* ids of processes */
    COMPLETE_NAME = 8,    /* names of services */
    COMPLETE_FILE = 16,   /* files; a directory ends with a slash, and may be gone on with */
};

#define COMPLETE_WORDS 256 /* more candidates than this are not shown */

/* The words that were found: copies in one pool. */
struct word_list {
    const char *word[COMPLETE_WORDS];
    size_t count;
    char pool[8192];
    size_t used;
};

/* Add a word if it begins with `prefix`, fits and is not there yet. */
void word_list_add(struct word_list *list, const char *prefix, const char *word);

/* Sort the list, and the number of bytes that all its words begin with. */
size_t word_list_common(struct word_list *list);

/* What may be the index-th word of a line whose command is `command`: enum completion_kind, or-ed. */
unsigned completion_kinds(const char *command, size_t index);

/*
 * Complete the word before the cursor of `line`. `collect` adds to the list the words of these kinds that begin with
 * `prefix`. A single match is typed with a space behind it; of several, what they have in common, and when Tab
 * comes `again` they are shown.
 */
typedef void (*collect_fn)(void *context, unsigned kinds, const char *prefix, struct word_list *list);
void complete_line(struct line *line, bool again, collect_fn collect, void *context);

#endif
