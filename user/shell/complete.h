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
    COMPLETE_COMMAND = 1,    /* commands of the shell */
    COMPLETE_PROGRAM = 2,    /* programs */
    COMPLETE_PID = 4,        /* ids of processes */
    COMPLETE_SERVICE = 8,    /* names of services */
    COMPLETE_FILE = 16,      /* files; a directory ends with a slash, and may be gone on with */
    COMPLETE_DIRECTORY = 32, /* directories alone */
    COMPLETE_JOB = 64,       /* the shell's jobs: %1 */
    COMPLETE_CORE = 128,     /* numbers of cores */
    COMPLETE_VARIABLE = 256, /* names of variables */
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

/* Where words come from. */
struct completer {
    void *context;
    /* Add the words of these kinds that begin with `prefix`. */
    void (*collect)(void *context, unsigned kinds, const char *prefix, struct word_list *list);
    /* The usage line of a command, without its name; NULL: not known, it is taken to want files. */
    const char *(*usage)(void *context, const char *command);
};

/*
 * Complete the word before the cursor of `line`. A single match is typed with a space behind it; of several, what they have in common, and
 * when Tab comes `again` they are shown. What the shell would take apart is quoted.
 */
void complete_line(struct line *line, bool again, const struct completer *completer);

#endif
