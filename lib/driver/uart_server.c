/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The common part of UART drivers. One thread: requests, the interrupt's signal and a timer (only while a client waits
 * for the device to fall idle, which no UART tells by interrupt) are events of the server's waitset.
 */
#include <driver/uart_server.h>

#include <string.h>

#include <caps/caps.h>
#include <driver/byte_queue.h>
#include <driver/interrupt.h>
#include <idl/names.h>
#include <idl/uart.h>
#include <messaging/server.h>

#define QUEUE_BYTES 4096
#define WRITES 8 /* writers that may wait for room at a time */
#define FLUSHES 4
#define IDLE_US 500   /* how often to look whether the device is idle */
#define PRIORITY 0x80 /* of the interrupt */

/* A write that waits for room. */
struct waiting_write {
    struct reply *reply;
    size_t count;
    uint8_t data[UART_CHUNK];
};

static struct {
    const struct uart_hardware *hardware;
    struct server server;
    struct interrupt interrupt;
    struct timer idle_timer;
    uint8_t received_bytes[QUEUE_BYTES];
    uint8_t sending_bytes[QUEUE_BYTES];
    struct byte_queue received;
    struct byte_queue sending;
    uint32_t lost;
    struct reply *reader;
    struct waiting_write write[WRITES]; /* in order, write_count of them */
    uint32_t write_count;
    struct reply *flush[FLUSHES];
    uint32_t flush_count;
} uart = {
    .received = {.bytes = uart.received_bytes, .size = QUEUE_BYTES},
    .sending = {.bytes = uart.sending_bytes, .size = QUEUE_BYTES},
};

/* What the queue has no room for stays in the device, which may then hold its sender up; only if it cannot is something lost. */
static void receive(void)
{
    uint32_t c;
    while (byte_queue_room(&uart.received) > 0 && ((c = uart.hardware->get()) & UART_EMPTY) == 0) {
        uart.lost += (c & UART_OVERRUN) != 0;
        if ((c & UART_BROKEN) != 0) {
            uart.lost++;
        } else {
            byte_queue_put(&uart.received, (uint8_t)c);
        }
    }
    if (uart.reader != NULL && byte_queue_used(&uart.received) > 0) {
        uint8_t data[UART_CHUNK];
        size_t count = byte_queue_take(&uart.received, data, sizeof data);
        struct reply *reader = uart.reader;
        uint32_t lost = uart.lost;
        uart.reader = NULL;
        uart.lost = 0;
        uart_reply_read(reader, ERR_OK, data, count, lost);
    }
}

/* Take the first of the waiting writes if there is room for it now. */
static bool take_waiting_write(void)
{
    struct waiting_write *first = &uart.write[0];
    if (uart.write_count == 0 || byte_queue_room(&uart.sending) < first->count) {
        return false;
    }
    for (size_t i = 0; i < first->count; i++) {
        byte_queue_put(&uart.sending, first->data[i]);
    }
    uart_reply_write(first->reply, ERR_OK);
    uart.write_count--;
    memmove(first, first + 1, uart.write_count * sizeof *first);
    return true;
}

static void send(void)
{
    do {
        while (byte_queue_used(&uart.sending) > 0 && uart.hardware->put(byte_queue_peek(&uart.sending))) {
            uart.sending.tail++;
        }
    } while (take_waiting_write());
}

static void finish_flushes(void)
{
    if (uart.flush_count == 0) {
        return;
    }
    if (byte_queue_used(&uart.sending) > 0 || !uart.hardware->idle()) {
        timer_set(&uart.server.waitset, &uart.idle_timer, deadline_after_us(IDLE_US));
        return;
    }
    while (uart.flush_count > 0) {
        uart_reply_flush(uart.flush[--uart.flush_count], ERR_OK);
    }
}

static void serve_device(void)
{
    receive();
    send();
    uart.hardware->arm(byte_queue_room(&uart.received) > 0, byte_queue_used(&uart.sending) > 0);
    finish_flushes();
}

static void on_idle_timer(struct event *event)
{
    (void)event;
    serve_device();
}

static uint64_t on_interrupt(void)
{
    serve_device();
    return (uint64_t)uart.received.head << 32 | uart.sending.tail;
}

static err_t serve_write(struct call *call, const void *data, size_t count)
{
    const uint8_t *bytes = data;
    if (uart.write_count > 0 || byte_queue_room(&uart.sending) < count) {
        struct waiting_write *waiting = &uart.write[uart.write_count];
        if (uart.write_count == WRITES) {
            return ERR_BUSY;
        }
        waiting->reply = call_defer(call);
        if (waiting->reply == NULL) {
            return ERR_NO_MEMORY;
        }
        waiting->count = count;
        memcpy(waiting->data, bytes, count);
        uart.write_count++;
        return ERR_OK;
    }
    for (size_t i = 0; i < count; i++) {
        byte_queue_put(&uart.sending, bytes[i]);
    }
    serve_device();
    return ERR_OK;
}

static err_t serve_read(struct call *call, void *data, size_t *count, uint32_t *lost)
{
    if (uart.reader != NULL) {
        return ERR_BUSY;
    }
    if (byte_queue_used(&uart.received) == 0) {
        uart.reader = call_defer(call);
        return uart.reader == NULL ? ERR_NO_MEMORY : ERR_OK;
    }
    *count = byte_queue_take(&uart.received, data, UART_CHUNK);
    *lost = uart.lost;
    uart.lost = 0;
    serve_device(); /* there is room again */
    return ERR_OK;
}

static err_t serve_flush(struct call *call)
{
    if (uart.flush_count == FLUSHES) {
        return ERR_BUSY;
    }
    struct reply *reply = call_defer(call);
    if (reply == NULL) {
        return ERR_NO_MEMORY;
    }
    uart.flush[uart.flush_count++] = reply;
    finish_flushes();
    return ERR_OK;
}

/* A client that has died reads no more; what it wanted to be written still goes out. */
static void client_gone(struct client *client)
{
    (void)client;
    if (uart.reader != NULL && reply_client(uart.reader) == NULL) {
        reply_drop(uart.reader);
        uart.reader = NULL;
    }
}

static const struct uart_ops ops = {.write = serve_write, .read = serve_read, .flush = serve_flush};
static struct service service = UART_SERVICE(&ops, .client_gone = client_gone);

err_t uart_serve(const struct uart_hardware *hardware, const struct device *device)
{
    uart.hardware = hardware;
    uart.idle_timer.event.run = on_idle_timer;
    err_t error = server_init(&uart.server);
    if (error == ERR_OK) {
        error = server_add(&uart.server, &service);
    }
    if (error == ERR_OK) {
        error = interrupt_open(&uart.interrupt, &uart.server.waitset, device, 0, PRIORITY, hardware->name, on_interrupt);
    }
    if (error == ERR_OK) {
        error = names_register(names_default(), hardware->name, service.endpoint);
    }
    if (error == ERR_OK && device->console) {
        error = names_register(names_default(), "uart", service.endpoint);
    }
    if (error != ERR_OK) {
        return error;
    }
    serve_device();
    server_run(&uart.server);
}
