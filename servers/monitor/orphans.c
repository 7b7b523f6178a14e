/* SPDX-License-Identifier: BSD-2-Clause */
/* The search for memory that only names itself; see orphans.h. */
#include "orphans.h"

/* Does a slot at this address keep what it names alive? */
static bool address_holds(const struct orphan_range *ranges, size_t count, paddr_t address)
{
    size_t low = 0, high = count;
    while (low < high) {
        size_t middle = (low + high) / 2;
        if (ranges[middle].base + ranges[middle].bytes <= address)
            low = middle + 1;
        else
            high = middle;
    }
    return low == count || address < ranges[low].base || ranges[low].held;
}

/* What cannot be listed is held. So is what nothing names: it has just been freed, and may be somebody else's soon. */
static bool range_is_held(const struct orphan_range *ranges, size_t count, size_t which, orphans_lister *list, size_t *left)
{
    paddr_t found[ORPHANS_LISTED] = {0}, after = 0;
    do {
        if ((*left)-- == 0) return true;
        if (list(ranges[which].base, ranges[which].bytes, after, found) != ERR_OK) return true;
        for (unsigned i = 0; i < ORPHANS_LISTED && found[i] != 0; i++) {
            if (address_holds(ranges, count, found[i])) return true;
        }
        if (after == 0 && found[0] == 0) return true;
        after = found[ORPHANS_LISTED - 1];
    } while (after != 0);
    return false;
}

bool orphans_mark(struct orphan_range *ranges, size_t count, orphans_lister *list, size_t most)
{
    bool changed = true;
    size_t left = most;
    for (size_t i = 0; i < count; i++)
        ranges[i].held = false;
    while (changed) {
        changed = false;
        for (size_t i = 0; i < count; i++) {
            if (ranges[i].held || !range_is_held(ranges, count, i, list, &left)) continue;
            if (left > most) return false; /* it has run out */
            ranges[i].held = true;
            changed = true;
        }
    }
    return true;
}
