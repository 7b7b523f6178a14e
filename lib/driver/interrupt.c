/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Acknowledges a device's interrupt after its driver has seen to the device, at once or, in a storm, later. One timer serves for two things:
 * to look at the device while its interrupt is masked, and to find the storm over while it is not.
 */
#include <driver/interrupt.h>

#include <stdio.h>

#include <caps/caps.h>
#include <idl/init.h>

static void tell(const struct interrupt *interrupt)
{
    char line[120];
    if (interrupt->pace.storm) {
        snprintf(line, sizeof line, "%s: interrupts without end: masked, the device is looked at every %d ms",
                 interrupt->name, IRQ_PACE_LOOK_US / 1000);
    } else {
        snprintf(line, sizeof line, "%s: interrupts have an end again", interrupt->name);
    }
    init_log(init_default(), line);
}

static void on_signal(struct event *event)
{
    struct interrupt *interrupt = event->context;
    bool before = interrupt->pace.storm;
    uint64_t progress = interrupt->serve();
    if (irq_pace_came(&interrupt->pace, progress, clock_ticks())) {
        irq_ack(interrupt->irq);
        return;
    }
    interrupt->masked = true;
    timer_set(interrupt->signal.waitset, &interrupt->timer, deadline_after_us(IRQ_PACE_LOOK_US));
    if (!before) tell(interrupt);
}

static void on_timer(struct event *event)
{
    struct interrupt *interrupt = event->context;
    if (interrupt->masked) {
        interrupt->masked = false;
        interrupt->pace.progress = interrupt->serve();
        irq_ack(interrupt->irq);
    } else if (irq_pace_over(&interrupt->pace, clock_ticks())) {
        tell(interrupt);
        return;
    }
    timer_set(interrupt->signal.waitset, &interrupt->timer, interrupt->pace.calm);
}

err_t interrupt_open(struct interrupt *interrupt, struct waitset *waitset, const struct device *device, uint32_t index,
                     uint32_t priority, const char *name, uint64_t (*serve)(void))
{
    if (index >= device->irq_count) return ERR_NOT_FOUND;
    interrupt->name = name;
    interrupt->irq = device->irq[index].cap;
    interrupt->serve = serve;
    interrupt->timer.event = (struct event){.run = on_timer, .context = interrupt};
    err_t err = signal_open(waitset, &interrupt->signal, on_signal, interrupt);
    return err != ERR_OK ? err : device_irq_enable(device, index, interrupt->signal.endpoint, priority);
}
