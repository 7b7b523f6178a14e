/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Tokens, and the lines of here-documents, which come after the newline that ends the command.
 */
#include "lexer.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

void lexer_fail(struct lexer *lexer, unsigned line, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(lexer->message, lexer->message_bytes, format, arguments);
    va_end(arguments);
    lexer->error_line = line;
    longjmp(lexer->trouble, 1);
}

void lexer_fail_at_end(struct lexer *lexer, unsigned line, const char *what)
{
    lexer->incomplete = true;
    lexer_fail(lexer, line, "%s", what);
}

void *lexer_alloc(struct lexer *lexer, size_t bytes)
{
    void *piece = pool_alloc(lexer->pool, bytes);
    if (piece == NULL) {
        lexer_fail(lexer, lexer->line, "out of memory");
    }
    return piece;
}

char *lexer_copy(struct lexer *lexer, const char *bytes, size_t count)
{
    char *copy = lexer_alloc(lexer, count + 1);
    if (count > 0) {
        memcpy(copy, bytes, count);
    }
    return copy;
}

void lexer_enter(struct lexer *lexer)
{
    if (++lexer->depth > NESTING_MAX) {
        lexer_fail(lexer, lexer->line, "commands and quotes are nested more than %d deep", NESTING_MAX);
    }
}

void lexer_leave(struct lexer *lexer)
{
    lexer->depth--;
}

/* Where the byte at `at` really is: behind backslashes with their newlines. */
static size_t skip_continuations(const struct lexer *lexer, size_t at, unsigned *lines)
{
    while (at + 1 < lexer->length && lexer->text[at] == '\\' && lexer->text[at + 1] == '\n') {
        at += 2;
        ++*lines;
    }
    return at;
}

char lexer_peek(struct lexer *lexer, size_t ahead)
{
    unsigned lines = 0;
    size_t at = skip_continuations(lexer, lexer->at, &lines);
    for (; ahead > 0 && at < lexer->length; ahead--) {
        at = skip_continuations(lexer, at + 1, &lines);
    }
    return at < lexer->length ? lexer->text[at] : '\0';
}

char lexer_take(struct lexer *lexer)
{
    lexer->at = skip_continuations(lexer, lexer->at, &lexer->line);
    if (lexer->at >= lexer->length) {
        return '\0';
    }
    char c = lexer->text[lexer->at++];
    lexer->line += c == '\n';
    return c;
}

/* Here-documents ----------------------------------------------------------------------------------- */

void document_expect(struct lexer *lexer, struct redirection *redirection, const struct token *operator_token,
                     const struct word *delimiter)
{
    struct pending *pending = lexer_alloc(lexer, sizeof *pending);
    struct pending **last = &lexer->pending;
    pending->redirection = redirection;
    pending->delimiter = word_plain(lexer, delimiter, &pending->quoted);
    pending->stripped = operator_token->kind == TOKEN_HERE_STRIPPED;
    pending->document = lexer_alloc(lexer, sizeof *pending->document);
    pending->document->operator_at = operator_token->start;
    if (pending->delimiter == NULL) {
        lexer_fail(lexer, operator_token->line, "a plain word is expected behind <<");
    }
    while (*last != NULL) {
        last = &(*last)->next;
    }
    *last = pending;
}

/* What expands to the lines of a document in which $ has its meaning: they are a text of their own. */
static struct word *document_word(struct lexer *lexer, const char *body, unsigned line)
{
    struct source *source = lexer_alloc(lexer, sizeof *source);
    struct source *outer = lexer->source;
    size_t at = lexer->at, length = lexer->length;
    unsigned outer_line = lexer->line;
    struct pending *outer_pending = lexer->pending;
    source->text = body;
    lexer->source = source;
    lexer->text = body;
    lexer->length = strlen(body);
    lexer->at = 0;
    lexer->line = line;
    lexer->pending = NULL;
    struct word *word = word_read_document(lexer);
    lexer->source = outer;
    lexer->text = outer->text;
    lexer->length = length;
    lexer->at = at;
    lexer->line = outer_line;
    lexer->pending = outer_pending;
    return word;
}

/* The lines up to the delimiter, which are left behind. */
static const char *document_lines(struct lexer *lexer, const struct pending *pending)
{
    unsigned first = lexer->line;
    size_t length = strlen(pending->delimiter), count = 0;
    char *body = lexer_alloc(lexer, lexer->length - lexer->at + 1);
    while (lexer->at < lexer->length) {
        const char *start = lexer->text + lexer->at;
        const char *newline = memchr(start, '\n', lexer->length - lexer->at);
        const char *end = newline != NULL ? newline : lexer->text + lexer->length;
        lexer->at = (size_t)(end - lexer->text) + (newline != NULL);
        lexer->line += newline != NULL;
        while (pending->stripped && start < end && *start == '\t') {
            start++;
        }
        if ((size_t)(end - start) == length && memcmp(start, pending->delimiter, length) == 0) {
            return body;
        }
        memcpy(body + count, start, (size_t)(end - start));
        count += (size_t)(end - start);
        if (newline != NULL) {
            body[count++] = '\n';
        }
    }
    lexer->incomplete = true;
    lexer_fail(lexer, first, "there is no line '%.40s' to end the here-document", pending->delimiter);
}

static void documents_read(struct lexer *lexer)
{
    while (lexer->pending != NULL) {
        struct pending *pending = lexer->pending;
        unsigned line = lexer->line;
        lexer->pending = pending->next;
        pending->document->body = lexer->at;
        const char *body = document_lines(lexer, pending);
        pending->document->end = lexer->at;
        struct here_document **last = &lexer->source->documents;
        while (*last != NULL) {
            last = &(*last)->next;
        }
        *last = pending->document;
        if (pending->quoted) {
            struct word *word = lexer_alloc(lexer, sizeof *word);
            word->parts = lexer_alloc(lexer, sizeof *word->parts);
            *word->parts = (struct part){.kind = PART_TEXT, .quoted = true, .text = body};
            pending->redirection->word = word;
        } else {
            pending->redirection->word = document_word(lexer, body, line);
        }
    }
}

/* Tokens ------------------------------------------------------------------------------------------- */

static void skip_blanks(struct lexer *lexer)
{
    char c = lexer_peek(lexer, 0);
    while (c == ' ' || c == '\t' || c == '\r') {
        lexer_take(lexer);
        c = lexer_peek(lexer, 0);
    }
    if (c == '#') {
        lexer->at = skip_continuations(lexer, lexer->at, &lexer->line);
        while (lexer->at < lexer->length && lexer->text[lexer->at] != '\n') {
            lexer->at++;
        }
    }
    lexer->at = skip_continuations(lexer, lexer->at, &lexer->line);
}

static enum token_kind operator_at(struct lexer *lexer)
{
    static const struct {
        const char *text;
        enum token_kind kind;
    } operators[] = {
        {"<<-", TOKEN_HERE_STRIPPED},
        {"&&", TOKEN_AND_AND},
        {"||", TOKEN_OR_OR},
        {";;", TOKEN_SEMICOLONS},
        {">>", TOKEN_GREATS},
        {">|", TOKEN_GREAT_PIPE},
        {"<>", TOKEN_LESS_GREAT},
        {"<&", TOKEN_LESS_AND},
        {">&", TOKEN_GREAT_AND},
        {"<<", TOKEN_HERE},
        {";", TOKEN_SEMICOLON},
        {"&", TOKEN_AMPERSAND},
        {"|", TOKEN_PIPE},
        {"(", TOKEN_OPEN},
        {")", TOKEN_CLOSE},
        {"<", TOKEN_LESS},
        {">", TOKEN_GREAT},
    };
    for (size_t i = 0; i < sizeof operators / sizeof operators[0]; i++) {
        size_t count = strlen(operators[i].text), matched = 0;
        while (matched < count && lexer_peek(lexer, matched) == operators[i].text[matched]) {
            matched++;
        }
        if (matched == count) {
            for (size_t taken = 0; taken < count; taken++) {
                lexer_take(lexer);
            }
            return operators[i].kind;
        }
    }
    return TOKEN_WORD;
}

/* Is it a number right in front of < or >? */
static bool io_number(struct lexer *lexer, int *number)
{
    size_t digits = 0;
    *number = 0;
    for (char c; (c = lexer_peek(lexer, digits)) >= '0' && c <= '9' && digits < 4; digits++) {
        *number = *number * 10 + (c - '0');
    }
    char after = lexer_peek(lexer, digits);
    if (digits == 0 || (after != '<' && after != '>')) {
        return false;
    }
    while (digits-- > 0) {
        lexer_take(lexer);
    }
    return true;
}

void token_next(struct lexer *lexer)
{
    skip_blanks(lexer);
    struct token *token = &lexer->token;
    *token = (struct token){.start = lexer->at, .line = lexer->line};
    char c = lexer_peek(lexer, 0);
    if (c == '\0') {
        token->kind = TOKEN_END;
    } else if (c == '\n') {
        lexer_take(lexer);
        token->kind = TOKEN_NEWLINE;
        documents_read(lexer);
        lexer->token.kind = TOKEN_NEWLINE;
    } else if (io_number(lexer, &token->number)) {
        token->kind = TOKEN_IO_NUMBER;
    } else if ((token->kind = operator_at(lexer)) == TOKEN_WORD) {
        size_t start = token->start;
        unsigned line = token->line;
        struct word *word = word_read(lexer); /* may use lexer->token for commands in it */
        *token = (struct token){.kind = TOKEN_WORD, .start = start, .line = line, .word = word};
    }
    token->end = lexer->at;
}
