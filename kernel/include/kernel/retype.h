/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Making objects from memory, and deleting what was made.
 */
#ifndef KERNEL_RETYPE_H
#define KERNEL_RETYPE_H

#include <kernel/cap.h>

#define CLEAR_BYTES 65536 /* cleared by one call at most */
#define RETYPE_COUNT 64

/* What CAP_RETYPE asks for, in the order of its registers; see abi/syscall.h. */
struct retype {
    uint64_t offset;
    uint64_t type;
    uint64_t bytes;
    uint64_t count;
};

/* dst: count empty slots in a row. */
err_t cap_retype(struct slot *dst, struct slot *src, const struct retype *request);

/* A first look at the count, before dst is looked up. */
static inline err_t retype_count_check(uint64_t count)
{
    return count == 0 || count > RETYPE_COUNT ? ERR_ARGUMENT : ERR_OK;
}

/* CAP_CLEAR: ERR_AGAIN until it is done. */
err_t cap_clear(struct slot *slot);

/* CAP_REVOKE: all copies and descendants at once, or ERR_RETRY_THROUGH_MONITOR and nothing done. */
err_t cap_revoke(struct slot *slot);

/* KERNEL_REVOKE_STEP: some of them (and of the zombies among them). ERR_AGAIN until nothing is left. */
err_t cap_revoke_step(struct slot *slot);

#endif
