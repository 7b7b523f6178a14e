/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What names are searched by: patterns, and properties. Properties are words "key=value" with a blank between two; a query is words
 * "key=pattern", or "key" for any value, each of which one property must match. Pure.
 */
#ifndef NAMES_MATCH_H
#define NAMES_MATCH_H

#include <stdbool.h>
#include <stddef.h>

#define PROPERTIES_WORDS 8
#define QUERY_WORDS 4

/* *, ?, [a-z], [!a-z]; all else is itself. Takes at most the product of both lengths. */
bool glob_match(const char *pattern, size_t pattern_length, const char *text, size_t length);
/* How much of the pattern's start stands for itself. */
size_t glob_literal(const char *pattern);

/* Words as above: keys of letters, digits, '.', '_' and '-', no key twice; values of visible ASCII characters, at least one. At most so many words. */
bool properties_valid(const char *properties);
bool query_valid(const char *query);
bool properties_match(const char *query, const char *properties);

#endif
