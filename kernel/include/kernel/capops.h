/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The capability system calls: decoding. regs is x0-x7 on entry; results go into regs[1..4], the error is returned
 * (and is not stored into regs[0]). `root` is the caller's CSpace: the L1CNode capability in its dispatcher.
 */
#ifndef KERNEL_CAPOPS_H
#define KERNEL_CAPOPS_H

#include <kernel/cap.h>

/* SYS_CAP; op is CAP_COPY ... */
err_t cap_syscall(const struct cap *root, unsigned op, uint64_t *regs);

/* SYS_INVOKE of a usable (cap_expect) VNode0-3, Arena. */
err_t vnode_invoke(const struct cap *root, struct slot *vnode, unsigned op, uint64_t *regs);
err_t arena_invoke(const struct cap *root, struct slot *arena, unsigned op, uint64_t *regs);

#endif
