/* SPDX-License-Identifier: BSD-2-Clause */
/* Patterns and properties. Nothing here calls itself, so that no pattern takes more than the product of the lengths. */
#include "match.h"
#include "names_table.h"
#include <string.h>

/* `at` stands behind a '['. The set's end, behind its ']', or NULL: there is none, so that '[' is itself. *in: is c in it? */
static const char *set_match(const char *at, const char *end, char c, bool *in)
{
    bool negated = at < end && *at == '!';
    *in = false;
    if (negated) at++;
    for (const char *first = at; at < end && (*at != ']' || at == first); at++) {
        if (at + 2 < end && at[1] == '-' && at[2] != ']') {
            *in |= c >= at[0] && c <= at[2];
            at += 2;
        } else {
            *in |= *at == c;
        }
    }
    if (at >= end) return NULL;
    *in ^= negated;
    return at + 1;
}

/* Does the pattern's first element match c? *after: what follows it. */
static bool element_match(const char *pattern, const char *end, char c, const char **after)
{
    bool in;
    *after = pattern + 1;
    if (*pattern == '?') return true;
    if (*pattern == '[') {
        const char *behind = set_match(pattern + 1, end, c, &in);
        if (behind != NULL) {
            *after = behind;
            return in;
        }
    }
    return *pattern == c;
}

bool glob_match(const char *pattern, size_t pattern_length, const char *text, size_t length)
{
    const char *end = pattern + pattern_length, *text_end = text + length;
    const char *star = NULL, *retry = NULL; /* behind the last '*', and where in the text it is tried next */
    const char *after;
    while (text < text_end) {
        if (pattern < end && *pattern == '*') {
            star = ++pattern;
            retry = text;
        } else if (pattern < end && element_match(pattern, end, *text, &after)) {
            pattern = after;
            text++;
        } else if (star != NULL) {
            pattern = star;
            text = ++retry;
        } else {
            return false;
        }
    }
    while (pattern < end && *pattern == '*') {
        pattern++;
    }
    return pattern == end;
}

size_t glob_literal(const char *pattern)
{
    return strcspn(pattern, "*?[");
}

/* The next word: its length, that of its key, and where it stands. false: there is none. */
struct word {
    const char *text;
    size_t length, key;
};

static bool word_next(const char **at, struct word *word)
{
    while (**at == ' ') {
        (*at)++;
    }
    word->text = *at;
    word->length = strcspn(*at, " ");
    const char *equals = memchr(*at, '=', word->length);
    word->key = equals != NULL ? (size_t)(equals - *at) : word->length;
    *at += word->length;
    return word->length != 0;
}

static bool word_valid(const struct word *word)
{
    static const char key_characters[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-";
    if (word->key == 0 || strspn(word->text, key_characters) < word->key) return false;
    for (size_t i = word->key; i < word->length; i++) {
        if (word->text[i] <= ' ' || word->text[i] > '~') return false;
    }
    return true;
}

static bool key_again(const char *properties, const struct word *word)
{
    struct word other;
    while (word_next(&properties, &other)) {
        if (other.text == word->text) return false;
        if (other.key == word->key && memcmp(other.text, word->text, word->key) == 0) return true;
    }
    return false;
}

bool properties_valid(const char *properties)
{
    const char *at = properties;
    struct word word;
    uint32_t count = 0;
    if (strlen(properties) > PROPERTIES_MAX) return false;
    while (word_next(&at, &word)) {
        if (++count > PROPERTIES_WORDS || !word_valid(&word) || word.length < word.key + 2 || key_again(properties, &word))
            return false;
    }
    return true;
}

bool query_valid(const char *query)
{
    struct word word;
    uint32_t count = 0;
    if (strlen(query) > PROPERTIES_MAX) return false;
    while (word_next(&query, &word)) {
        if (++count > QUERY_WORDS || !word_valid(&word)) return false;
    }
    return true;
}

static bool word_matches(const struct word *wanted, const char *properties)
{
    struct word word;
    while (word_next(&properties, &word)) {
        if (word.key != wanted->key || memcmp(word.text, wanted->text, word.key) != 0) continue;
        if (wanted->key == wanted->length) return true;
        return glob_match(wanted->text + wanted->key + 1, wanted->length - wanted->key - 1, word.text + word.key + 1,
                          word.length - word.key - 1);
    }
    return false;
}

bool properties_match(const char *query, const char *properties)
{
    struct word word;
    while (word_next(&query, &word)) {
        if (!word_matches(&word, properties)) return false;
    }
    return true;
}
