/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Sharing of the console's output.
 */
#include "output.h"

#include <string.h>

static void emit(struct output *output, const char *bytes, size_t count)
{
    if (count > 0) {
        output->emit(output->context, bytes, count);
    }
}

/* With a carriage return before every newline. */
static void emit_text(struct output *output, const char *bytes, size_t count)
{
    size_t done = 0;
    for (size_t i = 0; i < count; i++) {
        if (bytes[i] == '\n') {
            emit(output, bytes + done, i - done);
            emit(output, "\r\n", 2);
            done = i + 1;
        }
    }
    emit(output, bytes + done, count - done);
}

static void note(struct output *output, uint64_t client, const char *bytes, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        row_write(&output->row, bytes[i]);
        if (bytes[i] == '\n') {
            output->owner = 0;
        } else if (bytes[i] != '\r') {
            output->owner = client;
        }
    }
}

/* Write where the cursor is. */
static void write_here(struct output *output, uint64_t client, const char *bytes, size_t count)
{
    emit_text(output, bytes, count);
    note(output, client, bytes, count);
}

/* Make room above the row; a row that is too long to be painted again is left where it is. */
static void open_above(struct output *output)
{
    if (output->owner == 0) {
        return;
    }
    if (output->row.lost) {
        emit(output, "\r\n", 2);
        row_write(&output->row, '\n');
        output->owner = 0;
    } else {
        emit(output, "\r\x1b[K", 4);
    }
}

void output_repaint(struct output *output)
{
    if (output->owner != 0 && !output->row.lost) {
        row_paint(&output->row, output->emit, output->context);
    }
}

static void pending_flush(struct output *output, struct output_pending *pending)
{
    emit_text(output, pending->text, pending->length);
    pending->length = 0;
}

/* Whole lines above the row; what follows the last newline is kept. */
static void write_above(struct output *output, struct output_pending *pending, const char *bytes, size_t count)
{
    size_t whole = count;
    while (whole > 0 && bytes[whole - 1] != '\n') {
        whole--;
    }
    bool overflow = count - whole > sizeof pending->text - (whole > 0 ? 0 : pending->length);
    if (whole > 0 || overflow) {
        open_above(output);
        pending_flush(output, pending);
        emit_text(output, bytes, overflow ? count : whole);
        if (overflow) {
            emit(output, "\r\n", 2);
        }
        output_repaint(output);
    }
    if (!overflow) {
        memcpy(pending->text + pending->length, bytes + whole, count - whole);
        pending->length += count - whole;
    }
}

void output_write(struct output *output, uint64_t client, struct output_pending *pending, bool foreground,
                  const char *bytes, size_t count)
{
    bool mine = output->owner == 0 || output->owner == client;
    if (!mine && !foreground) {
        write_above(output, pending, bytes, count);
        return;
    }
    if (!mine) {
        write_here(output, output->owner, "\n", 1);
    }
    if (pending->length > 0) {
        write_here(output, client, pending->text, pending->length);
        pending->length = 0;
    }
    write_here(output, client, bytes, count);
}

void output_notice(struct output *output, const char *line, size_t count)
{
    open_above(output);
    emit_text(output, line, count);
    emit(output, "\r\n", 2);
    output_repaint(output);
}

void output_close(struct output *output, struct output_pending *pending)
{
    if (pending->length > 0) {
        open_above(output);
        pending_flush(output, pending);
        emit(output, "\r\n", 2);
        output_repaint(output);
    }
}
