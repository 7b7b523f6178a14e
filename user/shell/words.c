/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Words: quotes, $X, ${X...}, $(...), $((...)), `...`. Each word becomes a list of parts.
 */
#include "builder.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

static struct part *part_add(struct builder *builder, enum part_kind kind, bool quoted)
{
    struct part *part = lexer_alloc(builder->lexer, sizeof *part);
    *part = (struct part){.kind = kind, .quoted = quoted};
    *builder->tail = part;
    builder->tail = &part->next;
    return part;
}

static void run_end(struct builder *builder)
{
    if (builder->run_length > 0) {
        struct part *part = part_add(builder, PART_TEXT, builder->run_quoted);
        part->text = lexer_copy(builder->lexer, builder->run, builder->run_length);
        builder->run_length = 0;
    }
}

void builder_put(struct builder *builder, char c, bool quoted)
{
    if (builder->run_quoted != quoted) {
        run_end(builder);
        builder->run_quoted = quoted;
    }
    if (builder->run_length == builder->run_room) {
        size_t room = builder->run_room != 0 ? 2 * builder->run_room : 32;
        char *run = lexer_alloc(builder->lexer, room);
        if (builder->run_length > 0) {
            memcpy(run, builder->run, builder->run_length);
        }
        builder->run = run;
        builder->run_room = room;
    }
    builder->run[builder->run_length++] = c;
}

/* Something that is no text follows. */
struct part *builder_begin(struct builder *builder, enum part_kind kind, bool quoted)
{
    run_end(builder);
    return part_add(builder, kind, quoted);
}

static void empty_quotes(struct builder *builder)
{
    builder_begin(builder, PART_TEXT, true)->text = "";
}

static void single_quotes(struct builder *builder)
{
    struct lexer *lexer = builder->lexer;
    unsigned line = lexer->line;
    size_t start = ++lexer->at;
    for (; lexer->at < lexer->length && lexer->text[lexer->at] != '\''; lexer->at++) {
        lexer->line += lexer->text[lexer->at] == '\n';
        builder_put(builder, lexer->text[lexer->at], true);
    }
    if (lexer->at >= lexer->length) {
        lexer_fail_at_end(lexer, line, "this ' has no second one");
    }
    if (lexer->at == start) {
        empty_quotes(builder);
    }
    lexer->at++;
}

/* `...`: its text without the backslashes that protect it from the shell that reads it now. */
static void backquotes(struct builder *builder, bool quoted)
{
    struct lexer *lexer = builder->lexer;
    unsigned line = lexer->line;
    struct part *part = builder_begin(builder, PART_COMMAND, quoted);
    char *source = lexer_alloc(lexer, lexer->length - lexer->at + 1);
    size_t count = 0;
    lexer_take(lexer);
    for (;;) {
        char c = lexer->at < lexer->length ? lexer->text[lexer->at++] : '\0';
        if (c == '`') {
            break;
        }
        char next = lexer->at < lexer->length ? lexer->text[lexer->at] : '\0';
        if (c == '\\' && (next == '$' || next == '`' || next == '\\' || (quoted && next == '"'))) {
            c = lexer->text[lexer->at++];
        }
        if (c == '\0') {
            lexer_fail_at_end(lexer, line, "this ` has no second one");
        }
        lexer->line += c == '\n';
        source[count++] = c;
    }
    part->text = source;
}

/* A backslash within double quotes protects only what has a meaning there. */
static void quoted_backslash(struct builder *builder, const char *special)
{
    struct lexer *lexer = builder->lexer;
    lexer_take(lexer);
    char c = lexer_peek(lexer, 0);
    if (c == '\0' || strchr(special, c) == NULL) {
        builder_put(builder, '\\', true);
    } else {
        builder_put(builder, lexer_take(lexer), true);
    }
}

static void double_quotes(struct builder *builder)
{
    struct lexer *lexer = builder->lexer;
    unsigned line = lexer->line;
    lexer_enter(lexer);
    lexer_take(lexer);
    if (lexer_peek(lexer, 0) == '"') {
        empty_quotes(builder);
    }
    for (char c; (c = lexer_peek(lexer, 0)) != '"';) {
        if (c == '\0') {
            lexer_fail_at_end(lexer, line, "this \" has no second one");
        } else if (c == '\\') {
            quoted_backslash(builder, "$`\"\\");
        } else if (c == '$') {
            dollar_read(builder, true);
        } else if (c == '`') {
            backquotes(builder, true);
        } else {
            builder_put(builder, lexer_take(lexer), true);
        }
    }
    lexer_take(lexer);
    lexer_leave(lexer);
}

/* Words ------------------------------------------------------------------------------------------- */

static bool ends(enum place place, char c, unsigned parentheses)
{
    switch (place) {
    case PLACE_WORD:
        return strchr(" \t\n;&|<>()", c) != NULL;
    case PLACE_ARITHMETIC:
        return c == ')' && parentheses == 0;
    case PLACE_DOCUMENT:
        return false;
    default:
        return c == '}';
    }
}

/* One character, quotation or replacement. */
static void read_piece(struct builder *builder, enum place place, char c)
{
    struct lexer *lexer = builder->lexer;
    bool quoted = place == PLACE_BRACE_QUOTED || place == PLACE_ARITHMETIC || place == PLACE_DOCUMENT;
    if (c == '$') {
        dollar_read(builder, quoted);
    } else if (c == '`') {
        backquotes(builder, quoted);
    } else if (c == '"' && place != PLACE_DOCUMENT) {
        double_quotes(builder);
    } else if (c == '\'' && !quoted) {
        single_quotes(builder);
    } else if (c == '\\' && quoted) {
        quoted_backslash(builder, place == PLACE_BRACE_QUOTED ? "$`\"\\}"
                                  : place == PLACE_DOCUMENT   ? "$`\\"
                                                              : "$`\"\\");
    } else if (c == '\\' && lexer_peek(lexer, 1) != '\0') {
        lexer_take(lexer);
        builder_put(builder, lexer_take(lexer), true);
    } else {
        builder_put(builder, lexer_take(lexer), quoted);
    }
}

struct word *word_read_until(struct lexer *lexer, enum place place)
{
    struct word *word = lexer_alloc(lexer, sizeof *word);
    struct builder builder = {.lexer = lexer};
    unsigned parentheses = 0;
    builder.tail = &builder.first;
    for (char c; (c = lexer_peek(lexer, 0)) != '\0' && !ends(place, c, parentheses);) {
        parentheses += place == PLACE_ARITHMETIC ? (c == '(') - (c == ')') : 0;
        read_piece(&builder, place, c);
    }
    run_end(&builder);
    word->parts = builder.first;
    return word;
}

struct word *word_read(struct lexer *lexer)
{
    return word_read_until(lexer, PLACE_WORD);
}

struct word *word_read_document(struct lexer *lexer)
{
    return word_read_until(lexer, PLACE_DOCUMENT);
}

bool word_is(const struct word *word, const char *text)
{
    const struct part *part = word->parts;
    return part != NULL && part->next == NULL && part->kind == PART_TEXT && !part->quoted && strcmp(part->text, text) == 0;
}

char *word_plain(struct lexer *lexer, const struct word *word, bool *quoted)
{
    size_t length = 0;
    *quoted = false;
    for (const struct part *part = word->parts; part != NULL; part = part->next) {
        if (part->kind != PART_TEXT) {
            return NULL;
        }
        length += strlen(part->text);
        *quoted = *quoted || part->quoted;
    }
    char *plain = lexer_alloc(lexer, length + 1);
    char *to = plain;
    for (const struct part *part = word->parts; part != NULL; part = part->next) {
        size_t count = strlen(part->text);
        memcpy(to, part->text, count);
        to += count;
    }
    return plain;
}
