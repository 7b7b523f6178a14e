/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The line editor: columns of UTF-8 text, painting, editing. What the keys mean is in keys.c.
 */
#include "line.h"
#include "line_private.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Columns -------------------------------------------------------------------------------------- */

bool line_is_continuation(char c)
{
    return ((uint8_t)c & 0xc0) == 0x80;
}

/* Columns of text[from, to): one for each character. */
static size_t columns(const char *text, size_t from, size_t to)
{
    size_t count = 0;
    for (size_t i = from; i < to; i++) {
        count += !line_is_continuation(text[i]);
    }
    return count;
}

size_t line_before(const struct line *line, size_t position)
{
    while (position > 0 && line_is_continuation(line->text[--position])) {
    }
    return position;
}

size_t line_after(const struct line *line, size_t position)
{
    if (position < line->length) {
        position++;
    }
    while (position < line->length && line_is_continuation(line->text[position])) {
        position++;
    }
    return position;
}

/* Painting ------------------------------------------------------------------------------------- */

void line_show(struct line *line, const char *bytes, size_t count)
{
    line->host->show(line->host->context, bytes, count);
}

static size_t room(const struct line *line)
{
    size_t prompt = columns(line->prompt, 0, strlen(line->prompt));
    return prompt + 8 < LINE_COLUMNS ? LINE_COLUMNS - prompt : 8;
}

/* Move the window so that the cursor is in it, half a window away from the edge it was lost over. */
static bool scroll(struct line *line)
{
    size_t old = line->window;
    if (line->cursor < line->window) {
        line->window = line->cursor;
        for (size_t i = 0; i < room(line) / 2; i++) {
            line->window = line_before(line, line->window);
        }
    }
    while (columns(line->text, line->window, line->cursor) >= room(line)) {
        for (size_t i = 0; i < room(line) / 2; i++) {
            line->window = line_after(line, line->window);
        }
    }
    return line->window != old;
}

/* Paint the text from where the prompt ends. */
static void paint(struct line *line)
{
    size_t end = line->window;
    while (end < line->length && columns(line->text, line->window, line_after(line, end)) < room(line)) {
        end = line_after(line, end);
    }
    line_show(line, line->text + line->window, end - line->window);
    line_show(line, "\x1b[K", 3);
    if (line->cursor < end) {
        char move[24];
        int count = snprintf(move, sizeof move, "\x1b[%zuD", columns(line->text, line->cursor, end));
        line_show(line, move, (size_t)count);
    }
}

/* Paint the text again, but not the prompt: whoever waits for the prompt takes each one for a new one. */
void line_repaint(struct line *line)
{
    char move[24];
    int count = snprintf(move, sizeof move, "\r\x1b[%zuC", columns(line->prompt, 0, strlen(line->prompt)));
    scroll(line);
    line_show(line, move, (size_t)count);
    paint(line);
}

void line_redraw(struct line *line)
{
    scroll(line);
    line_show(line, "\r", 1);
    line_show(line, line->prompt, strlen(line->prompt));
    paint(line);
}

void line_bell(struct line *line)
{
    line_show(line, "\a", 1);
}

void line_list(struct line *line, const char *const *words, size_t count)
{
    size_t widest = 1;
    for (size_t i = 0; i < count; i++) {
        size_t width = strlen(words[i]);
        widest = width > widest ? width : widest;
    }
    size_t across = LINE_COLUMNS / (widest + 2);
    across = across > 0 ? across : 1;
    for (size_t i = 0; i < count; i++) {
        line_show(line, i % across == 0 ? "\r\n" : "  ", 2);
        line_show(line, words[i], strlen(words[i]));
        for (size_t pad = strlen(words[i]); (i + 1) % across != 0 && i + 1 < count && pad < widest; pad++) {
            line_show(line, " ", 1);
        }
    }
    line_show(line, "\r\n", 2);
    line_redraw(line);
}

/* Editing -------------------------------------------------------------------------------------- */

bool line_insert(struct line *line, const char *bytes, size_t count)
{
    if (count >= sizeof line->text - line->length) {
        line->overflow = true;
        line_bell(line);
        return false;
    }
    memmove(line->text + line->cursor + count, line->text + line->cursor, line->length - line->cursor + 1);
    memcpy(line->text + line->cursor, bytes, count);
    line->length += count;
    line->cursor += count;
    if (line->cursor == line->length && !scroll(line)) {
        line_show(line, bytes, count);
    } else {
        line_repaint(line);
    }
    return true;
}

/* Take text[from, to) away, with the cursor ending at `from`. */
void line_cut(struct line *line, size_t from, size_t to, bool keep)
{
    if (from == to) {
        return;
    }
    if (keep) {
        memcpy(line->killed, line->text + from, to - from);
        line->killed_length = to - from;
    }
    memmove(line->text + from, line->text + to, line->length - to + 1);
    line->length -= to - from;
    line->cursor = from;
    line->overflow = line->overflow && line->length > 0;
    line_repaint(line);
}

void line_move(struct line *line, size_t position)
{
    if (position != line->cursor) {
        line->cursor = position;
        line_repaint(line);
    }
}

size_t line_word_start(const struct line *line)
{
    size_t at = line->cursor;
    while (at > 0 && line->text[at - 1] == ' ') {
        at--;
    }
    while (at > 0 && line->text[at - 1] != ' ') {
        at--;
    }
    return at;
}

size_t line_word_end(const struct line *line)
{
    size_t at = line->cursor;
    while (at < line->length && line->text[at] == ' ') {
        at++;
    }
    while (at < line->length && line->text[at] != ' ') {
        at++;
    }
    return at;
}

static void replace(struct line *line, const char *text)
{
    size_t length = strlen(text);
    length = length < sizeof line->text ? length : sizeof line->text - 1;
    memcpy(line->text, text, length);
    line->text[length] = '\0';
    line->length = length;
    line->cursor = length;
    line->window = 0;
    line_repaint(line);
}

static char *copy_of(const char *text)
{
    char *copy = malloc(strlen(text) + 1);
    return copy == NULL ? NULL : strcpy(copy, text);
}

void line_recall(struct line *line, size_t depth)
{
    if (depth == 0) {
        line->history_depth = 0;
        replace(line, line->draft == NULL ? "" : line->draft);
        return;
    }
    const char *entry = history_get(line->history, depth);
    if (entry == NULL) {
        line_bell(line);
        return;
    }
    if (line->history_depth == 0) {
        free(line->draft);
        line->draft = copy_of(line->text);
    }
    line->history_depth = depth;
    replace(line, entry);
}

void line_begin(struct line *line, const struct line_host *host, struct history *history, const char *prompt)
{
    line->host = host;
    line->history = history;
    line->prompt = prompt;
    line->text[0] = '\0';
    line->length = line->cursor = line->window = 0;
    line->overflow = line->last_was_tab = line->searching = false;
    line->history_depth = 0;
    line->sequence_length = 0;
    line_show(line, prompt, strlen(prompt));
}

void line_end(struct line *line)
{
    free(line->draft);
    line->draft = NULL;
}
