/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The machine of the host tests: memory, TLB, dispatchers that only hold capabilities, and a first CSpace:
 * L2CNodes 0 to MACHINE_L2CNODES - 1, the Arena in slot MACHINE_ARENA of the first.
 */
#ifndef KERNEL_TEST_MACHINE_H
#define KERNEL_TEST_MACHINE_H

#include <kernel/cap.h>

#define MACHINE_L1_SLOTS 32
#define MACHINE_L2CNODES 4
#define MACHINE_BOOT_BYTES (256 * 1024ul) /* at the start of memory: what the first CSpace is made of */
#define MACHINE_ARENA_BASE (MACHINE_BASE + MACHINE_BOOT_BYTES)
#define MACHINE_ARENA_BYTES (MACHINE_BYTES - MACHINE_BOOT_BYTES)
#define MACHINE_DEVICE_BASE 0x10000000ul
#define MACHINE_DEVICE_BYTES (4ul * MIB)

#define MACHINE_CNODE 1 /* slots of L2CNode 0 */
#define MACHINE_ARENA 2
#define MACHINE_DEVICE 3
#define MACHINE_IRQ 4
#define MACHINE_KERNEL 5

extern struct slot machine_root; /* the CSpace, as a dispatcher would hold it */

/* Everything anew: memory, MDB, TLB. Forgets whatever there was. */
void machine_start(void);

/* A system call with up to six arguments; results in machine_regs. */
extern uint64_t machine_regs[8];
err_t machine_cap(unsigned op, uint64_t x0, uint64_t x1, uint64_t x2, uint64_t x3, uint64_t x4, uint64_t x5);
err_t machine_vnode(cptr_t vnode, unsigned op, uint64_t x0, uint64_t x1, uint64_t x2, uint64_t x3, uint64_t x4,
                    uint64_t x5);
err_t machine_alloc(capref_t dst, paddr_t base, uint64_t bytes);

/* The slot of a capref, NULL: none. */
struct slot *machine_slot(capref_t ref);

/* Use an address through a root table: what the tables say, 0: fault. The TLB remembers it. */
uint64_t machine_touch(const struct cap *root, vaddr_t va);

/* Is everything consistent? NULL, or what is not: MDB, stale TLB entries, entries without a Mapping. */
const char *machine_check(void);

/* Reap and drain until nothing waits. Returns bytes drained; asserts that each was allocated. */
uint64_t machine_settle(void);

/* What the kernel's upper half was told. */
struct machine_events {
    unsigned created, orphaned, destroyed, lost, signals, unbound, notified;
    unsigned last_signal, synced_bytes, flushed_bytes;
};
extern struct machine_events machine_events;
extern uint64_t machine_allocated; /* bytes in blocks now */

#endif
