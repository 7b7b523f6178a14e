/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Programs: one parse from its start to its end, its memory, its text.
 */
#include "parser.h"
#include "grammar.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "text.h"

enum parse_result parse_next(const char *text, size_t *at, unsigned *line, struct program **out, struct parse_error *error)
{
    struct program *program = calloc(1, sizeof *program);
    struct lexer *lexer = program != NULL ? pool_alloc(&program->pool, sizeof *lexer) : NULL;
    struct source *source = lexer != NULL ? pool_alloc(&program->pool, sizeof *source) : NULL;
    *error = (struct parse_error){.line = *line};
    if (source == NULL) {
        snprintf(error->message, sizeof error->message, "out of memory");
        program_release(program);
        return PARSE_ERROR;
    }
    lexer->length = strlen(text + *at);
    lexer->line = *line;
    lexer->pool = &program->pool;
    lexer->commands = parse_in_word;
    lexer->message = error->message;
    lexer->message_bytes = sizeof error->message;
    lexer->source = source;
    lexer->text = text + *at;
    source->text = lexer->text;
    if (setjmp(lexer->trouble) != 0) {
        bool incomplete = lexer->incomplete;
        error->line = lexer->error_line;
        program_release(program);
        return incomplete ? PARSE_INCOMPLETE : PARSE_ERROR;
    }
    token_next(lexer);
    skip_newlines(lexer);
    bool end = lexer->token.kind == TOKEN_END;
    if (!end) {
        program->root = parse_complete_command(lexer);
        source->text = lexer_copy(lexer, lexer->text, lexer->at); /* node_text() may be asked when the script is gone */
    }
    *at += lexer->at;
    *line = lexer->line;
    if (end) {
        program_release(program);
        return PARSE_END;
    }
    program->users = 1;
    *out = program;
    return PARSE_OK;
}

void program_keep(struct program *program)
{
    program->users++;
}

void program_release(struct program *program)
{
    if (program != NULL && (program->users == 0 || --program->users == 0)) {
        pool_free(&program->pool);
        free(program);
    }
}

char *node_text(const struct node *node)
{
    struct text text = {0};
    const char *source = node->source->text;
    bool first = true;
    text_add(&text, source + node->start, node->end - node->start);
    for (const struct here_document *document = node->source->documents; document != NULL; document = document->next) {
        if (document->operator_at >= node->start && document->operator_at < node->end && document->body >= node->end) {
            text_string(&text, first ? "\n" : "");
            text_add(&text, source + document->body, document->end - document->body);
            first = false;
        }
    }
    return text_take(&text);
}
