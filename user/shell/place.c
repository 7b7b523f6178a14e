/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Where in a command line the cursor is: one pass over what is left of it.
 */
#include "place.h"

#include <string.h>

static bool is_blank(char c)
{
    return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

/* Words behind which a command follows. */
static bool leads(const char *word, size_t length)
{
    static const char *const words[] = {"if", "then", "else", "elif", "while", "until", "do", "!", "{"};
    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++) {
        if (strlen(words[i]) == length && memcmp(words[i], word, length) == 0) {
            return true;
        }
    }
    return false;
}

/* A word has ended at `end`. */
static void word_ends(struct word_place *place, const char *text, size_t end, size_t *length)
{
    bool assignment = place->index == 0 && memchr(text + place->start, '=', end - place->start) != NULL;
    if (place->redirection) {
        place->redirection = false;
    } else if (place->index == 0 && (assignment || leads(text + place->start, end - place->start))) {
        *length = 0;
    } else {
        place->first = place->index == 0 ? place->start : place->first;
        place->index++;
    }
}

struct word_place place_find(const char *text, size_t cursor, char *command, size_t bytes)
{
    struct word_place place = {0};
    bool in_word = false;
    char quote = 0;
    size_t length = 0;
    for (size_t i = 0; i < cursor; i++) {
        char c = text[i];
        if (quote == 0 && (c == ';' || c == '&' || c == '|' || c == '(')) {
            place = (struct word_place){.start = i + 1};
            in_word = false;
            length = 0;
            continue;
        }
        if (quote == 0 && (is_blank(c) || c == '<' || c == '>')) {
            if (in_word) {
                word_ends(&place, text, i, &length);
            }
            in_word = false;
            place.redirection = place.redirection || !is_blank(c);
            place.start = i + 1;
            continue;
        }
        if (c == '\\' && quote != '\'' && i + 1 < cursor) {
            i++; /* what follows means nothing */
            in_word = true;
            continue;
        }
        if (c == '\'' || c == '"') {
            quote = quote == c ? 0 : quote == 0 ? c : quote;
        } else if (place.index == 0 && !place.redirection && length + 1 < bytes) {
            command[length++] = c;
        }
        in_word = true;
    }
    command[length] = '\0';
    return place;
}
