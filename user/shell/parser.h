/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The shell's parser: text in, a tree (ast.h) out. Pure; whatever the text is, it ends with a tree or an error.
 *
 * It takes one complete command at a time (what the shell runs before it reads on), as POSIX asks for: a mistake further
 * down in a script is found when it is reached.
 */
#ifndef SHELL_PARSER_H
#define SHELL_PARSER_H

#include <stddef.h>

#include "pool.h"
#include "ast.h"

/* What was parsed, with all that it needs. Counted, since a function outlives the script that it is from. */
struct program {
    struct pool pool;
    struct node *root; /* 0: only blanks and comments */
    unsigned users;
};

enum parse_result {
    PARSE_OK,
    PARSE_END,        /* there is nothing more */
    PARSE_INCOMPLETE, /* the text ends within a command: more lines may mend that */
    PARSE_ERROR
};

struct parse_error {
    unsigned line;
    char message[120];
};

/*
 * Parse the next command of `text`, which begins at *at, in line *line (counted from 1); both move behind it. On PARSE_OK
 * *program is the caller's, to be given back by program_release(); else *error says what is wrong (PARSE_END: nothing).
 */
enum parse_result parse_next(const char *text, size_t *at, unsigned *line, struct program **program,
                             struct parse_error *error);

void program_keep(struct program *program);
void program_release(struct program *program);

/* The text of a node, with here-documents that stand behind it, as a new string; 0 without memory. */
char *node_text(const struct node *node);

#endif
