/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Time is the generic timer's virtual count, CNTVCT_EL0, in ticks. Deadlines are absolute ticks; 0: none.
 */
#ifndef THREADS_TIME_H
#define THREADS_TIME_H

#include <stdint.h>

typedef uint64_t ticks_t;

#ifdef HOST_TEST
ticks_t clock_ticks(void);
uint64_t clock_hz(void);
#else
static inline ticks_t clock_ticks(void)
{
    ticks_t ticks;
    __asm__ volatile("isb\n\tmrs %0, cntvct_el0" : "=r"(ticks)::"memory");
    return ticks;
}

static inline uint64_t clock_hz(void)
{
    uint64_t hz;
    __asm__("mrs %0, cntfrq_el0" : "=r"(hz));
    return hz;
}
#endif

/* Microseconds to ticks (rounded up) and back, without overflow for 500 years. */
static inline ticks_t ticks_from_us(uint64_t us)
{
    uint64_t hz = clock_hz();
    return (us / 1000000) * hz + ((us % 1000000) * hz + 999999) / 1000000;
}

static inline uint64_t us_from_ticks(ticks_t ticks)
{
    uint64_t hz = clock_hz();
    return (ticks / hz) * 1000000 + (ticks % hz) * 1000000 / hz;
}

/* The deadline `us` microseconds from now; never 0. */
static inline ticks_t deadline_after_us(uint64_t us)
{
    return clock_ticks() + ticks_from_us(us) + 1;
}

static inline ticks_t deadline_after_ms(uint64_t ms)
{
    return deadline_after_us(ms * 1000);
}

#endif
