/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What was typed and nobody has read, as term leaves it to its successor: two copies, of which one word says which is good. So a kill at any moment
 * leaves the one before or the one after. Pure; the memory is kept memory (kept/kept.h).
 */
#ifndef TERM_TYPED_H
#define TERM_TYPED_H

#include "discipline.h"

struct typed_copy {
    uint32_t raw, length, ready_length, pieces;
    uint16_t piece[DISCIPLINE_PIECES];
    char line[DISCIPLINE_LINE_BYTES];
    char ready[DISCIPLINE_READY_BYTES];
};

struct typed {
    uint32_t good; /* copy 0 or 1 */
    uint32_t reserved;
    struct typed_copy copy[2];
};

void typed_save(struct typed *typed, const struct discipline *discipline);
/* Nothing, if that could not have been saved. */
void typed_load(const struct typed *typed, struct discipline *discipline);

#endif
