/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The quotes of a word that is being typed, for completion. Pure.
 */
#ifndef SHELL_QUOTING_H
#define SHELL_QUOTING_H

#include <stddef.h>

/* What the word means, without quotes and backslashes; `plain` has room for as many bytes and a NUL. Gives the quote that is open at its end, or 0. */
char word_unquote(const char *word, size_t length, char *plain);

/* `text` as it has to be typed within this quote (0: none); gives its length. `typed` has room for 4 times as many bytes. */
size_t word_quote(const char *text, size_t length, char quote, char *typed);

#endif
