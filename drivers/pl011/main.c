/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Driver of Arm's PrimeCell UART, PL011 (technical reference manual DDI 0183G). It owns the registers; queues and clients are
 * lib/driver's. It leaves the baud rate as the firmware has set it.
 */
#include <driver/device.h>
#include <driver/uart_server.h>

/* DDI 0183G, 3.3: register descriptions. */
/* clang-format off */
enum {
    UARTDR = 0x00, /* 3.3.1 */
        DR_FE = 1 << 8,
        DR_PE = 1 << 9,
        DR_BE = 1 << 10,
        DR_OE = 1 << 11,
    UARTFR = 0x18, /* 3.3.3 */
        FR_BUSY = 1 << 3,
        FR_RXFE = 1 << 4,
        FR_TXFF = 1 << 5,
    UARTLCR_H = 0x2c, /* 3.3.7 */
        LCR_FEN = 1 << 4,
        LCR_WLEN_8 = 3 << 5,
    UARTCR = 0x30, /* 3.3.8 */
        CR_UARTEN = 1 << 0,
        CR_TXE = 1 << 8,
        CR_RXE = 1 << 9,
    UARTIFLS = 0x34, /* 3.3.9 */
        IFLS_TX_1_8 = 0 << 0,
        IFLS_RX_1_2 = 2 << 3,
    UARTIMSC = 0x38, /* 3.3.10 */
    UARTICR = 0x44,  /* 3.3.13 */
        INT_RX = 1 << 4,
        INT_TX = 1 << 5,
        INT_RT = 1 << 6, /* something is in the receive FIFO and nothing has come for 32 bit times */
        INT_OE = 1 << 10,
        INT_ALL = 0x7ff,
    UARTDMACR = 0x48, /* 3.3.14 */
};
/* clang-format on */

#define IDLE_POLLS 100000 /* longest wait for what the firmware left in the FIFO to be sent */

static volatile void *registers;

static bool put(uint8_t byte)
{
    if ((device_read32(registers, UARTFR) & FR_TXFF) != 0) {
        return false;
    }
    device_write32(registers, UARTDR, byte);
    return true;
}

static uint32_t get(void)
{
    if ((device_read32(registers, UARTFR) & FR_RXFE) != 0) {
        return UART_EMPTY;
    }
    uint32_t dr = device_read32(registers, UARTDR);
    return (dr & UART_BYTE) | ((dr & (DR_FE | DR_PE | DR_BE)) != 0 ? UART_BROKEN : 0) |
           ((dr & DR_OE) != 0 ? UART_OVERRUN : 0);
}

/*
 * The transmit interrupt comes when the FIFO falls to its level, not while it is below: `sending` means that it has just been
 * filled, so it will fall. Receive interrupts were cleared by emptying the FIFO, except the overrun's.
 */
static void arm(bool receiving, bool sending)
{
    device_write32(registers, UARTICR, INT_OE);
    device_write32(registers, UARTIMSC, INT_OE | (receiving ? INT_RX | INT_RT : 0) | (sending ? INT_TX : 0));
}

static bool idle(void)
{
    return (device_read32(registers, UARTFR) & FR_BUSY) == 0;
}

/* 3.3.8: a UART must be disabled and idle while its control registers are written. */
static void reset(void)
{
    for (unsigned i = 0; i < IDLE_POLLS && !idle(); i++) {
    }
    device_write32(registers, UARTCR, 0);
    device_write32(registers, UARTIMSC, 0);
    device_write32(registers, UARTICR, INT_ALL);
    device_write32(registers, UARTDMACR, 0);
    device_write32(registers, UARTIFLS, IFLS_TX_1_8 | IFLS_RX_1_2);
    device_write32(registers, UARTLCR_H, LCR_FEN | LCR_WLEN_8);
    device_write32(registers, UARTCR, CR_UARTEN | CR_TXE | CR_RXE);
}

int main(int argc, char *argv[])
{
    static const struct uart_hardware hardware = {.name = "pl011", .put = put, .get = get, .arm = arm, .idle = idle};
    static struct device device;
    const char *bad;
    err_t error = device_parse(argc, argv, &device, &bad);
    if (error != ERR_OK) {
        return device_failed("pl011", bad, error);
    }
    error = device_map(&device, 0, &registers);
    if (error == ERR_OK) {
        reset();
        error = uart_serve(&hardware, &device);
    }
    return device_failed("pl011", "", error);
}
