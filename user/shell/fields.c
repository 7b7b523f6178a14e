/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Splitting at the characters of IFS (POSIX 2.6.5), and lists of strings.
 */
#include "expand.h"
#include "marked.h"

#include <stdlib.h>
#include <string.h>

#include "pattern.h"
#include "state.h"
#include "variables.h"

#define IFS_DEFAULT " \t\n"

bool fields_add(struct fields *fields, char *string)
{
    if (string != NULL && fields->count + 1 >= fields->room) {
        size_t room = fields->room != 0 ? 2 * fields->room : 8;
        char **list = realloc(fields->list, room * sizeof *list);
        if (list == NULL) {
            free(string);
            return false;
        }
        fields->list = list;
        fields->room = room;
    }
    if (string == NULL) {
        return false;
    }
    fields->list[fields->count++] = string;
    fields->list[fields->count] = NULL;
    return true;
}

void fields_free(struct fields *fields)
{
    for (size_t i = 0; i < fields->count; i++) {
        free(fields->list[i]);
    }
    free(fields->list);
    *fields = (struct fields){0};
}

void marked_add(struct marked *marked, const char *bytes, size_t count, enum mark mark)
{
    text_add(&marked->bytes, bytes, count);
    text_repeat(&marked->marks, (char)mark, count);
}

void marked_free(struct marked *marked)
{
    text_free(&marked->bytes);
    text_free(&marked->marks);
}

/* bytes[from, to) as one string. */
static char *string_of(const struct marked *marked, size_t from, size_t to, bool pattern)
{
    struct text text = {0};
    for (size_t i = from; i < to; i++) {
        char c = marked->bytes.bytes[i];
        enum mark mark = (enum mark)marked->marks.bytes[i];
        if (mark == MARK_EMPTY) {
            continue;
        }
        if (pattern && (c == '\\' || (mark == MARK_QUOTED && strchr("*?[]!-^", c) != NULL))) {
            text_put(&text, '\\');
        }
        text_put(&text, c);
    }
    return text_take(&text);
}

char *marked_string(const struct marked *marked, bool pattern)
{
    return string_of(marked, 0, marked->bytes.length, pattern);
}

static bool has_pattern(const struct marked *marked, size_t from, size_t to)
{
    for (size_t i = from; i < to; i++) {
        char c = marked->bytes.bytes[i];
        if ((c == '*' || c == '?' || c == '[') &&
            (marked->marks.bytes[i] == MARK_PLAIN || marked->marks.bytes[i] == MARK_SPLIT)) {
            return (state.options & OPTION_NO_GLOB) == 0;
        }
    }
    return false;
}

/* bytes[from, to) are a field: files that match it, or itself. */
static bool add_field(const struct marked *marked, size_t from, size_t to, struct fields *fields)
{
    if (has_pattern(marked, from, to)) {
        size_t before = fields->count;
        char *pattern = string_of(marked, from, to, true);
        bool good = pattern != NULL && glob_add(pattern, fields);
        free(pattern);
        if (!good || fields->count > before) {
            return good;
        }
    }
    return fields_add(fields, string_of(marked, from, to, false));
}

static bool is_white(char c)
{
    return c == ' ' || c == '\t' || c == '\n';
}

/* Where we are in splitting. */
struct split {
    size_t start;
    bool field;       /* there is one since `start` */
    bool ended_white; /* the last one was ended by white space; one other separator may follow */
};

/* A separator at `i`: does it end a field (which may be empty)? */
static bool separates(struct split *split, char c)
{
    if (is_white(c)) {
        split->ended_white = split->field || split->ended_white;
        return split->field;
    }
    bool ends = split->field || !split->ended_white;
    split->ended_white = false;
    return ends;
}

bool marked_split(const struct marked *marked, struct fields *fields)
{
    const char *ifs = variable_get("IFS");
    struct split split = {0};
    bool good = true;
    ifs = ifs != NULL ? ifs : IFS_DEFAULT;
    size_t i = 0;
    for (; i < marked->bytes.length && good; i++) {
        char c = marked->bytes.bytes[i];
        enum mark mark = (enum mark)marked->marks.bytes[i];
        bool separator = mark == MARK_SPLIT && c != '\0' && strchr(ifs, c) != NULL;
        if (mark != MARK_BREAK && !separator) {
            split.field = true;
            split.ended_white = false;
            continue;
        }
        if (mark == MARK_BREAK ? split.field : separates(&split, c)) {
            good = add_field(marked, split.start, i, fields);
        }
        split.ended_white = mark != MARK_BREAK && split.ended_white;
        split.field = false;
        split.start = i + 1;
    }
    return good && (!split.field || add_field(marked, split.start, i, fields));
}

/* `read` ------------------------------------------------------------------------------------------- */

static bool is_separator(const char *ifs, const char *text, const char *escapes, size_t i)
{
    return text[i] != '\0' && !escapes[i] && strchr(ifs, text[i]) != NULL;
}

/* Where what stands behind a separator at `i` begins: white space and one other character are one separator. */
static size_t skip_separator(const char *ifs, const char *text, const char *escapes, size_t i)
{
    bool other = false;
    while (is_separator(ifs, text, escapes, i) && (is_white(text[i]) || !other)) {
        other = other || !is_white(text[i]);
        i++;
    }
    return i;
}

/* The end of the rest that begins at `i`, without white space, and without a single separator behind one field. */
static size_t rest_end(const char *ifs, const char *text, const char *escapes, size_t i)
{
    size_t end = strlen(text), field = i;
    while (end > i && is_separator(ifs, text, escapes, end - 1) && is_white(text[end - 1])) {
        end--;
    }
    while (text[field] != '\0' && !is_separator(ifs, text, escapes, field)) {
        field++;
    }
    return text[skip_separator(ifs, text, escapes, field)] == '\0' && field < end ? field : end;
}

bool expand_split(const char *text, const char *escapes, size_t most, struct fields *fields)
{
    const char *ifs = variable_get("IFS");
    size_t i = 0;
    ifs = ifs != NULL ? ifs : IFS_DEFAULT;
    while (is_separator(ifs, text, escapes, i) && is_white(text[i])) {
        i++;
    }
    while (text[i] != '\0') {
        size_t end = i;
        if (fields->count + 1 == most) {
            end = rest_end(ifs, text, escapes, i);
        } else {
            while (text[end] != '\0' && !is_separator(ifs, text, escapes, end)) {
                end++;
            }
        }
        if (!fields_add(fields, strndup(text + i, end - i))) {
            return false;
        }
        if (fields->count == most) {
            break;
        }
        i = skip_separator(ifs, text, escapes, end);
    }
    return true;
}
