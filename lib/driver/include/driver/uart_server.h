/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What all UART drivers have in common: the service of drivers/uart/uart.idl, its two queues and its waiting clients. A driver
 * brings four operations on its registers and calls uart_serve(), which does not return.
 */
#ifndef DRIVER_UART_SERVER_H
#define DRIVER_UART_SERVER_H

#include <driver/device.h>

/* A received character as get() gives it. */
#define UART_BYTE 0xff
#define UART_EMPTY 0x100   /* nothing more in the FIFO */
#define UART_BROKEN 0x200  /* framing or parity error, or a break: the byte is void */
#define UART_OVERRUN 0x400 /* characters before this one were lost */

struct uart_hardware {
    const char *name; /* under which the service is registered */
    /* Put a byte into the transmit FIFO; false: it is full. */
    bool (*put)(uint8_t byte);
    /* The next character of the receive FIFO, or UART_EMPTY. */
    uint32_t (*get)(void);
    /*
     * Called after every interrupt and every change of the queues, with FIFOs served: clear what interrupts have been
     * seen; interrupt again, if `receiving`, when there is something to receive and, if `sending`, when the transmit FIFO has
     * room.
     */
    void (*arm)(bool receiving, bool sending);
    /* Has the last byte left the device? */
    bool (*idle)(void);
};

/* Serve clients and the device's first interrupt, forever; returns only what went wrong at the start. */
err_t uart_serve(const struct uart_hardware *hardware, const struct device *device);

#endif
