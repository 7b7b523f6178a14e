/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * When a core that takes nothing of what it is sent counts as lost, and who may say so. Pure: link.c looks now and then into the rings and at
 * the clock, cores.c has the table that all monitors share.
 */
#ifndef MONITOR_SILENCE_H
#define MONITOR_SILENCE_H

#include "cores.h"

/* What was seen of one other core. */
struct silence {
    uint64_t taken; /* messages that it had taken when it was last looked; */
    ticks_t since;  /* so many since then. 0: what is seen next counts as new */
};

/*
 * Has whoever looks stood still himself between two looks, which should be `every` apart? Then nothing of what he sees says anything: all may
 * have, and every `since` is to become 0. `most`: how long a core may take nothing.
 */
bool silence_was_away(ticks_t last, ticks_t now, ticks_t every, ticks_t most);

/* Of `sent` messages `taken` have been taken by now. */
enum silence_state {
    SILENCE_NONE,  /* all of them */
    SILENCE_WAITS, /* not all yet */
    SILENCE_LOST   /* none for `most` ticks */
};
enum silence_state silence_look(struct silence *silence, uint64_t sent, uint64_t taken, ticks_t now, ticks_t most);

/*
 * Core `own` has found core `core` lost. True: the table says so now, and everybody is to know. False: it is `own` that all others have
 * given up, and which takes leave of `core` for itself.
 */
bool silence_mark(struct cores_shared *shared, coreid_t own, coreid_t core);
/* Is there to be no more talk between the two? */
bool silence_parted(const struct cores_shared *shared, coreid_t own, coreid_t core);

#endif
