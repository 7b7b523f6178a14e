/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A word while it is read. Private to words.c and dollar.c, which call each other as quotes and replacements are in each other.
 */
#ifndef SHELL_BUILDER_H
#define SHELL_BUILDER_H

#include "lexer.h"

/* Where a word is read, which says what ends it and what quotes mean in it. */
enum place {
    PLACE_WORD,         /* blanks and operators end it */
    PLACE_BRACE,        /* in ${X...}: } ends it */
    PLACE_BRACE_QUOTED, /* the same within double quotes: ' means itself */
    PLACE_ARITHMETIC,   /* in $((...)): )) ends it */
    PLACE_DOCUMENT      /* the end of the text ends it */
};

struct builder {
    struct lexer *lexer;
    struct part *first;
    struct part **tail;
    char *run; /* text that is being collected */
    size_t run_length, run_room;
    bool run_quoted;
};

/* One more character of text. */
void builder_put(struct builder *builder, char c, bool quoted);

/* A part that is no text follows. */
struct part *builder_begin(struct builder *builder, enum part_kind kind, bool quoted);

/* words.c: a word up to what ends it at such a place. */
struct word *word_read_until(struct lexer *lexer, enum place place);

/* dollar.c: a $ and what belongs to it. */
void dollar_read(struct builder *builder, bool quoted);

#endif
