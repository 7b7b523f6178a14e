/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Driver of the UART of NXP's i.MX processors (i.MX 8M Plus Applications Processor Reference Manual, "Universal Asynchronous
 * Receiver/Transmitter"). It owns the registers; queues and clients are lib/driver's. It leaves clocks and baud rate as the
 * firmware has set them.
 */
#include <driver/device.h>
#include <driver/uart_server.h>

/* Memory map and register definition of that chapter. */
/* clang-format off */
enum {
    URXD = 0x00,
        URXD_PRERR = 1 << 10,
        URXD_BRK = 1 << 11,
        URXD_FRMERR = 1 << 12,
        URXD_OVRRUN = 1 << 13,
        URXD_CHARRDY = 1 << 15,
    UTXD = 0x40,
    UCR1 = 0x80,
        UCR1_UARTEN = 1 << 0,
        UCR1_TRDYEN = 1 << 13, /* interrupt when the transmit FIFO falls below its level */
    UCR2 = 0x84,
        UCR2_SRST = 1 << 0, /* 0 resets */
        UCR2_RXEN = 1 << 1,
        UCR2_TXEN = 1 << 2,
        UCR2_WS = 1 << 5, /* 8 bits */
        UCR2_IRTS = 1 << 14, /* send whatever RTS says */
    UCR3 = 0x88,
        UCR3_RXDMUXSEL = 1 << 2,
    UCR4 = 0x8c,
        UCR4_DREN = 1 << 0, /* interrupt while there is something in the receive FIFO */
        UCR4_OREN = 1 << 1,
    UFCR = 0x90,
        UFCR_RXTL_1 = 1 << 0,
        UFCR_TXTL_2 = 2 << 10,
        UFCR_LEVELS = 0x3f << 10 | 0x3f,
    USR2 = 0x98,
        USR2_ORE = 1 << 1, /* writing 1 clears it */
        USR2_TXDC = 1 << 3,
    UTS = 0xb4,
        UTS_TXFULL = 1 << 4,
};
/* clang-format on */

static volatile void *registers;

static bool put(uint8_t byte)
{
    if ((device_read32(registers, UTS) & UTS_TXFULL) != 0) {
        return false;
    }
    device_write32(registers, UTXD, byte);
    return true;
}

static uint32_t get(void)
{
    uint32_t c = device_read32(registers, URXD);
    if ((c & URXD_CHARRDY) == 0) {
        return UART_EMPTY;
    }
    return (c & UART_BYTE) | ((c & (URXD_PRERR | URXD_BRK | URXD_FRMERR)) != 0 ? UART_BROKEN : 0) |
           ((c & URXD_OVRRUN) != 0 ? UART_OVERRUN : 0);
}

static void arm(bool receiving, bool sending)
{
    device_write32(registers, USR2, USR2_ORE);
    device_write32(registers, UCR1, UCR1_UARTEN | (sending ? UCR1_TRDYEN : 0));
    device_write32(registers, UCR4, UCR4_OREN | (receiving ? UCR4_DREN : 0));
}

static bool idle(void)
{
    return (device_read32(registers, USR2) & USR2_TXDC) != 0;
}

static void reset(void)
{
    uint32_t levels = device_read32(registers, UFCR) & ~(uint32_t)UFCR_LEVELS;
    device_write32(registers, UCR4, 0);
    device_write32(registers, UCR3, UCR3_RXDMUXSEL);
    device_write32(registers, UFCR, levels | UFCR_RXTL_1 | UFCR_TXTL_2);
    device_write32(registers, UCR2, UCR2_SRST | UCR2_RXEN | UCR2_TXEN | UCR2_WS | UCR2_IRTS);
    device_write32(registers, UCR1, UCR1_UARTEN);
}

int main(int argc, char *argv[])
{
    static const struct uart_hardware hardware = {.name = "imx_uart", .put = put, .get = get, .arm = arm, .idle = idle};
    static struct device device;
    const char *bad;
    err_t error = device_parse(argc, argv, &device, &bad);
    if (error != ERR_OK) {
        return device_failed("imx_uart", bad, error);
    }
    error = device_map(&device, 0, &registers);
    if (error == ERR_OK) {
        reset();
        error = uart_serve(&hardware, &device);
    }
    return device_failed("imx_uart", "", error);
}
