/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Memory that only names itself: a CNode in a block, and in it the last capability of that block; or blocks that do so in a circle.
 * No capability can be counted out there, so it is searched for, among what processes that are no more have left behind: a range is held if
 * a capability of it lies in a slot outside of all of these ranges, or in one of a range that is held. The others are orphans.
 */
#ifndef MONITOR_ORPHANS_H
#define MONITOR_ORPHANS_H

#include <abi/errors.h>
#include <abi/types.h>
#include <stdbool.h>
#include <stddef.h>

#define ORPHANS_LISTED 5

struct orphan_range {
    paddr_t base;
    uint64_t bytes;
    bool held;
};

/* KERNEL_HOLDERS: addresses of slots with capabilities of the range, from the one after `after` (0: the first) on. */
typedef err_t orphans_lister(paddr_t base, uint64_t bytes, paddr_t after, paddr_t found[ORPHANS_LISTED]);

/*
 * Mark what is held of `count` ranges in ascending order. Nobody else runs meanwhile, so it may list `most` times only.
 * false: that was not enough, and nothing is known.
 */
bool orphans_mark(struct orphan_range *ranges, size_t count, orphans_lister *list, size_t most);

#endif
