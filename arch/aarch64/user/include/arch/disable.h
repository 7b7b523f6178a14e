/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Disabled: no upcall comes, so no other thread of the process runs, until enabled again (abi/dispatcher.h). For a few
 * instructions at a time, on memory that is mapped: a page fault while disabled ends the process. Disabling
 * touches DISABLED_STACK bytes of stack first, for the code that runs until it is enabled.
 */
#ifndef ARCH_DISABLE_H
#define ARCH_DISABLE_H

#include <abi/dispatcher.h>
#include <abi/slots.h>
#include <stdbool.h>

#define DISABLED_STACK 2048

#ifdef HOST_TEST
extern struct dispatcher_frame host_frame;
#define DISPATCHER_FRAME (&host_frame)
static inline bool dispatcher_disable_nested(void)
{
    return false;
}
static inline void dispatcher_enable_nested(bool was)
{
    (void)was;
}
static inline void dispatcher_disable(void) {}
static inline void dispatcher_touch(const void *object, size_t bytes)
{
    (void)object;
    (void)bytes;
}
static inline void dispatcher_disable_briefly(void) {}
static inline void dispatcher_enable(void) {}
#else
#define DISPATCHER_FRAME ((struct dispatcher_frame *)VADDR_FRAME)

static inline void dispatcher_disable(void)
{
    uint64_t scratch;
    __asm__ volatile("sub %0, sp, %1\n\tldrb wzr, [%0]" : "=&r"(scratch) : "I"(DISABLED_STACK) : "memory");
    *(volatile uint32_t *)&DISPATCHER_FRAME->disabled = 1;
    __asm__ volatile("" ::: "memory");
}

/* For code that touches no stack until it is enabled again: a few inline instructions. */
static inline void dispatcher_disable_briefly(void)
{
    *(volatile uint32_t *)&DISPATCHER_FRAME->disabled = 1;
    __asm__ volatile("" ::: "memory");
}

static inline void dispatcher_enable(void)
{
    __asm__ volatile("" ::: "memory");
    *(volatile uint32_t *)&DISPATCHER_FRAME->disabled = 0;
}

/* Before disabling: have a page fault now rather than then, on what the caller gave. */
static inline void dispatcher_touch(const void *object, size_t bytes)
{
    (void)*(const volatile char *)object;
    (void)((const volatile char *)object)[bytes - 1];
}

/* dispatcher_disable() where it may be disabled already: pass what the first returned to the second. */
static inline bool dispatcher_disable_nested(void)
{
    if (*(volatile uint32_t *)&DISPATCHER_FRAME->disabled) return true;
    dispatcher_disable();
    return false;
}

static inline void dispatcher_enable_nested(bool was)
{
    if (!was) dispatcher_enable();
}
#endif

#endif
