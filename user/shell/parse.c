/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The shell's parser: one pass over the text, growing lists of words and commands.
 */
#include "parse.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct parser {
    const char *text;
    size_t at;
    struct script *script;
    bool failed;
};

static void fail(struct parser *parser, size_t place, const char *what)
{
    if (!parser->failed) {
        snprintf(parser->script->error, sizeof parser->script->error, "%s (character %zu)", what, place + 1);
    }
    parser->failed = true;
}

static void free_words(struct command *command)
{
    for (size_t i = 0; i < command->argc; i++) {
        free(command->argv[i]);
    }
    free(command->argv);
}

void script_free(struct script *script)
{
    for (size_t i = 0; i < script->count; i++) {
        free_words(&script->commands[i]);
    }
    free(script->commands);
    script->commands = NULL;
    script->count = 0;
}

static bool is_blank(char c)
{
    return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

static bool ends_word(char c)
{
    return c == '\0' || is_blank(c) || strchr(";&|<>()", c) != NULL;
}

/* Copy one character out of quotes (or from double quotes); how many characters of text it took. */
static size_t take(struct parser *parser, const char *from, bool quoted, char *to, size_t *length)
{
    if (from[0] == '$' && from[1] == '?') {
        to[(*length)++] = PARSE_STATUS;
        return 2;
    }
    if (from[0] == '\\' && from[1] != '\0' && (!quoted || strchr("\"\\$", from[1]) != NULL)) {
        to[(*length)++] = from[1];
        return 2;
    }
    if ((unsigned char)from[0] < 0x20 && !is_blank(from[0])) {
        fail(parser, (size_t)(from - parser->text), "control characters are not allowed");
    }
    to[(*length)++] = from[0];
    return 1;
}

/* The word at parser->at, as a new string; parser->at moves behind it. */
static char *parse_word(struct parser *parser)
{
    char *word = malloc(strlen(parser->text + parser->at) + 1);
    size_t length = 0;
    if (word == NULL) {
        fail(parser, parser->at, "out of memory");
        return NULL;
    }
    while (!ends_word(parser->text[parser->at]) && !parser->failed) {
        char quote = parser->text[parser->at];
        if (quote != '\'' && quote != '"') {
            parser->at += take(parser, parser->text + parser->at, false, word, &length);
            continue;
        }
        size_t opened = parser->at++;
        while (parser->text[parser->at] != quote && parser->text[parser->at] != '\0') {
            if (quote == '"') {
                parser->at += take(parser, parser->text + parser->at, true, word, &length);
            } else {
                word[length++] = parser->text[parser->at++];
            }
        }
        if (parser->text[parser->at] == '\0') {
            fail(parser, opened, quote == '"' ? "this \" has no second one" : "this ' has no second one");
            break;
        }
        parser->at++;
    }
    word[length] = '\0';
    return word;
}

static void add_word(struct parser *parser, struct command *command, char *word)
{
    char **grown = word == NULL ? NULL : realloc(command->argv, (command->argc + 2) * sizeof *grown);
    if (grown == NULL) {
        free(word);
        fail(parser, parser->at, "out of memory");
        return;
    }
    command->argv = grown;
    command->argv[command->argc++] = word;
    command->argv[command->argc] = NULL;
}

static void add_command(struct parser *parser, struct command *command)
{
    struct script *script = parser->script;
    struct command *grown = realloc(script->commands, (script->count + 1) * sizeof *grown);
    if (grown == NULL) {
        free_words(command);
        fail(parser, parser->at, "out of memory");
    } else {
        script->commands = grown;
        script->commands[script->count++] = *command;
    }
    *command = (struct command){0};
}

/* `;` or `&` at parser->at: the command before it is complete. */
static void end_command(struct parser *parser, struct command *command)
{
    char separator = parser->text[parser->at];
    if (command->argc == 0) {
        fail(parser, parser->at,
             separator == '&' ? "there is no command before this '&'" : "there is no command before this ';'");
        return;
    }
    command->background = separator == '&';
    add_command(parser, command);
    parser->at++;
}

bool parse(const char *text, struct script *script)
{
    struct parser parser = {.text = text, .script = script};
    struct command command = {0};
    *script = (struct script){0};
    while (!parser.failed) {
        char c = text[parser.at];
        if (is_blank(c)) {
            parser.at++;
        } else if (c == '\0' || c == '#') {
            break;
        } else if (c == ';' || c == '&') {
            end_command(&parser, &command);
        } else if (ends_word(c)) {
            fail(&parser, parser.at, "| < > ( ) mean nothing here: quote them as in '|'");
        } else {
            add_word(&parser, &command, parse_word(&parser));
        }
    }
    if (!parser.failed && command.argc > 0) {
        add_command(&parser, &command);
    }
    if (parser.failed) {
        free_words(&command);
        script_free(script);
    }
    return !parser.failed;
}

char *parse_expand(const char *word, int status)
{
    size_t bytes = 1;
    for (const char *c = word; *c != '\0'; c++) {
        bytes += *c == PARSE_STATUS ? 11 : 1;
    }
    char *expanded = malloc(bytes);
    if (expanded == NULL) {
        return NULL;
    }
    char *to = expanded;
    for (const char *c = word; *c != '\0'; c++) {
        if (*c == PARSE_STATUS) {
            to += snprintf(to, bytes - (size_t)(to - expanded), "%d", status);
        } else {
            *to++ = *c;
        }
    }
    *to = '\0';
    return expanded;
}

struct word_place parse_place(const char *text, size_t cursor, char *command, size_t bytes)
{
    struct word_place place = {0};
    bool in_word = false;
    char quote = 0;
    size_t length = 0;
    for (size_t i = 0; i < cursor; i++) {
        char c = text[i];
        if (quote == 0 && (c == ';' || c == '&')) {
            place = (struct word_place){.start = i + 1};
            in_word = false;
            length = 0;
            continue;
        }
        if (quote == 0 && is_blank(c)) {
            place.index += in_word;
            in_word = false;
            place.start = i + 1;
            continue;
        }
        if (c == '\'' || c == '"') {
            quote = quote == c ? 0 : quote == 0 ? c : quote;
        } else if (place.index == 0 && length + 1 < bytes) {
            command[length++] = c;
        }
        in_word = true;
    }
    command[length] = '\0';
    return place;
}
