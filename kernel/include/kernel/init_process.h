/* SPDX-License-Identifier: BSD-2-Clause */
/* The first process: built by the kernel out of memory that is free at boot, from the image it was linked with. */
#ifndef KERNEL_INIT_PROCESS_H
#define KERNEL_INIT_PROCESS_H

#include <kernel/machine.h>

/* What boot.c knows. */
struct boot {
    struct machine machine;
    struct ranges free;    /* RAM that nobody uses yet; what init takes is taken out of it */
    struct range tree;     /* the device tree, exact bytes */
    uint64_t usable_bytes; /* what was free before init */
    const char *choices;   /* of the configuration, for the banner */
};

/* Make it runnable. NULL, or what is wrong. */
const char *init_process_start(struct boot *boot);

#endif
