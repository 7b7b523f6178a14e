/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The console's output: many writers, whose lines never mix. Pure: it knows clients as numbers and gives what the
 * terminal shall show to a function.
 *
 * The row that the cursor is in belongs to the writer that left it unfinished (a prompt, the line being typed). Others' whole
 * lines are put above it: the row is erased, the lines are written, and the row is painted again from a picture of it (row.h).
 * What others write without a newline waits until its line is whole. The
 * foreground client need not wait: it takes the row over, on a fresh line.
 */
#ifndef TERM_OUTPUT_H
#define TERM_OUTPUT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "row.h"

#define OUTPUT_PENDING_BYTES 512

/* The most bytes that `count` bytes of output may become. */
#define OUTPUT_WORST(count) (2 * ((count) + OUTPUT_PENDING_BYTES + ROW_PAINT_BYTES) + 64)

struct output {
    /* Show `count` bytes on the terminal. */
    void (*emit)(void *context, const char *bytes, size_t count);
    void *context;
    uint64_t owner; /* of the row that the cursor is in; 0: the row is empty */
    struct row row;
};

/* What a client has written of a line that is not whole and may not be shown yet; all 0 at first. */
struct output_pending {
    char text[OUTPUT_PENDING_BYTES];
    size_t length;
};

/* `client` (not 0) writes. */
void output_write(struct output *output, uint64_t client, struct output_pending *pending, bool foreground,
                  const char *bytes, size_t count);

/* Show a line of nobody's, without a newline at its end, above the row that the cursor is in. */
void output_notice(struct output *output, const char *line, size_t count);

/* A client is gone: what it left pending is shown. */
void output_close(struct output *output, struct output_pending *pending);

/* Paint the row again: the terminal may have lost it. */
void output_repaint(struct output *output);

#endif
