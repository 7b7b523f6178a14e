/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Page tables as capabilities: VNode0 (the root) to VNode3, and Mappings, each a run of entries of one VNode.
 */
#ifndef KERNEL_VNODE_H
#define KERNEL_VNODE_H

#include <kernel/cap.h>

#define VNODE_MAP_MAX 64     /* entries of one Mapping */
#define VNODE_MAP_RAM_MAX 16 /* pages, which are cleared */

/* A run of entries to map into a VNode, in the order of the registers of VNODE_MAP. */
struct vnode_run {
    uint64_t offset; /* bytes, in what is mapped */
    uint64_t entry;
    uint64_t count;
    uint64_t attributes; /* MAP_* */
};

/* dst is empty in all of them. See VNODE_* in abi/syscall.h. */
err_t vnode_map(struct slot *dst, struct slot *vnode, struct slot *frame, const struct vnode_run *run);
err_t vnode_map_ram(struct slot *dst, struct slot *vnode, struct slot *ram, const struct vnode_run *run);
err_t vnode_map_table(struct slot *dst, struct slot *vnode, struct slot *table, uint64_t entry);
err_t vnode_unmap(struct slot *vnode, struct slot *mapping);
err_t vnode_split(struct slot *dst, struct slot *vnode, struct slot *mapping, uint64_t first);
err_t vnode_break(struct slot *dst, struct slot *vnode, struct slot *mapping, struct slot *table);
err_t vnode_protect(struct slot *vnode, struct slot *mapping, uint64_t first, uint64_t count, uint64_t attributes);

/* A capability that has just been made, of a VNode: give it its creation number (others: nothing happens). */
void vnode_init(struct cap *cap);

#endif
