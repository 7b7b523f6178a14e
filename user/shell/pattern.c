/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Matching without recursion: after a mismatch the last * takes one character more.
 */
#include "pattern.h"

#include <ctype.h>
#include <string.h>

static bool in_class(const char *name, size_t length, unsigned char c)
{
    static const struct {
        const char *name;
        int (*is)(int c);
    } classes[] = {
        {"alnum", isalnum}, {"alpha", isalpha}, {"blank", isblank}, {"cntrl", iscntrl},
        {"digit", isdigit}, {"graph", isgraph}, {"lower", islower}, {"print", isprint},
        {"punct", ispunct}, {"space", isspace}, {"upper", isupper}, {"xdigit", isxdigit},
    };
    for (size_t i = 0; i < sizeof classes / sizeof classes[0]; i++) {
        if (strlen(classes[i].name) == length && memcmp(classes[i].name, name, length) == 0) {
            return classes[i].is(c) != 0;
        }
    }
    return false;
}

/* One byte of a bracket expression, which may be protected by a backslash. */
static unsigned char bracket_byte(const char **at)
{
    if (**at == '\\' && (*at)[1] != '\0') {
        ++*at;
    }
    return (unsigned char)*(*at)++;
}

/* [...] at `pattern`: what it is followed by, 0: it is no bracket expression. *found: does it match c? */
static const char *bracket(const char *pattern, unsigned char c, bool *found)
{
    const char *at = pattern + 1;
    bool negated = *at == '!' || *at == '^', match = false;
    at += negated;
    for (bool first = true; *at != ']' || first; first = false) {
        const char *end = at[0] == '[' && at[1] == ':' ? strstr(at + 2, ":]") : NULL;
        if (*at == '\0') {
            return NULL;
        }
        if (end != NULL) {
            match = match || in_class(at + 2, (size_t)(end - at - 2), c);
            at = end + 2;
            continue;
        }
        unsigned char low = bracket_byte(&at), high = low;
        if (at[0] == '-' && at[1] != ']' && at[1] != '\0') {
            at++;
            high = bracket_byte(&at);
        }
        match = match || (c >= low && c <= high);
    }
    *found = match != negated;
    return at + 1;
}

/* What follows the first element of the pattern if it matches c (not for *), else 0. */
static const char *match_one(const char *pattern, unsigned char c)
{
    bool found = false;
    switch (*pattern) {
    case '\0':
        return NULL;
    case '?':
        return pattern + 1;
    case '[': {
        const char *after = bracket(pattern, c, &found);
        if (after != NULL) {
            return found ? after : NULL;
        }
        break;
    }
    case '\\':
        pattern += pattern[1] != '\0';
        break;
    default:
        break;
    }
    return (unsigned char)*pattern == c ? pattern + 1 : NULL;
}

bool pattern_match(const char *pattern, const char *text, size_t length)
{
    const char *end = text + length;
    const char *star = NULL, *resume = NULL; /* behind the last *, and what it has not taken yet */
    for (;;) {
        if (*pattern == '*') {
            star = ++pattern;
            resume = text;
            continue;
        }
        if (text == end && *pattern == '\0') {
            return true;
        }
        const char *after = text < end ? match_one(pattern, (unsigned char)*text) : NULL;
        if (after != NULL) {
            pattern = after;
            text++;
        } else if (star != NULL && resume < end) {
            pattern = star;
            text = ++resume;
        } else {
            return false;
        }
    }
}

bool pattern_is_special(const char *pattern)
{
    bool found;
    for (; *pattern != '\0'; pattern++) {
        if (*pattern == '\\' && pattern[1] != '\0') {
            pattern++;
        } else if (*pattern == '*' || *pattern == '?' || (*pattern == '[' && bracket(pattern, 0, &found) != NULL)) {
            return true;
        }
    }
    return false;
}

void pattern_unquote(char *pattern)
{
    char *to = pattern;
    for (; *pattern != '\0'; pattern++) {
        if (*pattern == '\\' && pattern[1] != '\0') {
            pattern++;
        }
        *to++ = *pattern;
    }
    *to = '\0';
}
