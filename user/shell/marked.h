/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Bytes with marks: a word half way through its expansion. Private to expand.c and fields.c. Pure.
 */
#ifndef SHELL_MARKED_H
#define SHELL_MARKED_H

#include "expand.h"
#include "text.h"

enum mark {
    MARK_PLAIN,  /* from the script, unquoted: a pattern, but never split */
    MARK_QUOTED, /* neither */
    MARK_SPLIT,  /* of a replacement: both */
    MARK_BREAK,  /* no byte: a field ends here ("$@") */
    MARK_EMPTY   /* no byte: there is a field here, though it may be empty ("") */
};

struct marked {
    struct text bytes, marks; /* as many of each */
    unsigned inside;          /* of how many words of ${X-word}: what is plain there is split */
    bool failed;
};

void marked_add(struct marked *marked, const char *bytes, size_t count, enum mark mark);
void marked_free(struct marked *marked);

/* Split, and put the names of files in the place of patterns. False: no memory. */
bool marked_split(const struct marked *marked, struct fields *fields);

/* As one string; `pattern`: with backslashes in front of what is no pattern in it. 0: no memory. */
char *marked_string(const struct marked *marked, bool pattern);

#endif
