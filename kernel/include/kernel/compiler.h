/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The kernel is built for size (arch/aarch64/kernel/module.mk). The few exceptions say so with these words.
 */
#ifndef KERNEL_COMPILER_H
#define KERNEL_COMPILER_H

/* In the place of each call, whatever that costs in size: a function of a few instructions, or with one hot caller. */
#define ALWAYS_INLINE inline __attribute__((always_inline))

/* Never there: keeps what is rare out of the way of what is hot. */
#define OUT_OF_LINE __attribute__((noinline))

#endif
