/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The way between the console and a UART's driver: two threads, one for each direction, each with a channel of its own. When
 * the driver dies they wait for its successor, find it by name and go on where they were.
 */
#ifndef TERM_UART_LINK_H
#define TERM_UART_LINK_H

#include <abi/errors.h>
#include <abi/types.h>

/* Start both threads; `name` (it stays) is the driver's. */
err_t uart_link_start(const char *name);

#endif
