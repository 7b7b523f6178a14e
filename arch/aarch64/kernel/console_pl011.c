/* SPDX-License-Identifier: BSD-2-Clause */
/* Early console: Arm PL011 (DDI 0183). */
#include <arch/console.h>
#include <stdint.h>

enum {
    UARTDR = 0x00,
    UARTFR = 0x18,
    UARTFR_TXFF = 1 << 5,
};

static void pl011_put(volatile char *registers, char c)
{
    while (*(volatile uint32_t *)(registers + UARTFR) & UARTFR_TXFF) {
        __asm__ volatile("yield");
    }
    *(volatile uint32_t *)(registers + UARTDR) = (uint8_t)c;
}

const struct console_ops console_pl011 = {"arm,pl011", pl011_put};
