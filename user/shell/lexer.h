/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * From text to tokens, words with their parts included. Private to the parser: lexer.c (tokens, here-documents) stands on
 * words.c. An error leaves by longjmp(), to parse_next(); all memory is the pool's.
 */
#ifndef SHELL_LEXER_H
#define SHELL_LEXER_H

#include <setjmp.h>
#include <stdbool.h>
#include <stddef.h>

#include "pool.h"
#include "ast.h"

#define NESTING_MAX 100 /* of commands, substitutions and quotes in each other */

enum token_kind {
    TOKEN_END,
    TOKEN_NEWLINE,
    TOKEN_WORD,
    TOKEN_IO_NUMBER, /* digits right in front of a redirection */
    TOKEN_AND_AND,
    TOKEN_OR_OR,
    TOKEN_SEMICOLON,
    TOKEN_SEMICOLONS, /* ;; */
    TOKEN_AMPERSAND,
    TOKEN_PIPE,
    TOKEN_OPEN,  /* ( */
    TOKEN_CLOSE, /* ) */
    TOKEN_LESS,  /* from here on: redirections */
    TOKEN_GREAT,
    TOKEN_GREATS,       /* >> */
    TOKEN_GREAT_PIPE,   /* >| */
    TOKEN_LESS_GREAT,   /* <> */
    TOKEN_LESS_AND,     /* <& */
    TOKEN_GREAT_AND,    /* >& */
    TOKEN_HERE,         /* << */
    TOKEN_HERE_STRIPPED /* <<- */
};

struct token {
    enum token_kind kind;
    size_t start, end; /* its place in the text */
    unsigned line;
    int number;        /* TOKEN_IO_NUMBER */
    struct word *word; /* TOKEN_WORD */
};

/* A here-document whose lines come after the next newline. */
struct pending {
    struct redirection *redirection;
    struct here_document *document;
    const char *delimiter;
    bool quoted;
    bool stripped;
    struct pending *next;
};

struct lexer {
    struct source *source;
    const char *text; /* the source's */
    size_t length;
    size_t at;
    unsigned line;
    unsigned depth;
    struct token token; /* the one that the parser looks at */
    struct pending *pending;
    struct pool *pool;
    struct node *(*commands)(struct lexer *lexer); /* the parser's: commands up to a `)`, which it leaves behind */
    jmp_buf trouble;
    bool incomplete; /* the text ended too early */
    char *message;   /* of `message_bytes`: what is wrong */
    size_t message_bytes;
    unsigned error_line;
};

/* Leave: out of memory (no message), or an error in line `line`. */
_Noreturn void lexer_fail(struct lexer *lexer, unsigned line, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
/* The same at the end of the text: more of it may mend that. */
_Noreturn void lexer_fail_at_end(struct lexer *lexer, unsigned line, const char *what);

/* Never 0. */
void *lexer_alloc(struct lexer *lexer, size_t bytes);
char *lexer_copy(struct lexer *lexer, const char *bytes, size_t count);

/* Nesting: one deeper, or leave; each is followed by lexer_leave(). */
void lexer_enter(struct lexer *lexer);
void lexer_leave(struct lexer *lexer);

/* The byte at `ahead` from here, a backslash with a newline left out; 0: the end. */
char lexer_peek(struct lexer *lexer, size_t ahead);
/* Take the byte that lexer_peek(0) shows. */
char lexer_take(struct lexer *lexer);

/* words.c: the word that begins here, up to what ends one. */
struct word *word_read(struct lexer *lexer);
/* All that is left of the text as if it stood in double quotes: a here-document's lines. */
struct word *word_read_document(struct lexer *lexer);
/* Is the word just this text, unquoted? */
bool word_is(const struct word *word, const char *text);
/* The text of a word in which nothing is to be replaced (quotes taken away); 0: there is. */
char *word_plain(struct lexer *lexer, const struct word *word, bool *quoted);

/* lexer.c: the next token into lexer->token. */
void token_next(struct lexer *lexer);
/* Lines for this redirection are to be read after the next newline. */
void document_expect(struct lexer *lexer, struct redirection *redirection, const struct token *operator_token,
                     const struct word *delimiter);

#endif
