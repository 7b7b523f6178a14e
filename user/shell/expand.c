/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Expansion in two steps: parts become bytes, each with a mark that says where it is from; then marks decide what is
 * split (fields.c) and what is a pattern.
 */
#include "expand.h"
#include "marked.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "arithmetic.h"
#include "pattern.h"
#include "state.h"
#include "variables.h"

#define NO_MEMORY "out of memory (a word has at most 16 MiB)"

char *(*expand_run_commands)(const struct part *part);

static char message[160];

const char *expand_message(void)
{
    return message;
}

static void fail(struct marked *marked, const char *name, const char *what)
{
    if (!marked->failed) {
        snprintf(message, sizeof message, "%s%.60s%s%.80s", "", name, name[0] != '\0' ? ": " : "", what);
    }
    marked->failed = true;
}

static void expand_parts(struct marked *marked, const struct part *part);

/* The value of a replacement. */
static void add_value(struct marked *marked, const char *value, bool quoted)
{
    marked_add(marked, value, strlen(value), quoted ? MARK_QUOTED : MARK_SPLIT);
    if (quoted && value[0] == '\0') {
        marked_add(marked, "e", 1, MARK_EMPTY);
    }
}

/* Parameters --------------------------------------------------------------------------------------- */

static bool is_all(const char *name)
{
    return (name[0] == '@' || name[0] == '*') && name[1] == '\0';
}

/* What stands between the parameters in "$*". */
static const char *join_separator(char text[2])
{
    const char *ifs = variable_get("IFS");
    text[0] = ifs == NULL ? ' ' : ifs[0];
    text[1] = '\0';
    return text;
}

static char *join_parameters(const char *separator)
{
    struct text text = {0};
    for (size_t i = 0; i < state.parameters.count; i++) {
        text_string(&text, i > 0 ? separator : "");
        text_string(&text, state.parameters.list[i]);
    }
    return text_take(&text);
}

/* A parameter's value as a new string; 0: it has none (or no memory: then it has failed). */
static char *parameter_value(struct marked *marked, const char *name)
{
    char text[24];
    const char *value = NULL;
    if (name[0] >= '0' && name[0] <= '9') {
        char *end;
        unsigned long number = strtoul(name, &end, 10);
        value = number == 0 ? state.name : number <= state.parameters.count ? state.parameters.list[number - 1] : NULL;
    } else if (is_all(name)) {
        char separator[2];
        char *all = state.parameters.count > 0 ? join_parameters(join_separator(separator)) : NULL;
        if (all == NULL && state.parameters.count > 0) {
            fail(marked, "", NO_MEMORY);
        }
        return all;
    } else if (strcmp(name, "?") == 0) {
        snprintf(text, sizeof text, "%d", state.status);
        value = text;
    } else if (strcmp(name, "#") == 0) {
        snprintf(text, sizeof text, "%zu", state.parameters.count);
        value = text;
    } else if (strcmp(name, "-") == 0) {
        value = option_letters(text);
    } else if (strcmp(name, "$") == 0) {
        value = state.process;
    } else if (strcmp(name, "!") == 0) {
        value = state.background[0] != '\0' ? state.background : NULL;
    } else {
        value = variable_get(name);
    }
    char *copy = value != NULL ? strdup(value) : NULL;
    if (value != NULL && copy == NULL) {
        fail(marked, "", NO_MEMORY);
    }
    return copy;
}

/* $@ and $*: a field each, or all in one. */
static void add_all_parameters(struct marked *marked, char which, bool quoted)
{
    char separator[2];
    bool one = quoted && which == '*';
    if (one) {
        char *all = join_parameters(join_separator(separator));
        if (all == NULL) {
            fail(marked, "", NO_MEMORY);
            return;
        }
        add_value(marked, all, true);
        free(all);
        return;
    }
    for (size_t i = 0; i < state.parameters.count; i++) {
        if (i > 0) {
            marked_add(marked, " ", 1, MARK_BREAK);
        }
        add_value(marked, state.parameters.list[i], quoted);
    }
}

/* The word of ${X-word}: within double quotes it is quoted as it stands, else what is not quoted is split. */
static void add_alternative(struct marked *marked, const struct part *part)
{
    size_t before = marked->bytes.length;
    marked->inside += !part->quoted;
    expand_parts(marked, part->word->parts);
    marked->inside -= !part->quoted;
    if (part->quoted && marked->bytes.length == before) {
        marked_add(marked, "e", 1, MARK_EMPTY);
    }
}

static void assign_default(struct marked *marked, const struct part *part)
{
    char *value = expand_string(part->word);
    if (value == NULL) {
        marked->failed = true;
        return;
    }
    if ((part->text[0] >= '0' && part->text[0] <= '9') || is_all(part->text) || strchr("?$!#-", part->text[0]) != NULL) {
        fail(marked, part->text, "it cannot be assigned in this way");
    } else if (variable_set(part->text, value, 0) != VARIABLE_OK) {
        fail(marked, part->text, "it may only be read");
    } else {
        add_value(marked, value, part->quoted);
    }
    free(value);
}

static void error_of(struct marked *marked, const struct part *part)
{
    char *text = part->word->parts != NULL ? expand_string(part->word) : NULL;
    if (part->word->parts != NULL && text == NULL) {
        marked->failed = true;
        return;
    }
    fail(marked, part->text, text != NULL ? text : part->colon ? "parameter not set or null" : "parameter not set");
    free(text);
}

/* Cut what the pattern matches off the value, in place; gives where it begins then. */
static char *cut(char *value, const char *pattern, enum parameter_op op)
{
    size_t length = strlen(value);
    bool prefix = op == PARAMETER_PREFIX || op == PARAMETER_PREFIX_LONGEST;
    bool longest = op == PARAMETER_PREFIX_LONGEST || op == PARAMETER_SUFFIX_LONGEST;
    for (size_t i = 0; i <= length; i++) {
        size_t count = longest ? length - i : i; /* bytes that are cut off */
        if (prefix && pattern_match(pattern, value, count)) {
            return value + count;
        }
        if (!prefix && pattern_match(pattern, value + length - count, count)) {
            value[length - count] = '\0';
            return value;
        }
    }
    return value;
}

static void add_cut(struct marked *marked, const struct part *part, char *value)
{
    char *pattern = expand_pattern(part->word);
    if (pattern == NULL) {
        marked->failed = true;
        return;
    }
    add_value(marked, cut(value, pattern, part->op), part->quoted);
    free(pattern);
}

static void add_length(struct marked *marked, const struct part *part, const char *value)
{
    char text[24];
    snprintf(text, sizeof text, "%zu", is_all(part->text) ? state.parameters.count : value != NULL ? strlen(value) : 0);
    add_value(marked, text, part->quoted);
}

/* The value, or what ${X op word} gives for it. */
static void add_parameter_value(struct marked *marked, const struct part *part, char *value)
{
    if (part->op == PARAMETER_LENGTH) {
        add_length(marked, part, value);
    } else if (part->op >= PARAMETER_PREFIX && value != NULL) {
        add_cut(marked, part, value);
    } else if (is_all(part->text)) {
        add_all_parameters(marked, part->text[0], part->quoted);
    } else {
        add_value(marked, value != NULL ? value : "", part->quoted);
    }
}

static void expand_parameter(struct marked *marked, const struct part *part)
{
    char *value = parameter_value(marked, part->text);
    bool empty = value == NULL || (part->colon && value[0] == '\0');
    bool always = is_all(part->text) || part->op == PARAMETER_DEFAULT || part->op == PARAMETER_ASSIGN ||
                  part->op == PARAMETER_ERROR || part->op == PARAMETER_ALTERNATIVE;
    if (marked->failed) {
        free(value);
        return;
    }
    if (value == NULL && !always && (state.options & OPTION_UNSET) != 0) {
        fail(marked, part->text, "parameter not set");
    } else if (part->op == PARAMETER_ALTERNATIVE) {
        if (!empty) {
            add_alternative(marked, part);
        } else if (part->quoted) {
            marked_add(marked, "e", 1, MARK_EMPTY);
        }
    } else if (empty && part->op == PARAMETER_DEFAULT) {
        add_alternative(marked, part);
    } else if (empty && part->op == PARAMETER_ASSIGN) {
        assign_default(marked, part);
    } else if (empty && part->op == PARAMETER_ERROR) {
        error_of(marked, part);
    } else {
        add_parameter_value(marked, part, value);
    }
    free(value);
}

/* Commands and arithmetic ------------------------------------------------------------------------- */

static void expand_commands(struct marked *marked, const struct part *part)
{
    char *output = expand_run_commands(part);
    if (output == NULL) {
        fail(marked, "", "");
        return;
    }
    size_t length = strlen(output);
    while (length > 0 && output[length - 1] == '\n') {
        output[--length] = '\0';
    }
    add_value(marked, output, part->quoted);
    free(output);
}

static void expand_arithmetic(struct marked *marked, const struct part *part)
{
    long long value;
    char text[100];
    char *expression = expand_string(part->word);
    if (expression == NULL) {
        marked->failed = true;
        return;
    }
    if (arithmetic(expression, &value, text, sizeof text)) {
        snprintf(text, sizeof text, "%lld", value);
        add_value(marked, text, part->quoted);
    } else {
        fail(marked, "$((...))", text);
    }
    free(expression);
}

/* Parts and words --------------------------------------------------------------------------------- */

static void expand_text(struct marked *marked, const struct part *part)
{
    if (part->quoted && part->text[0] == '\0') {
        marked_add(marked, "e", 1, MARK_EMPTY);
        return;
    }
    enum mark mark = part->quoted ? MARK_QUOTED : marked->inside > 0 ? MARK_SPLIT : MARK_PLAIN;
    marked_add(marked, part->text, strlen(part->text), mark);
}

static void expand_parts(struct marked *marked, const struct part *part)
{
    for (; part != NULL && !marked->failed; part = part->next) {
        switch (part->kind) {
        case PART_TEXT:
            expand_text(marked, part);
            break;
        case PART_PARAMETER:
            expand_parameter(marked, part);
            break;
        case PART_COMMAND:
            expand_commands(marked, part);
            break;
        default:
            expand_arithmetic(marked, part);
            break;
        }
    }
}

/* All of a word, with ~ at its start. */
static bool expand_marked(struct marked *marked, const struct word *word)
{
    const struct part *part = word->parts;
    const char *home = variable_get("HOME");
    *marked = (struct marked){0};
    if (part != NULL && part->kind == PART_TEXT && !part->quoted && part->text[0] == '~' && home != NULL &&
        (part->text[1] == '/' || (part->text[1] == '\0' && part->next == NULL))) {
        marked_add(marked, home, strlen(home), MARK_QUOTED);
        marked_add(marked, part->text + 1, strlen(part->text + 1), MARK_PLAIN);
        part = part->next;
    }
    expand_parts(marked, part);
    if (!marked->failed && (marked->bytes.failed || marked->marks.failed)) {
        fail(marked, "", NO_MEMORY);
    }
    return !marked->failed;
}

bool expand_words(const struct word *words, struct fields *fields)
{
    struct marked marked;
    bool good = true;
    for (; words != NULL && good; words = words->next) {
        good = expand_marked(&marked, words);
        if (good && !marked_split(&marked, fields)) {
            fail(&marked, "", NO_MEMORY);
            good = false;
        }
        marked_free(&marked);
    }
    return good;
}

static char *expand_one(const struct word *word, bool pattern)
{
    struct marked marked;
    char *string = NULL;
    if (expand_marked(&marked, word)) {
        string = marked_string(&marked, pattern);
        if (string == NULL) {
            fail(&marked, "", NO_MEMORY);
        }
    }
    marked_free(&marked);
    return string;
}

char *expand_string(const struct word *word)
{
    return expand_one(word, false);
}

char *expand_pattern(const struct word *word)
{
    return expand_one(word, true);
}
