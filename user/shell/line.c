/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The line editor. Three layers, from the bottom: columns of UTF-8 text; painting; editing; keys.
 */
#include "line.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    KEY_CTRL_A = 1,
    KEY_CTRL_B = 2,
    KEY_CTRL_C = 3,
    KEY_CTRL_D = 4,
    KEY_CTRL_E = 5,
    KEY_CTRL_F = 6,
    KEY_CTRL_H = 8,
    KEY_TAB = 9,
    KEY_LINE_FEED = 10,
    KEY_CTRL_K = 11,
    KEY_CTRL_L = 12,
    KEY_RETURN = 13,
    KEY_CTRL_N = 14,
    KEY_CTRL_P = 16,
    KEY_CTRL_U = 21,
    KEY_CTRL_W = 23,
    KEY_CTRL_Y = 25,
    KEY_ESCAPE = 27,
    KEY_DELETE = 127,
};

/* Columns -------------------------------------------------------------------------------------- */

static bool is_continuation(char c)
{
    return ((uint8_t)c & 0xc0) == 0x80;
}

/* Columns of text[from, to): one for each character. */
static size_t columns(const char *text, size_t from, size_t to)
{
    size_t count = 0;
    for (size_t i = from; i < to; i++) {
        count += !is_continuation(text[i]);
    }
    return count;
}

static size_t before(const struct line *line, size_t position)
{
    while (position > 0 && is_continuation(line->text[--position])) {
    }
    return position;
}

static size_t after(const struct line *line, size_t position)
{
    if (position < line->length) {
        position++;
    }
    while (position < line->length && is_continuation(line->text[position])) {
        position++;
    }
    return position;
}

/* Painting ------------------------------------------------------------------------------------- */

static void show(struct line *line, const char *bytes, size_t count)
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
            line->window = before(line, line->window);
        }
    }
    while (columns(line->text, line->window, line->cursor) >= room(line)) {
        for (size_t i = 0; i < room(line) / 2; i++) {
            line->window = after(line, line->window);
        }
    }
    return line->window != old;
}

void line_redraw(struct line *line)
{
    scroll(line);
    size_t end = line->window;
    while (end < line->length && columns(line->text, line->window, after(line, end)) < room(line)) {
        end = after(line, end);
    }
    char move[24];
    show(line, "\r", 1);
    show(line, line->prompt, strlen(line->prompt));
    show(line, line->text + line->window, end - line->window);
    show(line, "\x1b[K", 3);
    if (line->cursor < end) {
        /* Left, not carriage return and right: only a repaint of the row begins with a carriage return. */
        int count = snprintf(move, sizeof move, "\x1b[%zuD", columns(line->text, line->cursor, end));
        show(line, move, (size_t)count);
    }
}

static void bell(struct line *line)
{
    show(line, "\a", 1);
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
        show(line, i % across == 0 ? "\r\n" : "  ", 2);
        show(line, words[i], strlen(words[i]));
        for (size_t pad = strlen(words[i]); (i + 1) % across != 0 && i + 1 < count && pad < widest; pad++) {
            show(line, " ", 1);
        }
    }
    show(line, "\r\n", 2);
    line_redraw(line);
}

/* Editing -------------------------------------------------------------------------------------- */

bool line_insert(struct line *line, const char *bytes, size_t count)
{
    if (count >= sizeof line->text - line->length) {
        line->overflow = true;
        bell(line);
        return false;
    }
    memmove(line->text + line->cursor + count, line->text + line->cursor, line->length - line->cursor + 1);
    memcpy(line->text + line->cursor, bytes, count);
    line->length += count;
    line->cursor += count;
    if (line->cursor == line->length && !scroll(line)) {
        show(line, bytes, count);
    } else {
        line_redraw(line);
    }
    return true;
}

/* Take text[from, to) away, with the cursor ending at `from`. */
static void cut(struct line *line, size_t from, size_t to, bool keep)
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
    line_redraw(line);
}

static void move_to(struct line *line, size_t position)
{
    if (position != line->cursor) {
        line->cursor = position;
        line_redraw(line);
    }
}

static size_t word_start(const struct line *line)
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

static size_t word_end(const struct line *line)
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
    line_redraw(line);
}

static char *copy_of(const char *text)
{
    char *copy = malloc(strlen(text) + 1);
    return copy == NULL ? NULL : strcpy(copy, text);
}

static void go_in_history(struct line *line, size_t depth)
{
    if (depth == 0) {
        line->history_depth = 0;
        replace(line, line->draft == NULL ? "" : line->draft);
        return;
    }
    const char *entry = history_get(line->history, depth);
    if (entry == NULL) {
        bell(line);
        return;
    }
    if (line->history_depth == 0) {
        free(line->draft);
        line->draft = copy_of(line->text);
    }
    line->history_depth = depth;
    replace(line, entry);
}

/* Keys ----------------------------------------------------------------------------------------- */

static void older(struct line *line)
{
    go_in_history(line, line->history_depth + 1);
}

static void newer(struct line *line)
{
    if (line->history_depth > 0) {
        go_in_history(line, line->history_depth - 1);
    }
}

/* A complete escape sequence, without its ESC: the keys of VT100 and xterm. */
static void escape_sequence(struct line *line, const char *sequence)
{
    static const struct {
        const char *sequence;
        char key;
    } keys[] = {
        {"[A", 'A'},  {"OA", 'A'},  {"[B", 'B'},  {"OB", 'B'},    {"[C", 'C'},    {"OC", 'C'}, {"[D", 'D'},
        {"OD", 'D'},  {"[H", 'H'},  {"OH", 'H'},  {"[1~", 'H'},   {"[7~", 'H'},   {"[F", 'F'}, {"OF", 'F'},
        {"[4~", 'F'}, {"[8~", 'F'}, {"[3~", 'X'}, {"[1;5C", 'f'}, {"[1;5D", 'b'}, {"f", 'f'},  {"b", 'b'},
    };
    char key = 0;
    for (size_t i = 0; i < sizeof keys / sizeof keys[0]; i++) {
        if (strcmp(keys[i].sequence, sequence) == 0) {
            key = keys[i].key;
        }
    }
    switch (key) {
    case 'A':
        older(line);
        break;
    case 'B':
        newer(line);
        break;
    case 'C':
        move_to(line, after(line, line->cursor));
        break;
    case 'D':
        move_to(line, before(line, line->cursor));
        break;
    case 'H':
        move_to(line, 0);
        break;
    case 'F':
        move_to(line, line->length);
        break;
    case 'f':
        move_to(line, word_end(line));
        break;
    case 'b':
        move_to(line, word_start(line));
        break;
    case 'X':
        cut(line, line->cursor, after(line, line->cursor), false);
        break;
    default:
        break;
    }
}

/* Another byte of an escape sequence; unknown ones are swallowed whole. */
static void escape_feed(struct line *line, uint8_t byte)
{
    size_t length = line->sequence_length;
    bool opener = length == 1 && (byte == '[' || byte == 'O');
    bool parameter = length >= 2 && line->sequence[1] == '[' && byte >= 0x20 && byte < 0x40;
    if (byte == KEY_ESCAPE) {
        line->sequence_length = 1;
        return;
    }
    if (length < sizeof line->sequence - 1) {
        line->sequence[line->sequence_length++] = (char)byte;
    }
    if (opener || parameter) {
        return;
    }
    line->sequence[line->sequence_length] = '\0';
    line->sequence_length = 0;
    if (length < sizeof line->sequence - 1) {
        escape_sequence(line, line->sequence + 1);
    }
}

static size_t utf8_bytes(uint8_t lead)
{
    return lead >= 0xc2 && lead <= 0xdf ? 2 : (lead & 0xf0) == 0xe0 ? 3 : lead >= 0xf0 && lead <= 0xf4 ? 4 : 0;
}

/* A byte above 0x7f: whole characters go into the line, anything else is dropped with a bell. */
static void utf8_feed(struct line *line, uint8_t byte)
{
    size_t length = line->sequence_length;
    if (is_continuation((char)byte) ? length == 0 : utf8_bytes(byte) == 0) {
        line->sequence_length = 0;
        bell(line);
        return;
    }
    if (!is_continuation((char)byte)) {
        line->sequence_length = 0;
    }
    line->sequence[line->sequence_length++] = (char)byte;
    if (line->sequence_length == utf8_bytes((uint8_t)line->sequence[0])) {
        size_t count = line->sequence_length;
        line->sequence_length = 0;
        line_insert(line, line->sequence, count);
    }
}

static enum line_event finish(struct line *line, enum line_event event)
{
    move_to(line, line->length);
    show(line, event == LINE_INTERRUPT ? "^C\r\n" : "\r\n", event == LINE_INTERRUPT ? 4 : 2);
    return event;
}

static enum line_event control_key(struct line *line, uint8_t byte)
{
    switch (byte) {
    case KEY_RETURN:
    case KEY_LINE_FEED:
        return finish(line, line->overflow ? LINE_TOO_LONG : LINE_DONE);
    case KEY_CTRL_C:
        return finish(line, LINE_INTERRUPT);
    case KEY_CTRL_D:
        if (line->length == 0) {
            return finish(line, LINE_EOF);
        }
        cut(line, line->cursor, after(line, line->cursor), false);
        break;
    case KEY_CTRL_A:
        move_to(line, 0);
        break;
    case KEY_CTRL_E:
        move_to(line, line->length);
        break;
    case KEY_CTRL_B:
        move_to(line, before(line, line->cursor));
        break;
    case KEY_CTRL_F:
        move_to(line, after(line, line->cursor));
        break;
    case KEY_CTRL_H:
    case KEY_DELETE:
        cut(line, before(line, line->cursor), line->cursor, false);
        break;
    case KEY_CTRL_K:
        cut(line, line->cursor, line->length, true);
        break;
    case KEY_CTRL_U:
        cut(line, 0, line->cursor, true);
        break;
    case KEY_CTRL_W:
        cut(line, word_start(line), line->cursor, true);
        break;
    case KEY_CTRL_Y:
        line_insert(line, line->killed, line->killed_length);
        break;
    case KEY_CTRL_P:
        older(line);
        break;
    case KEY_CTRL_N:
        newer(line);
        break;
    case KEY_CTRL_L:
        show(line, "\x1b[H\x1b[2J", 7);
        line_redraw(line);
        break;
    case KEY_TAB:
        line->host->complete(line->host->context, line, line->last_was_tab);
        break;
    case KEY_ESCAPE:
        line->sequence[0] = KEY_ESCAPE;
        line->sequence_length = 1;
        break;
    default:
        bell(line);
        break;
    }
    return LINE_MORE;
}

enum line_event line_feed(struct line *line, uint8_t byte)
{
    bool second_of_pair = byte == KEY_LINE_FEED && line->last_was_return;
    line->last_was_return = byte == KEY_RETURN;
    if (second_of_pair) {
        return LINE_MORE;
    }
    if (line->sequence_length > 0 && line->sequence[0] == KEY_ESCAPE && byte >= 0x20 && byte < 0x7f) {
        escape_feed(line, byte);
        return LINE_MORE;
    }
    if (byte >= 0x80) {
        utf8_feed(line, byte);
        return LINE_MORE;
    }
    line->sequence_length = 0;
    enum line_event event = LINE_MORE;
    if (byte >= 0x20 && byte != KEY_DELETE) {
        char c = (char)byte;
        line_insert(line, &c, 1);
    } else {
        event = control_key(line, byte);
    }
    line->last_was_tab = byte == KEY_TAB;
    return event;
}

void line_begin(struct line *line, const struct line_host *host, struct history *history, const char *prompt)
{
    line->host = host;
    line->history = history;
    line->prompt = prompt;
    line->text[0] = '\0';
    line->length = line->cursor = line->window = 0;
    line->overflow = line->last_was_tab = false;
    line->history_depth = 0;
    line->sequence_length = 0;
    show(line, prompt, strlen(prompt));
}

void line_end(struct line *line)
{
    free(line->draft);
    line->draft = NULL;
}
