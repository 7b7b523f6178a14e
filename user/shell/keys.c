/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The line editor's keys: which bytes and sequences of bytes do what to the line.
 */
#include "line.h"
#include "line_private.h"

#include <string.h>

enum {
    KEY_CTRL_C = 3,
    KEY_CTRL_D = 4,
    KEY_TAB = 9,
    KEY_LINE_FEED = 10,
    KEY_RETURN = 13,
    KEY_ESCAPE = 27,
    KEY_DELETE = 127,
};

static void key_start(struct line *line)
{
    line_move(line, 0);
}

static void key_end(struct line *line)
{
    line_move(line, line->length);
}

static void key_left(struct line *line)
{
    line_move(line, line_before(line, line->cursor));
}

static void key_right(struct line *line)
{
    line_move(line, line_after(line, line->cursor));
}

static void key_word_left(struct line *line)
{
    line_move(line, line_word_start(line));
}

static void key_word_right(struct line *line)
{
    line_move(line, line_word_end(line));
}

static void key_erase(struct line *line)
{
    line_cut(line, line_before(line, line->cursor), line->cursor, false);
}

static void key_delete(struct line *line)
{
    line_cut(line, line->cursor, line_after(line, line->cursor), false);
}

static void key_kill_to_end(struct line *line)
{
    line_cut(line, line->cursor, line->length, true);
}

static void key_kill_to_start(struct line *line)
{
    line_cut(line, 0, line->cursor, true);
}

static void key_kill_word(struct line *line)
{
    line_cut(line, line_word_start(line), line->cursor, true);
}

static void key_yank(struct line *line)
{
    line_insert(line, line->killed, line->killed_length);
}

static void key_clear(struct line *line)
{
    line_show(line, "\x1b[H\x1b[2J", 7);
    line_redraw(line);
}

static void key_complete(struct line *line)
{
    line->host->complete(line->host->context, line, line->last_was_tab);
}

static void key_escape(struct line *line)
{
    line->sequence[0] = KEY_ESCAPE;
    line->sequence_length = 1;
}

static void key_older(struct line *line)
{
    line_recall(line, line->history_depth + 1);
}

static void key_newer(struct line *line)
{
    if (line->history_depth > 0) {
        line_recall(line, line->history_depth - 1);
    }
}

typedef void (*key_fn)(struct line *line);

/* Keys of one byte that do not end the line. */
static const key_fn control_keys[128] = {
    [1] = key_start,          /* Ctrl-A */
    [2] = key_left,           /* Ctrl-B */
    [4] = key_delete,         /* Ctrl-D */
    [5] = key_end,            /* Ctrl-E */
    [6] = key_right,          /* Ctrl-F */
    [8] = key_erase,          /* Ctrl-H */
    [9] = key_complete,       /* Tab */
    [11] = key_kill_to_end,   /* Ctrl-K */
    [12] = key_clear,         /* Ctrl-L */
    [14] = key_newer,         /* Ctrl-N */
    [16] = key_older,         /* Ctrl-P */
    [18] = line_search,       /* Ctrl-R */
    [21] = key_kill_to_start, /* Ctrl-U */
    [23] = key_kill_word,     /* Ctrl-W */
    [25] = key_yank,          /* Ctrl-Y */
    [27] = key_escape,
    [127] = key_erase,
};

/* Keys that send more, without their ESC: those of VT100 and xterm. */
static const struct {
    const char *sequence;
    key_fn run;
} sequence_keys[] = {
    {"[A", key_older},    {"OA", key_older},         {"[B", key_newer},        {"OB", key_newer},
    {"[C", key_right},    {"OC", key_right},         {"[D", key_left},         {"OD", key_left},
    {"[H", key_start},    {"OH", key_start},         {"[1~", key_start},       {"[7~", key_start},
    {"[F", key_end},      {"OF", key_end},           {"[4~", key_end},         {"[8~", key_end},
    {"[3~", key_delete},  {"[1;5C", key_word_right}, {"[1;5D", key_word_left}, {"f", key_word_right},
    {"b", key_word_left},
};

/* A complete escape sequence. */
static void sequence_run(struct line *line, const char *sequence)
{
    for (size_t i = 0; i < sizeof sequence_keys / sizeof sequence_keys[0]; i++) {
        if (strcmp(sequence_keys[i].sequence, sequence) == 0) {
            sequence_keys[i].run(line);
        }
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
        sequence_run(line, line->sequence + 1);
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
    if (line_is_continuation((char)byte) ? length == 0 : utf8_bytes(byte) == 0) {
        line->sequence_length = 0;
        line_bell(line);
        return;
    }
    if (!line_is_continuation((char)byte)) {
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
    line_move(line, line->length);
    line_show(line, event == LINE_INTERRUPT ? "^C\r\n" : "\r\n", event == LINE_INTERRUPT ? 4 : 2);
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
        break;
    default:
        break;
    }
    if (control_keys[byte] != NULL) {
        control_keys[byte](line);
    } else {
        line_bell(line);
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
    if (line->searching && line_search_feed(line, byte)) {
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
