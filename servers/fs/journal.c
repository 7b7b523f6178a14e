/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The journal: before something that is kept changes, what was there is put here; when the operation is done, all of that is forgotten at
 * once. So an operation that a kill ended in the middle has not happened: its successor puts everything back, the last change first.
 */
#include "files.h"
#include <string.h>

struct journal *journal;

bool journal_has_room(size_t bytes)
{
    return journal->notes < JOURNAL_NOTES && bytes <= JOURNAL_BYTES - journal->bytes;
}

/* Nothing of this moves: what was there is in the journal before the note counts, and that before anything else is written. */
static inline void in_order(void)
{
    __atomic_signal_fence(__ATOMIC_SEQ_CST);
    KEPT_STEP();
}

void journal_note(void *at, size_t bytes)
{
    if (bytes == sizeof(uint64_t)) {
        memcpy(journal->old + journal->bytes, at, sizeof(uint64_t));
    } else {
        memcpy(journal->old + journal->bytes, at, bytes);
    }
    journal->note[journal->notes].at = at;
    journal->note[journal->notes].bytes = bytes;
    journal->bytes += (uint32_t)bytes;
    in_order();
    journal->notes++;
    in_order();
}

void journal_commit(void)
{
    in_order();
    journal->notes = 0;
    in_order();
    journal->bytes = 0;
}

/* Killed in the middle, it is done again by the next one: a note goes when its bytes are back. */
void journal_undo(void)
{
    uint64_t end = 0;
    for (uint32_t i = 0; i < journal->notes; i++)
        end += journal->note[i].bytes;
    while (journal->notes > 0) {
        uint32_t last = journal->notes - 1;
        end -= journal->note[last].bytes;
        memcpy(journal->note[last].at, journal->old + end, journal->note[last].bytes);
        in_order();
        journal->notes = last;
        in_order();
    }
    journal->bytes = 0;
}

bool journal_is_sound(bool (*is_there)(const void *at, size_t bytes))
{
    uint64_t bytes = 0;
    if (journal->notes > JOURNAL_NOTES) return false;
    for (uint32_t i = 0; i < journal->notes; i++) {
        uint64_t length = journal->note[i].bytes;
        if (length > JOURNAL_BYTES || !is_there(journal->note[i].at, length)) return false;
        bytes += length;
    }
    return bytes <= JOURNAL_BYTES;
}
