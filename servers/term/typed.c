/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Saving and loading what was typed.
 */
#include "typed.h"

#include <kept/kept.h>
#include <string.h>

void typed_save(struct typed *typed, const struct discipline *discipline)
{
    uint32_t next = typed->good == 0;
    struct typed_copy *copy = &typed->copy[next];
    copy->raw = discipline->mode == DISCIPLINE_RAW;
    copy->length = (uint32_t)discipline->length;
    copy->ready_length = (uint32_t)discipline->ready_length;
    copy->pieces = (uint32_t)discipline->pieces;
    memcpy(copy->line, discipline->line, discipline->length);
    KEPT_STEP();
    memcpy(copy->ready, discipline->ready, discipline->ready_length);
    memcpy(copy->piece, discipline->piece, discipline->pieces * sizeof copy->piece[0]);
    kept_commit(&typed->good, next);
}

static bool is_sound(const struct typed_copy *copy)
{
    if (copy->raw > 1 || copy->length >= DISCIPLINE_LINE_BYTES || copy->ready_length > DISCIPLINE_READY_BYTES ||
        copy->pieces > DISCIPLINE_PIECES) {
        return false;
    }
    size_t bytes = 0;
    for (uint32_t i = 0; i < copy->pieces; i++) {
        bytes += copy->piece[i];
    }
    return bytes <= copy->ready_length;
}

void typed_load(const struct typed *typed, struct discipline *discipline)
{
    const struct typed_copy *copy = &typed->copy[typed->good & 1];
    if (!is_sound(copy)) {
        return;
    }
    discipline->mode = copy->raw ? DISCIPLINE_RAW : DISCIPLINE_LINE;
    discipline->length = copy->length;
    discipline->ready_length = copy->ready_length;
    discipline->pieces = copy->pieces;
    memcpy(discipline->line, copy->line, copy->length);
    memcpy(discipline->ready, copy->ready, copy->ready_length);
    memcpy(discipline->piece, copy->piece, copy->pieces * sizeof copy->piece[0]);
}
