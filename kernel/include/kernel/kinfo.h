/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What KERNEL_INFO tells beyond what its owners count themselves: written by syscall.c, boot.c and the
 * arch's exception entry, read by kernel_invoke.c.
 */
#ifndef KERNEL_KINFO_H
#define KERNEL_KINFO_H

#include <kernel/cap.h>
#include <stdint.h>

struct kinfo {
    uint64_t refused;            /* system calls that returned an error */
    uint64_t irq_off_longest;    /* instructions with CONFIG_BENCH, else ticks */
    uint64_t entry_instructions; /* at kernel entry and at the first user instruction, with CONFIG_BENCH */
    uint64_t init_instructions;
    uint64_t ram_bytes;    /* all RAM of the machine */
    uint64_t kernel_bytes; /* what the kernel keeps of it */
};
extern struct kinfo kinfo;

/* SYS_INVOKE on the Kernel capability: op is KERNEL_*, x[0..7] in, x[1..5] out. */
err_t kernel_invoke(unsigned op, uint64_t *x);

#endif
