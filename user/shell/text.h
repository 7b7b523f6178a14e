/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A string that grows. Pure. Without memory it stays as it is and remembers that (`failed`), so that whoever builds one
 * asks once, at the end. All zero is an empty one.
 */
#ifndef SHELL_TEXT_H
#define SHELL_TEXT_H

#include <stdbool.h>
#include <stddef.h>

#define TEXT_MAX (16u << 20) /* bytes: more is refused as if there were no memory for it */

struct text {
    char *bytes; /* ended by a NUL once something was added; 0: nothing was */
    size_t length;
    size_t room;
    bool failed;
};

void text_add(struct text *text, const char *bytes, size_t count);
void text_string(struct text *text, const char *string);
void text_put(struct text *text, char c);
void text_repeat(struct text *text, char c, size_t count);
void text_number(struct text *text, long long number);

/* What the shell reads as exactly this word: in single quotes. */
void text_quoted(struct text *text, const char *string);

/* The string, never 0: "" if there is nothing in it. It stays the text's. */
const char *text_get(const struct text *text);

/* The string, now the caller's to free(), and the text is empty; 0: it has failed. */
char *text_take(struct text *text);

void text_free(struct text *text);

#endif
