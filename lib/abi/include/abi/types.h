/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The scalar types that kernel and user space share.
 *
 * This header and its neighbours are the whole contract between the CPU
 * driver and programs. They include nothing but <stdint.h> and <stddef.h>,
 * and are written so that the host, the kernel and user space compile them.
 */
#ifndef ABI_TYPES_H
#define ABI_TYPES_H

#ifndef __ASSEMBLER__
#include <stddef.h>
#include <stdint.h>

typedef uint64_t paddr_t;   /* physical address, bytes */
typedef uint64_t vaddr_t;   /* virtual address, bytes */
typedef uint32_t coreid_t;  /* dense index of a core below CORES_MAX, 0 is the boot core */
typedef uint32_t err_t;     /* one of abi/errors.h; 0 (ERR_OK) is success */
typedef uint64_t pid_abi_t; /* core << 32 | number on that core */

/*
 * A cptr names a slot in a CSpace of two levels:
 *   bits 0-5   slot in the L2CNode (CNODE_L2_BITS)
 *   bits 6-21  slot in the L1CNode
 *   bit 31     set: the slot of the L1CNode itself, its index in bits 0-15
 * cptr 0 is never valid: slot 0 of L2CNode 0 stays empty for ever.
 */
typedef uint32_t cptr_t;

/*
 * A capref names a slot in any CSpace that the caller holds:
 * bits 32-63 are the cptr, in the caller's CSpace, of an L1CNode in which bits
 * 0-31 are looked up; 0 there means the caller's own CSpace. So a cptr is the
 * capref of a slot of one's own.
 */
typedef uint64_t capref_t;
#endif

#define CORES_MAX CONFIG_MAX_CORES /* how many cores may be up at once */

#define PAGE_BITS 12
#define PAGE_SIZE 4096
#define PAGE_MASK (PAGE_SIZE - 1)
#define MIB (1024 * 1024)

#define SLOT_BYTES 128  /* one capability slot in a CNode */
#define CNODE_L2_BITS 6 /* an L2CNode has 64 slots ... */
#define CNODE_L2_SLOTS 64
#define CNODE_L2_BYTES 8192 /* ... and takes two pages */
#define CNODE_L1_MIN_BITS 5 /* an L1CNode has 2^5 to 2^16 slots of SLOT_BYTES */
#define CNODE_L1_MAX_BITS 16
#define DISPATCHER_BYTES 4096
#define VNODE_BYTES 4096
#define VNODE_ENTRIES 512

#define CPTR_L1 0x80000000u
#define CPTR(l1, l2) (((l1) << CNODE_L2_BITS) | (l2))
#define CAPREF(root, cptr) ((((capref_t)(root)) << 32) | (cptr_t)(cptr))

#endif
