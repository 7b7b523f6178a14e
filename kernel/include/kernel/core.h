/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The few words that every switch between dispatchers reads or writes, in one place: so one register
 * holds the address of them all. Each belongs to the file named beside it.
 */
#ifndef KERNEL_CORE_H
#define KERNEL_CORE_H

#include <stdbool.h>
#include <stdint.h>

struct dcb;

struct core {
    struct dcb *current;  /* sched.c: whose registers are in the processor; 0 while idle or booting. First: vectors.S */
    uint32_t ready;       /* sched.c: bit p: somebody of priority p is in its ready queue */
    bool wanted;          /* sched.c: kernel exit goes through sched_pick(), see sched.h */
    bool fp_accessible;   /* fp.c: what CPACR_EL1 says */
    bool counts;          /* cpu.c: there is a performance monitor, see arch/pmu.h */
    struct dcb *fp_owner; /* fp.c: whose values are in the FP registers; 0: nobody's */
    uint64_t since;       /* sched.c: CNTVCT when `current` got the processor, for its account */
    uint64_t translation; /* mmu.c: what TTBR0_EL1 holds */
    uint64_t generation;  /* mmu.c: of the ASIDs in use, from 1 */
    uint64_t messages;    /* dispatcher.c: sums of those of the dispatchers that are no more */
    uint64_t syscalls;
};
extern struct core core;

#endif
