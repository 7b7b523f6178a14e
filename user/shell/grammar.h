/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What the two files of the parser share: parser.c (simple commands, pipelines, lists) and compound.c call each other,
 * as the rules of the grammar do.
 */
#ifndef SHELL_GRAMMAR_H
#define SHELL_GRAMMAR_H

#include "lexer.h"

/* Is the token this word, unquoted? */
bool token_is(const struct lexer *lexer, const char *word);
/* Leave: `expected` should stand here ("a command is"...: " expected" follows). */
_Noreturn void unexpected(struct lexer *lexer, const char *expected);
/* Take this word, or leave. */
void expect_word(struct lexer *lexer, const char *word);
void skip_newlines(struct lexer *lexer);
/* A node that begins at the token. */
struct node *node_new(struct lexer *lexer, enum node_kind kind);
/* Letters, digits and _, and no digit first? */
bool is_name(const char *text);

/* All redirections that come now, to the end of a list of them. */
void redirections(struct lexer *lexer, struct redirection **list);

/* Commands up to what cannot begin one; the second: at least one. */
struct node *parse_list(struct lexer *lexer);
struct node *parse_some(struct lexer *lexer);

/* A line: what the shell runs at once. */
struct node *parse_complete_command(struct lexer *lexer);
/* The inside of $( ), with its ); the words around it wait. */
struct node *parse_in_word(struct lexer *lexer);

/* compound.c: a compound command without its redirections; 0: what begins here is none. */
struct node *parse_compound(struct lexer *lexer);

#endif
