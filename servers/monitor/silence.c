/* SPDX-License-Identifier: BSD-2-Clause */
/* See silence.h. */
#include "silence.h"

bool silence_was_away(ticks_t last, ticks_t now, ticks_t every, ticks_t most)
{
    return now - last >= every + most / 2;
}

enum silence_state silence_look(struct silence *silence, uint64_t sent, uint64_t taken, ticks_t now, ticks_t most)
{
    if (taken == sent || taken != silence->taken || silence->since == 0) silence->since = now;
    silence->taken = taken;
    if (taken == sent) return SILENCE_NONE;
    return now - silence->since >= most ? SILENCE_LOST : SILENCE_WAITS;
}

bool silence_mark(struct cores_shared *shared, coreid_t own, coreid_t core)
{
    if (shared->core[own].state == MONITOR_CORE_SILENT) return false;
    shared->core[core].state = MONITOR_CORE_SILENT;
    return true;
}

bool silence_parted(const struct cores_shared *shared, coreid_t own, coreid_t core)
{
    return shared->core[own].state == MONITOR_CORE_SILENT || shared->core[core].state == MONITOR_CORE_SILENT;
}
