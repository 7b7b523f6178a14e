/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * From words to what a command gets: parameters, command substitution, arithmetic, splitting at IFS, file names. Reads
 * and changes the variables and the state; commands are run by whoever set expand_run_commands.
 */
#ifndef SHELL_EXPAND_H
#define SHELL_EXPAND_H

#include <stdbool.h>
#include <stddef.h>

#include "ast.h"

struct fields {
    char **list; /* `count` strings, then a null pointer (0: there were none yet) */
    size_t count, room;
};

/* Add a string, which then is the list's; 0 or false: no memory (the string is freed). */
bool fields_add(struct fields *fields, char *string);
void fields_free(struct fields *fields);

/* What expands the words into: any number of fields each. False: expand_message() says why. */
bool expand_words(const struct word *words, struct fields *fields);

/* One string, neither split nor taken for file names, to be freed; 0: expand_message() says why. */
char *expand_string(const struct word *word);

/* The same as a pattern, in which backslashes protect what was quoted. */
char *expand_pattern(const struct word *word);

const char *expand_message(void);

/* Split `text` as `read` does: at IFS into at most `most` fields; the last one has the rest. `escapes`: places (by byte, as many
 * as the text has) that do not split. */
bool expand_split(const char *text, const char *escapes, size_t most, struct fields *fields);

/* Run the commands of a PART_COMMAND; their output, to be freed; 0: it could not be done (the message has been shown). */
extern char *(*expand_run_commands)(const struct part *part);

/* glob.c: the names of files that match, in order; *none stays as it is if there are none. False: no memory. */
bool glob_add(const char *pattern, struct fields *fields);

#endif
