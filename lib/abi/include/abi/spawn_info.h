/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What a new process is told by whoever spawned it, at VADDR_INFO, read-only: how its CSpace and VSpace
 * were built, so that its own libraries continue from there, its arguments and its capabilities' names.
 * There is no pointer in it: strings are byte offsets from the start of the structure. init gets none
 * (its kernel tells it by struct bootinfo).
 */
#ifndef ABI_SPAWN_INFO_H
#define ABI_SPAWN_INFO_H

#include <abi/slots.h>
#include <abi/types.h>

#define SPAWN_INFO_MAGIC 0x6e77617073706163 /* "capspawn" */

/* The dispatcher frame area, one Frame, mapped read-write at VADDR_FRAME. */
#define FRAME_AREA_RINGS 16384  /* struct dispatcher_frame and its rings */
#define FRAME_AREA_UPCALL 16384 /* upcall stack; its top is upcall_sp */
#define FRAME_AREA_FAULT 8192   /* stack of the upcall for faults while disabled; its top is fault_sp */
#define FRAME_AREA_BYTES (FRAME_AREA_RINGS + FRAME_AREA_UPCALL + FRAME_AREA_FAULT)
#define VADDR_UPCALL_STACK_TOP (VADDR_FRAME + FRAME_AREA_RINGS + FRAME_AREA_UPCALL)
#define VADDR_FAULT_STACK_TOP (VADDR_FRAME + FRAME_AREA_BYTES)
#define VADDR_INFO_END VADDR_FRAME /* the description may be this long */

#define SPAWN_L2CNODES 2            /* every process begins with; further ones are full */
#define SPAWN_STACK_BYTES (8 * MIB) /* of the first thread, from VADDR_STACK_TOP down, lazily backed */

/* spawn_info.flags */
#define SPAWN_FULLY_BACKED 1 /* no page fault may be needed: heap and stacks are backed when they are made */

/* What a range of the address space is. */
#define SPAWN_REGION_TEXT 1  /* program, read and execute */
#define SPAWN_REGION_CONST 2 /* program, read-only */
#define SPAWN_REGION_DATA 3  /* program, read and write, backed */
#define SPAWN_REGION_LAZY 4  /* read and write, backed on first touch: end of .bss, or of the stack */
#define SPAWN_REGION_STACK 5 /* the first thread's stack: lazily backed but for what a Mapping covers */
#define SPAWN_REGION_FRAME 6 /* the dispatcher frame area */
#define SPAWN_REGION_INFO 7  /* this description */

#ifndef __ASSEMBLER__
struct spawn_region {
    vaddr_t base;
    uint64_t bytes;
    uint32_t kind;       /* SPAWN_REGION_* */
    uint32_t attributes; /* MAP_* */
};

/* A page table below the root: all of them, uppermost first. */
struct spawn_vnode {
    vaddr_t va;     /* first address that it translates */
    cptr_t vnode;   /* in the child's CSpace */
    cptr_t mapping; /* the Mapping that hangs it into its parent */
    uint32_t level; /* 1-3 */
    uint32_t reserved;
};

/* Pages of a lazily backed region that are mapped from the start (all pages of the others are, for ever). */
struct spawn_mapping {
    vaddr_t va;
    uint32_t pages;
    cptr_t mapping;
};

#define SPAWN_REGIONS_MAX 12
#define SPAWN_VNODES_MAX 20 /* a program may be 36 MiB long */
#define SPAWN_MAPPINGS_MAX 4
#define SPAWN_NAME_MAX 32
#define SPAWN_PASSED_NAME_MAX 24

struct spawn_info {
    uint64_t magic;
    uint32_t bytes; /* of all of it, strings included */
    uint32_t flags; /* SPAWN_* */
    pid_abi_t pid;
    coreid_t core;
    uint32_t argc;
    uint32_t argv; /* offset of argc offsets (uint32_t) of NUL-terminated strings */
    uint32_t envc;
    uint32_t envp;      /* the same for the environment, "NAME=value" */
    uint32_t l1_slots;  /* of the CSpace's L1CNode */
    uint32_t l2cnodes;  /* L2CNodes 0 .. l2cnodes - 1 exist, those from 2 on full of Mappings */
    uint32_t spawn_end; /* first free slot of those from SLOT_SPAWN on */
    uint32_t region_count;
    uint32_t vnode_count;
    uint32_t mapping_count;
    uint32_t passed_count; /* capabilities in SLOT_PASSED ... */
    uint64_t ram_bytes;    /* size of the block in SLOT_RAM; its bytes from ram_used on belong to the child */
    uint64_t ram_used;
    vaddr_t entry;
    vaddr_t tls_image; /* the program's PT_TLS: initial bytes, of which tls_file_bytes are in the image, the rest 0 */
    uint64_t tls_file_bytes;
    uint64_t tls_bytes;
    uint64_t tls_align;
    char name[SPAWN_NAME_MAX]; /* of the program, as in the ramdisk, cut to fit, NUL-terminated */
    char passed[SLOT_PASSED_MAX][SPAWN_PASSED_NAME_MAX]; /* names of the passed capabilities, in order */
    struct spawn_region region[SPAWN_REGIONS_MAX];
    struct spawn_vnode vnode[SPAWN_VNODES_MAX];
    struct spawn_mapping mapping[SPAWN_MAPPINGS_MAX];
};
_Static_assert(sizeof(struct spawn_info) <= PAGE_SIZE - 1024,
               "spawn_info leaves no room for strings in its first page");
#endif
#endif
