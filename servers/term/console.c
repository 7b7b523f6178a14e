/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The console. From the bottom: output queue; clients; input and interrupts; the device.
 */
#include "console_private.h"

#include <stdlib.h>
#include <string.h>

#define ROOM_MS 500 /* how long typing waits for a reader that has enough to read */

static uint8_t queue_bytes[QUEUE_BYTES];
struct console console = {
    .queue = {.bytes = queue_bytes, .size = QUEUE_BYTES},
    .last_write = &console.first_write,
};

/* Output ----------------------------------------------------------------------------------------- */

/* Callers make sure that there is room. */
static void enqueue(void *context, const char *bytes, size_t count)
{
    (void)context;
    for (size_t i = 0; i < count; i++) {
        byte_queue_put(&console.queue, (uint8_t)bytes[i]);
    }
    cond_signal(&console.work);
}

bool console_fits(size_t count)
{
    return byte_queue_room(&console.queue) >= OUTPUT_WORST(count);
}

void console_write_now(struct console_client *client, const char *data, size_t count)
{
    output_write(&console.output, client->number, &client->pending, client == console.foreground, data, count);
}

/* What is typed shows as the foreground's output; it is left out when the queue is full. */
static void echo(void *context, const char *bytes, size_t count)
{
    (void)context;
    if (console.foreground != NULL && console_fits(count)) {
        console_write_now(console.foreground, bytes, count);
    }
}

err_t console_write_later(struct console_client *client, struct call *call, const char *data, size_t count)
{
    struct waiting_write *write = client->waiting_writes < WRITES_EACH ? malloc(sizeof *write + count) : NULL;
    struct reply *reply = write == NULL ? NULL : call_defer(call);
    if (reply == NULL) {
        free(write);
        return client->waiting_writes < WRITES_EACH ? ERR_NO_MEMORY : ERR_TOO_MANY;
    }
    *write = (struct waiting_write){.client = client, .by = call->client, .reply = reply, .count = count};
    memcpy(write->data, data, count);
    client->waiting_writes++;
    *console.last_write = write;
    console.last_write = &write->next;
    return ERR_OK;
}

/* Take `write` out of the list, in which `link` points to it. */
void console_write_unlink(struct waiting_write **link)
{
    struct waiting_write *write = *link;
    *link = write->next;
    if (console.last_write == &write->next) {
        console.last_write = link;
    }
    write->client->waiting_writes--;
    free(write);
}

static void writes_resume(void)
{
    while (console.first_write != NULL && console_fits(console.first_write->count)) {
        struct waiting_write *write = console.first_write;
        console_write_now(write->client, write->data, write->count);
        term_reply_write(write->reply, ERR_OK);
        console_write_unlink(&console.first_write);
    }
}

/* Clients ---------------------------------------------------------------------------------------- */

struct console_client *console_client_new(void)
{
    struct console_client *new = calloc(1, sizeof *new);
    if (new != NULL) {
        new->number = ++console.last_number;
        new->next = console.clients;
        console.clients = new;
    }
    return new;
}

struct console_client *console_client_of(struct client *client)
{
    if (client->user == NULL) {
        struct console_client *new = console_client_new();
        client->user = new;
        if (new != NULL) new->users = 1;
    }
    return client->user;
}

struct console_client *console_client_find(uint64_t number)
{
    struct console_client *client = console.clients;
    while (client != NULL && client->number != number) {
        client = client->next;
    }
    return client;
}

bool console_is_controller(const struct client *client)
{
    return client->user != NULL && client->user == console.controller;
}

/* Input ------------------------------------------------------------------------------------------ */

void console_typed_save(void)
{
    if (console.typed != NULL) {
        typed_save(console.typed, &console.discipline);
    }
}

/* Give the foreground client what it waits for, if that is there. */
static void serve_reader(void)
{
    struct console_client *reader = console.foreground;
    if (reader == NULL || reader->read == NULL || !discipline_readable(&console.discipline)) {
        return;
    }
    static char data[TERM_CHUNK];
    size_t count = discipline_read(&console.discipline, data, reader->most);
    struct reply *reply = reader->read;
    reader->read = NULL;
    console_typed_save();
    term_reply_read(reply, ERR_OK, data, count);
    cond_signal(&console.taken);
}

/* Ctrl-C: the controller hears of it, by its own read if it is reading. */
static void interrupt(void)
{
    struct console_client *controller = console.controller;
    if (controller == NULL) {
        return;
    }
    if (console.foreground == controller && controller->read != NULL) {
        reply_error(controller->read, ERR_INTERRUPTED);
        controller->read = NULL;
    } else if (console.interrupt != NULL) {
        term_reply_await_interrupt(console.interrupt, ERR_OK);
        console.interrupt = NULL;
    } else {
        console.interrupted = true;
    }
}

void console_set_foreground(struct console_client *client)
{
    console.foreground = client;
    enum discipline_mode mode = client == NULL ? DISCIPLINE_LINE : client->mode;
    if (discipline_set_mode(&console.discipline, mode, client != console.controller)) {
        interrupt();
    }
    console_typed_save();
    serve_reader();
}

void console_typed(const uint8_t *bytes, size_t count)
{
    mutex_lock(&console.lock);
    for (size_t i = 0; i < count; i++) {
        if (discipline_input(&console.discipline, bytes[i])) {
            interrupt();
        }
    }
    console_typed_save();
    serve_reader();
    mutex_unlock(&console.lock);
}

void console_wait_for_room(size_t bytes)
{
    mutex_lock(&console.lock);
    ticks_t deadline = deadline_after_ms(ROOM_MS);
    while (sizeof console.discipline.ready - console.discipline.ready_length < bytes &&
           cond_wait_until(&console.taken, &console.lock, deadline) == ERR_OK) {
    }
    mutex_unlock(&console.lock);
}

/* The device ------------------------------------------------------------------------------------- */

size_t console_output(uint8_t *to, size_t most)
{
    mutex_lock(&console.lock);
    while (byte_queue_used(&console.queue) == 0 && console.drains == 0) {
        cond_wait(&console.work, &console.lock);
    }
    struct byte_queue copy = console.queue;
    size_t count = byte_queue_take(&copy, to, most);
    mutex_unlock(&console.lock);
    return count;
}

void console_sent(size_t count)
{
    mutex_lock(&console.lock);
    console.queue.tail += (uint32_t)count;
    writes_resume();
    mutex_unlock(&console.lock);
}

void console_drained(void)
{
    mutex_lock(&console.lock);
    while (console.drains > 0 && byte_queue_used(&console.queue) == 0) {
        term_reply_drain(console.drain[--console.drains], ERR_OK);
    }
    mutex_unlock(&console.lock);
}

void console_repaint(void)
{
    mutex_lock(&console.lock);
    if (console.output.owner != 0 && console_fits(0)) {
        enqueue(NULL, "\r\x1b[K", 4);
        output_repaint(&console.output);
    }
    mutex_unlock(&console.lock);
}

void console_keep(struct typed *typed)
{
    console.typed = typed;
    typed_load(typed, &console.discipline);
}

void console_init(void)
{
    console.output.emit = enqueue;
    console.discipline.echo = echo;
}
