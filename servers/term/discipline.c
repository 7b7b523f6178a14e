/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The console's line discipline.
 */
#include "discipline.h"

#include <string.h>

enum {
    KEY_CTRL_C = 3,
    KEY_CTRL_D = 4,
    KEY_BACKSPACE = 8,
    KEY_CTRL_R = 18,
    KEY_CTRL_U = 21,
    KEY_CTRL_W = 23,
    KEY_DELETE = 127,
};

static void echo(struct discipline *discipline, const char *bytes, size_t count)
{
    discipline->echo(discipline->context, bytes, count);
}

static bool is_continuation(char c)
{
    return ((uint8_t)c & 0xc0) == 0x80;
}

static bool is_control(char c)
{
    return (uint8_t)c < 0x20 || c == KEY_DELETE;
}

/* A tab is shown as one blank, another control character as ^X: so its width is known when it is erased. */
static void echo_typed(struct discipline *discipline, char c)
{
    char shown[2] = {'^', (char)(c ^ 0x40)};
    if (c == '\t') {
        echo(discipline, " ", 1);
    } else if (is_control(c)) {
        echo(discipline, shown, 2);
    } else {
        echo(discipline, &c, 1);
    }
}

/* Take the last character of the line away, all its bytes. */
static void erase_last(struct discipline *discipline)
{
    if (discipline->length == 0) {
        return;
    }
    while (discipline->length > 1 && is_continuation(discipline->line[discipline->length - 1])) {
        discipline->length--;
    }
    char c = discipline->line[--discipline->length];
    bool wide = is_control(c) && c != '\t';
    echo(discipline, "\b \b\b \b", wide ? 6 : 3);
}

static void erase_word(struct discipline *discipline)
{
    while (discipline->length > 0 && discipline->line[discipline->length - 1] == ' ') {
        erase_last(discipline);
    }
    while (discipline->length > 0 && discipline->line[discipline->length - 1] != ' ') {
        erase_last(discipline);
    }
}

/* The line becomes a piece to read; false if there is no room for it. */
static bool deliver(struct discipline *discipline)
{
    if (discipline->pieces == DISCIPLINE_PIECES ||
        discipline->length > sizeof discipline->ready - discipline->ready_length) {
        echo(discipline, "\a", 1);
        return false;
    }
    memcpy(discipline->ready + discipline->ready_length, discipline->line, discipline->length);
    discipline->ready_length += discipline->length;
    discipline->piece[discipline->pieces++] = (uint16_t)discipline->length;
    discipline->length = 0;
    return true;
}

static void end_line(struct discipline *discipline)
{
    discipline->line[discipline->length++] = '\n';
    if (deliver(discipline)) {
        echo(discipline, "\n", 1);
    } else {
        discipline->length--;
    }
}

static void interrupt(struct discipline *discipline)
{
    discipline->length = discipline->ready_length = discipline->pieces = 0;
    echo(discipline, "^C\n", 3);
}

static void line_input(struct discipline *discipline, char c)
{
    switch (c) {
    case '\r':
    case '\n':
        end_line(discipline);
        break;
    case KEY_CTRL_D:
        deliver(discipline);
        break;
    case KEY_BACKSPACE:
    case KEY_DELETE:
        erase_last(discipline);
        break;
    case KEY_CTRL_W:
        erase_word(discipline);
        break;
    case KEY_CTRL_U:
        while (discipline->length > 0) {
            erase_last(discipline);
        }
        break;
    case KEY_CTRL_R:
        echo(discipline, "^R\n", 3);
        for (size_t i = 0; i < discipline->length; i++) {
            echo_typed(discipline, discipline->line[i]);
        }
        break;
    default:
        /* One byte is kept for the newline. */
        if (discipline->length >= sizeof discipline->line - 1) {
            echo(discipline, "\a", 1);
        } else {
            discipline->line[discipline->length++] = c;
            echo_typed(discipline, c);
        }
    }
}

static void raw_input(struct discipline *discipline, char c)
{
    if (discipline->ready_length == sizeof discipline->ready) {
        echo(discipline, "\a", 1);
    } else {
        discipline->ready[discipline->ready_length++] = c;
    }
}

bool discipline_input(struct discipline *discipline, uint8_t byte)
{
    bool raw = discipline->mode == DISCIPLINE_RAW;
    if (byte == KEY_CTRL_C && (!raw || discipline->interruptible)) {
        interrupt(discipline);
        return true;
    }
    bool second_of_pair = byte == '\n' && discipline->after_return;
    discipline->after_return = byte == '\r';
    if (second_of_pair) {
        return false;
    }
    if (raw) {
        raw_input(discipline, (char)byte);
    } else {
        line_input(discipline, (char)byte);
    }
    return false;
}

bool discipline_readable(const struct discipline *discipline)
{
    return discipline->mode == DISCIPLINE_RAW ? discipline->ready_length > 0 : discipline->pieces > 0;
}

static size_t line_read(struct discipline *discipline, size_t most)
{
    size_t count = discipline->piece[0];
    if (count > most) {
        discipline->piece[0] = (uint16_t)(count - most);
        return most;
    }
    discipline->pieces--;
    memmove(discipline->piece, discipline->piece + 1, discipline->pieces * sizeof discipline->piece[0]);
    return count;
}

static size_t raw_read(const struct discipline *discipline, size_t most)
{
    size_t count = 0;
    while (count < most && count < discipline->ready_length) {
        char c = discipline->ready[count++];
        if (c == '\r' || c == '\n') {
            break;
        }
    }
    return count;
}

size_t discipline_read(struct discipline *discipline, char *data, size_t most)
{
    bool raw = discipline->mode == DISCIPLINE_RAW;
    size_t count = raw ? raw_read(discipline, most) : line_read(discipline, most);
    memcpy(data, discipline->ready, count);
    discipline->ready_length -= count;
    memmove(discipline->ready, discipline->ready + count, discipline->ready_length);
    return count;
}

/* Lines that nobody has read and the one being typed become bytes. An end of file becomes nothing. */
static void to_raw(struct discipline *discipline)
{
    size_t room = sizeof discipline->ready - discipline->ready_length;
    size_t count = discipline->length < room ? discipline->length : room;
    memcpy(discipline->ready + discipline->ready_length, discipline->line, count);
    discipline->ready_length += count;
    discipline->length = discipline->pieces = 0;
}

/* Bytes that nobody has read are typed again. */
static bool to_line(struct discipline *discipline)
{
    char typed[DISCIPLINE_READY_BYTES];
    size_t count = discipline->ready_length;
    bool interrupted = false;
    memcpy(typed, discipline->ready, count);
    discipline->ready_length = 0;
    for (size_t i = 0; i < count; i++) {
        interrupted |= discipline_input(discipline, (uint8_t)typed[i]);
    }
    return interrupted;
}

bool discipline_set_mode(struct discipline *discipline, enum discipline_mode mode, bool interruptible)
{
    enum discipline_mode old = discipline->mode;
    discipline->mode = mode;
    discipline->interruptible = interruptible;
    if (old == mode) {
        return false;
    }
    if (mode == DISCIPLINE_RAW) {
        to_raw(discipline);
        return false;
    }
    return to_line(discipline);
}
