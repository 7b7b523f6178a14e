/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Who holds what of a range of memory, in all processes of all cores: what `caps why` and `caps revoke --dry-run` show. In order of
 * descent: what is made of a capability stands behind it, one level deeper.
 */
#ifndef SHELL_HOLDERS_H
#define SHELL_HOLDERS_H

#include <abi/errors.h>
#include <abi/types.h>
#include <idl/proc.h>
#include <stdbool.h>

struct holder {
    pid_abi_t pid;
    char name[32]; /* of the process */
    struct proc_capability cap;
    unsigned depth;
};

struct holders {
    struct holder *list;
    uint32_t count, room;
};

/* Put in order, and give each its depth. Pure. */
void holders_order(struct holders *holders);
/* Is it made of the same object as `of`, or a copy? Pure. */
bool holder_is_below(const struct proc_capability *cap, const struct proc_capability *of);
bool holder_is_same(const struct proc_capability *cap, const struct proc_capability *of);

/* All that overlap [base, base + bytes). What a process that has ended meanwhile held is left out. ERR_NO_MEMORY. */
err_t holders_collect(struct holders *holders, uint64_t base, uint64_t bytes);
void holders_free(struct holders *holders);

/* One capability of a process; ERR_NOT_FOUND: no such process; ERR_L2_LOOKUP: there is none. */
err_t holder_find(pid_abi_t pid, uint32_t cptr, struct proc_capability *cap);

#endif
