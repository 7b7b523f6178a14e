/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What the device tree says about the machine, as far as the kernel needs it. Pure: a
 * function of the tree's bytes, tested on the host.
 */
#ifndef KERNEL_MACHINE_H
#define KERNEL_MACHINE_H

#include <abi/types.h>
#include <stdbool.h>

struct console_ops;

struct range {
    paddr_t base;
    uint64_t bytes;
};

#define MACHINE_RANGES 32

/* Sorted, disjoint, page-aligned. */
struct ranges {
    unsigned count;
    struct range range[MACHINE_RANGES];
};

struct machine {
    struct ranges ram;      /* all of it */
    struct ranges reserved; /* not ours: memreserve, /reserved-memory; may be mapped */
    struct ranges no_map;   /* the part of it that must not even be mapped */
    unsigned gic_version;   /* 2, 3; 0: none found */
    struct range gic[2];    /* distributor; CPU interface (v2) or redistributors (v3) */
    const struct console_ops *console;
    struct range console_registers;
    unsigned psci;           /* PSCI_* */
    unsigned cpu_count;      /* all of them; */
    uint64_t cpu[CORES_MAX]; /* the affinities (as in MPIDR) of the first */
    struct range ramdisk;    /* exact bytes, not pages */
    char model[32];          /* the root's compatible, cut to fit */
};

#define PSCI_NONE 0
#define PSCI_HVC 1
#define PSCI_SMC 2

/* Read the tree of at most `max` bytes. NULL, or what is wrong with it. */
const char *machine_read(struct machine *machine, const void *tree, uint64_t max);

/* Add a range (rounded outward to pages), merging what touches or overlaps. False: no room, or it wraps. */
bool ranges_add(struct ranges *ranges, paddr_t base, uint64_t bytes);
/* Take a range out (rounded outward). False: no room. */
bool ranges_remove(struct ranges *ranges, paddr_t base, uint64_t bytes);
uint64_t ranges_bytes(const struct ranges *ranges);

#endif
