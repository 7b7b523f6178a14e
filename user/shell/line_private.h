/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What line.c does for keys.c. Positions are byte offsets in the line's text, at the start of a character.
 */
#ifndef SHELL_LINE_PRIVATE_H
#define SHELL_LINE_PRIVATE_H

#include "line.h"

/* Is this byte of UTF-8 not the first of its character? */
bool line_is_continuation(char c);

/* Where the character before or after `position` begins; the start or end of the line if there is none. */
size_t line_before(const struct line *line, size_t position);
size_t line_after(const struct line *line, size_t position);

/* Where the word before the cursor begins, where the one after it ends. */
size_t line_word_start(const struct line *line);
size_t line_word_end(const struct line *line);

void line_show(struct line *line, const char *bytes, size_t count);
void line_bell(struct line *line);

void line_move(struct line *line, size_t position);

/* Take text[from, to) away; `keep`: to be yanked. The cursor goes to `from`. */
void line_cut(struct line *line, size_t from, size_t to, bool keep);

/* Paint what is behind the prompt. */
void line_repaint(struct line *line);

/* search_line.c: begin to search the history; a byte while searching: false: it means what it always means. */
void line_search(struct line *line);
bool line_search_feed(struct line *line, uint8_t byte);

/* Put the depth-th last line of the history in place of the line, 0: what was typed. */
void line_recall(struct line *line, size_t depth);

#endif
