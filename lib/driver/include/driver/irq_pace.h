/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * When are there too many interrupts? An interrupt stays masked until its driver acknowledges it; drivers outrank programs, so a line
 * that is stuck, or a device that never stops, would leave programs nothing. So an interrupt is not acknowledged at once while many come
 * that brought nothing. Pure: the caller says what time it is.
 */
#ifndef DRIVER_IRQ_PACE_H
#define DRIVER_IRQ_PACE_H

#include <stdbool.h>
#include <stdint.h>

#include <threads/time.h>

#define IRQ_PACE_WINDOW_US 100000 /* in which */
#define IRQ_PACE_MOST 100         /* so many interrupts may bring nothing; with one more it is a storm, */
#define IRQ_PACE_CALM_US 1000000  /* until none brings nothing for so long */
#define IRQ_PACE_LOOK_US 5000     /* how long an interrupt stays masked in a storm */

/* Zeroed: all is calm. */
struct irq_pace {
    uint64_t progress; /* of the device, when it was looked at last */
    ticks_t window;    /* when the window ends */
    ticks_t calm;      /* when the storm will be over */
    uint32_t useless;  /* interrupts in this window that brought nothing */
    bool storm;
};

/*
 * The device has interrupted, and was seen to. `progress` is a number that changes whenever it has done something for its driver, also
 * between interrupts. True: acknowledge; false: not before IRQ_PACE_LOOK_US have passed.
 */
bool irq_pace_came(struct irq_pace *pace, uint64_t progress, ticks_t now);

/* There is a storm, and it is time to ask: is it over? */
bool irq_pace_over(struct irq_pace *pace, ticks_t now);

#endif
