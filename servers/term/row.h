/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A picture of the terminal's row that the cursor is in, made from what is written to it: so that it can be painted again
 * after others have written above it. Pure. It knows characters (UTF-8, each one column), carriage return, backspace, tab and the
 * escape sequences that line editors use; after anything else the picture is lost until the next line.
 */
#ifndef TERM_ROW_H
#define TERM_ROW_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define ROW_COLUMNS 200
#define ROW_CELL_BYTES 4
#define ROW_PAINT_BYTES (ROW_COLUMNS * ROW_CELL_BYTES + 16) /* the most that row_paint() gives */

enum row_state { ROW_TEXT, ROW_ESCAPE, ROW_SEQUENCE };

struct row {
    char cell[ROW_COLUMNS][ROW_CELL_BYTES]; /* a character each, zero bytes behind it */
    size_t length;                          /* cells that have something in them */
    size_t cursor;
    bool lost;            /* something was written that this does not know, or it is too long */
    enum row_state state; /* within an escape sequence */
    uint32_t parameter;   /* of the sequence */
    bool several;         /* it has more than one parameter, or a private one */
};

/* A byte goes to the terminal. A newline starts an empty row. */
void row_write(struct row *row, char byte);

/* Give what paints the row, from an empty one on, and puts the cursor where it was. Not if it is lost. */
void row_paint(const struct row *row, void (*emit)(void *context, const char *bytes, size_t count), void *context);

#endif
