/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What a process is born with: the slots of its L2CNode 0. Whoever spawns
 * fills them; the library that pages and talks relies on them.
 */
#ifndef ABI_SLOTS_H
#define ABI_SLOTS_H

#define SLOT_NULL 0
#define SLOT_CSPACE 1     /* its own L1CNode */
#define SLOT_DISPATCHER 2 /* its own dispatcher */
#define SLOT_FRAME 3      /* its dispatcher frame */
#define SLOT_VSPACE 4     /* its L0 VNode */
#define SLOT_ENDPOINT 5   /* its endpoint without a badge: mint from it */
#define SLOT_INIT 6       /* endpoints of the four services that everybody is born with, */
#define SLOT_MONITOR 7    /*   badged for this process by the service itself */
#define SLOT_MEM 8
#define SLOT_NAMES 9
#define SLOT_INFO 10   /* Frame: struct spawn_info, arguments, environment; mapped read-only */
#define SLOT_RAM 11    /* RAM: the block that the process was made from; spawn_info says what is used of it */
#define SLOT_PASSED 16 /* 16-31: capabilities that its parent passed, in order */
#define SLOT_PASSED_MAX 16
#define SLOT_SPAWN 32 /* 32-63: what else its VSpace was built from (VNodes, Mappings) */

/* L2CNode 1 (cptrs 64-127) and on: the process's own slot allocator; L1 slots past those that
 * spawn_info names are empty. */
#define SLOT_FIRST_FREE CPTR(1, 0)

/* Only init has these; the kernel fills them. */
#define SLOT_KERNEL 12    /* Kernel */
#define SLOT_IRQ 13       /* Irq: all interrupts; core 0 only */
#define SLOT_IDS 7        /* Id: the ids of this core (init needs no SLOT_MONITOR) */
#define SLOT_DOORBELLS 10 /* Doorbell: all doorbells of all cores (init has no SLOT_INFO) */
#define SLOT_URPC                                                                                                      \
    6 /* Frame, on any core but 0: shared with the monitor that started this one (init needs no SLOT_INIT) */
#define SLOT_BOOTINFO 14 /* Frame, read-only: struct bootinfo */
#define SLOT_RAMDISK 15  /* Frame, read and execute: the initial ramdisk */
#define SLOT_DTB 16      /* Frame, read-only */
#define SLOT_ARENAS 17   /* 17-24: Arena, one per bank of free RAM (bootinfo says how many) */
#define SLOT_ARENAS_MAX 8
#define SLOT_DEVICES 25 /* 25-31: DevFrame, one per range of the physical address space that is not RAM */
#define SLOT_DEVICES_MAX 7

/* Where things are in a process's virtual address space (48 bits, four levels). Page 0 up to
 * VADDR_PROGRAM is never mapped. What every process is born with lies in the first GiB, and all of it but the
 * program under one L3 table: so a new process needs five tables, not nine. */
#define VADDR_PROGRAM 0x0000000000400000
#define VADDR_STACK_TOP 0x000000003ff00000 /* of the first thread; grows down */
#define VADDR_INFO 0x000000003ff10000      /* struct spawn_info, read-only */
#define VADDR_FRAME 0x000000003ff80000     /* struct dispatcher_frame and its rings; upcall and fault stacks follow */
#define VADDR_DYNAMIC 0x0000008000000000   /* from here on: the region map's own choice (heap, stacks, frames) */
#define VADDR_END 0x0001000000000000       /* user half ends */

#endif
