/* SPDX-License-Identifier: BSD-2-Clause */
/* The first process: built by the kernel out of memory that is free at boot, from the image it was linked with. */
#ifndef KERNEL_INIT_PROCESS_H
#define KERNEL_INIT_PROCESS_H

#include <kernel/machine.h>

/* What boot.c knows. On a core that another one starts, that one fills it in. */
struct boot {
    struct machine machine;
    struct ranges free;    /* RAM that nobody uses yet; what init takes is taken out of it */
    struct ranges all;     /* what was free on the boot core behind its init: Arenas of every core cover that */
    struct range tree;     /* the device tree, exact bytes */
    uint64_t usable_bytes; /* what was free before init */
    const char *choices;   /* of the configuration, for the banner */
    coreid_t core, starter;
    uint64_t reset;    /* CNTVCT when the boot core's kernel was entered */
    struct range urpc; /* the Frame that init shares with the monitor that started it; boot core: nothing */
    struct range kernels[CORES_MAX]; /* of the cores that are up: their memory; without bytes: not up */
};
extern struct boot boot;

/* Make it runnable. NULL, or what is wrong. */
const char *init_process_start(struct boot *boot);

#endif
