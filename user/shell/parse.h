/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The shell's grammar: words, quotes, `;`, `&`, `$?` and comments. Pure: text in, commands out.
 *
 *   line     = command { (";" | "&") command } [";" | "&"]
 *   command  = word { word }
 *   word     = pieces of: plain text, 'taken as it is', "with \" \\ \$ and $?", \x for any character x
 *
 * A `#` at the start of a word begins a comment. `$?` stands for the exit status of the command before, so it is
 * put in only when the command runs (parse_expand()).
 */
#ifndef SHELL_PARSE_H
#define SHELL_PARSE_H

#include <stdbool.h>
#include <stddef.h>

#define PARSE_STATUS '\1' /* in a word: `$?`; control characters never come from the line itself */

struct command {
    char **argv; /* argc words, then a null pointer */
    size_t argc;
    bool background; /* ended by `&` */
};

struct script {
    struct command *commands;
    size_t count;
    char error[96]; /* what is wrong and where, if parse() failed */
};

/*
 * Take `text` apart into `script`, which owns what it holds until script_free(). Returns false and fills script->error
 * if it is malformed; script_free() is not needed then.
 */
bool parse(const char *text, struct script *script);

void script_free(struct script *script);

/* A new string: `word` with `$?` put in, or 0 without memory. */
char *parse_expand(const char *word, int status);

/*
 * Where the word that ends at text[cursor] begins, and which word of its command it is (0: the command itself). In
 * `command` (of `bytes`) goes the first word of that command, cut off if it does not fit.
 */
struct word_place {
    size_t start;
    size_t index;
};
struct word_place parse_place(const char *text, size_t cursor, char *command, size_t bytes);

#endif
