/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The console's input: bytes that were typed become what read() gives. Pure: it knows neither driver nor clients.
 *
 * In line mode it echoes, lets the typist correct the line (backspace, Ctrl-U, Ctrl-W, Ctrl-R) and gives whole lines. In raw
 * mode bytes pass as they are; a piece that is read ends after a carriage return, so that what was typed after it
 * is still here for whoever reads next. What has been typed but not read survives a change of mode.
 */
#ifndef TERM_DISCIPLINE_H
#define TERM_DISCIPLINE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define DISCIPLINE_LINE_BYTES 1024 /* longest line in line mode, with its newline */
#define DISCIPLINE_READY_BYTES 4096
#define DISCIPLINE_PIECES 128

enum discipline_mode { DISCIPLINE_LINE, DISCIPLINE_RAW };

struct discipline {
    /* Show `count` bytes to the typist. */
    void (*echo)(void *context, const char *bytes, size_t count);
    void *context;
    enum discipline_mode mode;
    bool interruptible;               /* Ctrl-C is an interrupt (always so in line mode) */
    char line[DISCIPLINE_LINE_BYTES]; /* being typed */
    size_t length;
    char ready[DISCIPLINE_READY_BYTES]; /* what read() may have */
    size_t ready_length;
    uint16_t piece[DISCIPLINE_PIECES]; /* line mode: how `ready` divides into reads; 0: end of file */
    size_t pieces;
    bool after_return; /* swallow the line feed of a CR LF */
};

/* A byte was typed. True: it was Ctrl-C and interrupts the foreground (the line being typed is gone). */
bool discipline_input(struct discipline *discipline, uint8_t byte);

/* Is there something to read (end of file counts)? */
bool discipline_readable(const struct discipline *discipline);

/* Take at most `most` bytes into `data`; 0: end of file. Only if discipline_readable(). */
size_t discipline_read(struct discipline *discipline, char *data, size_t most);

/* Change the mode. What was typed ahead is handled again in the new one. True: it had a Ctrl-C in it that interrupts. */
bool discipline_set_mode(struct discipline *discipline, enum discipline_mode mode, bool interruptible);

#endif
