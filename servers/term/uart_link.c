/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The way between the console and a UART's driver.
 */
#include "uart_link.h"

#include <caps/caps.h>
#include <idl/names.h>
#include <idl/uart.h>
#include <threads/thread.h>

#include "console.h"

#define RETRY_MS 10 /* a name that still belongs to a driver that has just died */

static const char *uart_name;
static struct uart_client from_uart, to_uart;

/* Bind to whoever is registered under the name now, or will be. */
static void rebind(struct uart_client *client)
{
    uint64_t pid;
    cptr_t endpoint;
    while (uart_client_rebind(client) != ERR_OK) {
        if (names_await(names_default(), uart_name, &pid, &endpoint) == ERR_OK) {
            cap_free(endpoint);
        }
        thread_sleep_ms(RETRY_MS);
    }
}

/* Is this an error that finding the driver again can mend? If not, its cause may pass: do not spin. */
static void recover(struct uart_client *client, err_t error)
{
    if (error != ERR_PEER_DEAD && error != ERR_NOT_FOUND) {
        thread_sleep_ms(RETRY_MS);
    }
    rebind(client);
}

static int receive(void *argument)
{
    (void)argument;
    static uint8_t data[UART_CHUNK];
    for (;;) {
        size_t count;
        uint32_t lost;
        err_t error = uart_read(&from_uart, data, sizeof data, &count, &lost);
        if (error == ERR_OK) {
            console_typed(data, count);
            console_wait_for_room(sizeof data);
        } else {
            recover(&from_uart, error);
        }
    }
    return 0;
}

static int send(void *argument)
{
    (void)argument;
    static uint8_t data[UART_CHUNK];
    for (;;) {
        size_t count = console_output(data, sizeof data);
        err_t error = count > 0 ? uart_write(&to_uart, data, count) : uart_flush(&to_uart);
        if (error != ERR_OK) {
            recover(&to_uart, error);
            console_repaint();
        } else if (count > 0) {
            console_sent(count);
        } else {
            console_drained();
        }
    }
    return 0;
}

err_t uart_link_start(const char *name)
{
    static const struct thread_options receiver = {.name = "receive", .detached = true};
    static const struct thread_options sender = {.name = "send", .detached = true};
    struct thread *thread;
    uart_name = name;
    from_uart = (struct uart_client)UART_CLIENT_NAMED(name);
    to_uart = (struct uart_client)UART_CLIENT_NAMED(name);
    err_t error = thread_create(&thread, receive, NULL, &receiver);
    return error != ERR_OK ? error : thread_create(&thread, send, NULL, &sender);
}
