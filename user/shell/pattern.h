/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Patterns as in file names and `case`: *, ?, [abc], [!a-z], [[:alpha:]]; a backslash takes the next character as it is. Pure.
 */
#ifndef SHELL_PATTERN_H
#define SHELL_PATTERN_H

#include <stdbool.h>
#include <stddef.h>

/* Does the pattern match all `length` bytes of `text`? Takes at most the product of both lengths. */
bool pattern_match(const char *pattern, const char *text, size_t length);

/* Is there anything in it that matches more than itself? */
bool pattern_is_special(const char *pattern);

/* Take the backslashes out, in place. */
void pattern_unquote(char *pattern);

#endif
