/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The journal: before something that is kept changes, what was there is put here; when the operation is done, all of that is forgotten at
 * once. So an operation that a kill ended in the middle has not happened: its successor puts everything back, the last change first.
 */
#include "files.h"
#include <string.h>

struct journal *journal;

bool journal_piece(void *at, size_t bytes)
{
    uint32_t n = journal->pieces;
    if (n == JOURNAL_PIECES || bytes > JOURNAL_BYTES - journal->bytes) return false;
    memcpy(journal->old + journal->bytes, at, bytes);
    journal->piece[n].at = at;
    journal->piece[n].bytes = (uint32_t)bytes;
    journal->piece[n].where = (uint32_t)journal->bytes;
    journal->bytes += bytes;
    journal_order();
    journal->pieces = n + 1;
    journal_order();
    return true;
}

void journal_commit(void)
{
    journal_order();
    journal->all = 0;
    journal_order();
    journal->bytes = 0;
}

/* Killed in the middle, it is done again by the next one. */
void journal_undo(void)
{
    for (uint32_t i = journal->words; i > 0; i--) {
        *journal->word[i - 1].at = journal->word[i - 1].old;
        KEPT_STEP();
    }
    for (uint32_t i = journal->pieces; i > 0; i--) {
        memcpy(journal->piece[i - 1].at, journal->old + journal->piece[i - 1].where, journal->piece[i - 1].bytes);
        KEPT_STEP();
    }
    journal_commit();
}

bool journal_is_sound(bool (*is_there)(const void *at, size_t bytes))
{
    if (journal->words > JOURNAL_WORDS || journal->pieces > JOURNAL_PIECES) return false;
    for (uint32_t i = 0; i < journal->words; i++) {
        if ((uintptr_t)journal->word[i].at % sizeof(uint64_t) != 0 || !is_there(journal->word[i].at, sizeof(uint64_t)))
            return false;
    }
    for (uint32_t i = 0; i < journal->pieces; i++) {
        uint32_t bytes = journal->piece[i].bytes, where = journal->piece[i].where;
        if (where > JOURNAL_BYTES || bytes > JOURNAL_BYTES - where || !is_there(journal->piece[i].at, bytes))
            return false;
    }
    return true;
}
