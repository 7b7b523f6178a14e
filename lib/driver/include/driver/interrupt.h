/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A device's interrupt as an event of its driver's waitset. If interrupts come without end (driver/irq_pace.h) it stays masked, the device is
 * looked at every few milliseconds instead, and the log says so, until they have ceased for a while.
 */
#ifndef DRIVER_INTERRUPT_H
#define DRIVER_INTERRUPT_H

#include <driver/device.h>
#include <driver/irq_pace.h>
#include <messaging/waitset.h>

/* Zeroed before interrupt_open(). */
struct interrupt {
    struct signal signal;
    struct timer timer;
    struct irq_pace pace;
    const char *name;
    cptr_t irq;
    uint64_t (*serve)(void);
    bool masked; /* the timer will acknowledge it */
};

/*
 * Have the index-th interrupt of `device` delivered. `serve` sees to the device, and returns a number that changes whenever the device has
 * done something for the driver. `name` is for the log. `priority` and errors: as device_irq_enable() and signal_open().
 */
err_t interrupt_open(struct interrupt *interrupt, struct waitset *waitset, const struct device *device, uint32_t index,
                     uint32_t priority, const char *name, uint64_t (*serve)(void));

#endif
