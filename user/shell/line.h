/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The line editor: bytes from a terminal in, an edited line and what the terminal is to show out.
 *
 * A pure state machine: it owns the line being typed and knows prompt, history and completion only through
 * what line_begin() is given. It never blocks and never reads or writes anything itself, so the host tests it.
 *
 * The line is shown on one row of the terminal, in a window that scrolls sideways. The prompt is shown once: editing repaints
 * only what is behind it.
 */
#ifndef SHELL_LINE_H
#define SHELL_LINE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "history.h"

#define LINE_BYTES 4096  /* a longer line is refused as a whole, never cut */
#define LINE_COLUMNS 79  /* columns used: every terminal has them, and the last one is left alone */
#define LINE_SEQUENCE 16 /* longest escape sequence looked at */

enum line_event {
    LINE_MORE,      /* go on */
    LINE_DONE,      /* Enter: .text holds the line */
    LINE_INTERRUPT, /* Ctrl-C: the line is given up */
    LINE_EOF,       /* Ctrl-D on an empty line */
    LINE_TOO_LONG,  /* Enter, but the line was longer than LINE_BYTES - 1: .text holds its beginning */
};

struct line;

/* What the editor needs from its surroundings. */
struct line_host {
    void *context;
    /* Show `count` bytes on the terminal. */
    void (*show)(void *context, const char *bytes, size_t count);
    /*
     * Tab: complete the word that ends at line->cursor, by line_insert() and line_list().
     * `again` says that the key before was Tab as well.
     */
    void (*complete)(void *context, struct line *line, bool again);
};

struct line {
    const struct line_host *host;
    struct history *history;
    const char *prompt;
    char text[LINE_BYTES]; /* always ends with a 0 byte */
    size_t length;
    size_t cursor;
    size_t window; /* first byte of the text that is shown */
    bool overflow; /* something did not fit */
    bool last_was_tab;
    bool last_was_return; /* swallow the line feed of a CR LF */
    char *draft;          /* what was typed before history was called up; 0: nothing */
    size_t history_depth; /* 0: the draft; n: the n-th last line */
    char killed[LINE_BYTES];
    size_t killed_length;
    bool searching; /* Ctrl-R */
    char query[40]; /* what is searched */
    size_t query_length;
    size_t found;                 /* the last line but how many; 0: none */
    char sequence[LINE_SEQUENCE]; /* an escape sequence or a UTF-8 character that is not complete */
    size_t sequence_length;
};

/* A new line: shows the prompt. `line` is all 0 the first time; it keeps what was killed. */
void line_begin(struct line *line, const struct line_host *host, struct history *history, const char *prompt);

/* One byte from the terminal. */
enum line_event line_feed(struct line *line, uint8_t byte);

/* Insert at the cursor; false if it does not fit (nothing is inserted then). */
bool line_insert(struct line *line, const char *bytes, size_t count);

/* Show `count` words in columns below the line, then the line again. */
void line_list(struct line *line, const char *const *words, size_t count);

/* Paint prompt and line again: the terminal may have lost them. */
void line_redraw(struct line *line);

/* Free what the line holds. */
void line_end(struct line *line);

#endif
