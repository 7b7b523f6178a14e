/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The generic timer (D11): CNTVCT counts, the virtual timer (PPI 27) fires when the
 * scheduler says. There is no tick.
 */
#ifndef ARCH_TIMER_H
#define ARCH_TIMER_H

#include <stdint.h>

#define TIMER_INTID 27

extern uint64_t timer_hz;    /* CNTFRQ_EL0 */
extern uint64_t timer_reset; /* CNTVCT when the kernel was entered */
extern uint64_t timer_slice; /* ticks of a time slice */

#if HOST_TEST
uint64_t timer_now(void);
#else
static inline uint64_t timer_now(void)
{
    uint64_t value;
    __asm__ volatile("mrs %0, cntvct_el0" : "=r"(value));
    return value;
}
#endif

uint64_t timer_us(uint64_t ticks);
void timer_start(void);
/* Fire at `when` (CNTVCT), 0: not at all. */
void timer_arm(uint64_t when);

#endif
