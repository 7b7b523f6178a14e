/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Counts interrupts that brought nothing. What the device did between two of them counts for the second: a driver may have been faster than
 * its interrupt, many times in a row.
 */
#include <driver/irq_pace.h>

bool irq_pace_came(struct irq_pace *pace, uint64_t progress, ticks_t now)
{
    bool useful = progress != pace->progress;
    pace->progress = progress;
    if (useful) return true;
    if (now >= pace->window) {
        pace->window = now + ticks_from_us(IRQ_PACE_WINDOW_US);
        pace->useless = 0;
    }
    pace->useless++;
    if (!pace->storm && pace->useless <= IRQ_PACE_MOST) return true;
    pace->storm = true;
    pace->calm = now + ticks_from_us(IRQ_PACE_CALM_US);
    return false;
}

bool irq_pace_over(struct irq_pace *pace, ticks_t now)
{
    if (now < pace->calm) return false;
    pace->storm = false;
    pace->window = 0;
    return true;
}
