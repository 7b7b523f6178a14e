/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The virtual timer. It is enabled all the time; "never" is a comparison value that no counter reaches, so
 * that arming is one write, and none if the value has not changed.
 */
#include <arch/sysreg.h>
#include <arch/timer.h>

#define NEVER INT64_MAX

uint64_t timer_hz;
uint64_t timer_reset;
uint64_t timer_slice;
static uint64_t armed;

uint64_t timer_us(uint64_t ticks)
{
    uint64_t hz = timer_hz ? timer_hz : 1;
    return ticks / hz * 1000000 + ticks % hz * 1000000 / hz;
}

void timer_start(void)
{
    timer_hz = sysreg_read(cntfrq_el0);
    timer_slice = timer_hz / 1000000 ? CONFIG_TIMESLICE_US * (timer_hz / 1000) / 1000 : CONFIG_TIMESLICE_US;
    armed = NEVER;
    sysreg_write(cntv_cval_el0, armed);
    sysreg_write(cntv_ctl_el0, 1);
}

void timer_arm(uint64_t when)
{
    if (when == 0 || when > NEVER) {
        when = NEVER; /* whatever a process asks for: a timer that compares signed differences would fire for ever */
    }
    if (when != armed) {
        armed = when;
        sysreg_write(cntv_cval_el0, when);
    }
}
