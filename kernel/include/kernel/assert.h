/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Assertions state invariants of the kernel; input never reaches one. A failed one ends
 * the machine with registers, a backtrace and who was running.
 */
#ifndef KERNEL_ASSERT_H
#define KERNEL_ASSERT_H

#if HOST_TEST
#include <assert.h>
#else
#include <kernel/config.h>
#include <kernel/panic.h>

#define assert(condition)                                                                                              \
    do {                                                                                                               \
        if (ENABLED(CONFIG_KERNEL_ASSERTS) && __builtin_expect(!(condition), 0)) {                                     \
            kernel_panic("assertion failed: %s:%d %s", __FILE_NAME__, __LINE__, #condition);                           \
        }                                                                                                              \
    } while (0)
#endif

#endif
