/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A picture of the row that the cursor is in.
 */
#include "row.h"

#include <stdio.h>
#include <string.h>

#define TAB 8
#define PARAMETER_MAX 9999

static void clear(struct row *row)
{
    row->length = row->cursor = 0;
    row->lost = false;
}

static void put(struct row *row, char byte)
{
    if (row->cursor >= ROW_COLUMNS) {
        row->lost = true;
        return;
    }
    for (; row->length < row->cursor; row->length++) {
        memcpy(row->cell[row->length], " \0\0", ROW_CELL_BYTES);
    }
    memset(row->cell[row->cursor], 0, ROW_CELL_BYTES);
    row->cell[row->cursor++][0] = byte;
    row->length = row->cursor > row->length ? row->cursor : row->length;
}

/* A byte of UTF-8 that belongs to the character before the cursor. */
static void append(struct row *row, char byte)
{
    char *cell = row->cursor > 0 ? row->cell[row->cursor - 1] : NULL;
    size_t used = 0;
    while (cell != NULL && used < ROW_CELL_BYTES && cell[used] != '\0') {
        used++;
    }
    if (cell != NULL && used < ROW_CELL_BYTES) {
        cell[used] = byte;
    } else {
        row->lost = true;
    }
}

static void text(struct row *row, char byte)
{
    switch (byte) {
    case '\n':
        clear(row);
        break;
    case '\r':
        row->cursor = 0;
        break;
    case '\b':
        row->cursor -= row->cursor > 0;
        break;
    case '\t':
        row->cursor = (row->cursor / TAB + 1) * TAB;
        break;
    case '\x1b':
        row->state = ROW_ESCAPE;
        break;
    case '\a':
        break;
    default:
        if (((uint8_t)byte & 0xc0) == 0x80) {
            append(row, byte);
        } else if ((uint8_t)byte >= 0x20 && byte != 0x7f) {
            put(row, byte);
        }
    }
}

/* ESC [ parameter byte */
static void sequence(struct row *row, char byte)
{
    size_t count = row->parameter > 0 ? row->parameter : 1;
    if (row->several) {
        row->lost = true;
        return;
    }
    switch (byte) {
    case 'C':
        row->cursor = row->cursor + count < ROW_COLUMNS ? row->cursor + count : ROW_COLUMNS - 1;
        break;
    case 'D':
        row->cursor -= count < row->cursor ? count : row->cursor;
        break;
    case 'K':
        row->length = row->cursor < row->length ? row->cursor : row->length;
        row->lost = row->lost || row->parameter != 0;
        break;
    case 'H':
        clear(row);
        break;
    case 'J':
        row->length = row->parameter == 2 ? 0 : row->cursor < row->length ? row->cursor : row->length;
        break;
    default:
        row->lost = true;
    }
}

void row_write(struct row *row, char byte)
{
    if (byte == '\n') {
        row->state = ROW_TEXT;
    }
    switch (row->state) {
    case ROW_TEXT:
        text(row, byte);
        break;
    case ROW_ESCAPE:
        row->state = byte == '[' ? ROW_SEQUENCE : ROW_TEXT;
        row->lost = row->lost || byte != '[';
        row->parameter = 0;
        row->several = false;
        break;
    case ROW_SEQUENCE:
        if (byte >= '0' && byte <= '9') {
            row->parameter =
                row->parameter < PARAMETER_MAX ? 10 * row->parameter + (uint32_t)(byte - '0') : PARAMETER_MAX;
        } else if ((uint8_t)byte >= 0x20 && (uint8_t)byte < 0x40) {
            row->several = true;
        } else {
            sequence(row, byte);
            row->state = ROW_TEXT;
        }
    }
}

/* ESC [ NUMBER FINAL; nothing for a number of 0. */
static void emit_sequence(size_t number, const char *final, void (*emit)(void *, const char *, size_t), void *context)
{
    char text[16];
    if (number > 0) {
        int count = snprintf(text, sizeof text, "\x1b[%zu%s", number, final);
        emit(context, text, (size_t)count);
    }
}

void row_paint(const struct row *row, void (*emit)(void *context, const char *bytes, size_t count), void *context)
{
    for (size_t i = 0; i < row->length; i++) {
        emit(context, row->cell[i], strnlen(row->cell[i], ROW_CELL_BYTES));
    }
    emit_sequence(row->cursor < row->length ? row->length - row->cursor : 0, "D", emit, context);
    emit_sequence(row->cursor > row->length ? row->cursor - row->length : 0, "C", emit, context);
    /* A sequence whose rest is still to come has to begin again. */
    if (row->state == ROW_SEQUENCE && row->parameter > 0) {
        emit_sequence(row->parameter, "", emit, context);
    } else if (row->state != ROW_TEXT) {
        emit(context, "\x1b[", row->state == ROW_ESCAPE ? 1 : 2);
    }
}
