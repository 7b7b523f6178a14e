/* SPDX-License-Identifier: BSD-2-Clause */
/* Early console: the UART of i.MX6 and i.MX8M (i.MX 8M Plus Reference Manual, chapter 16.2). */
#include <arch/console.h>
#include <stdint.h>

enum {
    UTXD = 0x40,
    UTS = 0xb4,
    UTS_TXFULL = 1 << 4,
};

static void imx_put(volatile char *registers, char c)
{
    while (*(volatile uint32_t *)(registers + UTS) & UTS_TXFULL) {
        __asm__ volatile("yield");
    }
    *(volatile uint32_t *)(registers + UTXD) = (uint8_t)c;
}

const struct console_ops console_imx = {"fsl,imx6q-uart", imx_put};
