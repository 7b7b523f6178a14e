/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The console. From the bottom: output queue; clients; input and interrupts; what term.idl asks for.
 */
#include "console.h"

#include <stdlib.h>
#include <string.h>

#include <driver/byte_queue.h>
#include <idl/term.h>
#include <threads/sync.h>

#define QUEUE_BYTES 16384
#define WRITES_EACH 32 /* writes of one client that may wait for room */
#define DRAINS 8

_Static_assert(QUEUE_BYTES > OUTPUT_WORST(TERM_CHUNK), "a write never fits into the queue");

struct console_client {
    uint64_t number; /* of it as a writer; what open() answered */
    struct client *client;
    bool reader; /* came by control() or open(): may read */
    enum discipline_mode mode;
    struct output_pending pending;
    struct reply *read; /* waits for input or the foreground */
    size_t most;
    unsigned waiting_writes;
    struct console_client *next;
};

/* A write that waits for room in the queue. */
struct waiting_write {
    struct waiting_write *next;
    struct console_client *client;
    struct reply *reply;
    size_t count;
    char data[];
};

static uint8_t queue_bytes[QUEUE_BYTES];
static struct {
    struct mutex lock;
    struct cond work; /* for the thread that sends: output, or a drain */
    struct byte_queue queue;
    struct output output;
    struct discipline discipline;
    struct console_client *clients;
    struct console_client *controller;
    struct console_client *foreground;
    struct waiting_write *first_write, **last_write;
    struct reply *interrupt; /* the controller's await_interrupt() */
    bool interrupted;        /* Ctrl-C came while it did not wait */
    struct reply *drain[DRAINS];
    uint32_t drains;
    uint64_t last_number;
} console = {
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

static bool fits(size_t count)
{
    return byte_queue_room(&console.queue) >= OUTPUT_WORST(count);
}

static void write_now(struct console_client *client, const char *data, size_t count)
{
    output_write(&console.output, client->number, &client->pending, client == console.foreground, data, count);
}

/* What is typed shows as the foreground's output; it is left out when the queue is full. */
static void echo(void *context, const char *bytes, size_t count)
{
    (void)context;
    if (console.foreground != NULL && fits(count)) {
        write_now(console.foreground, bytes, count);
    }
}

static err_t write_later(struct console_client *client, struct call *call, const char *data, size_t count)
{
    struct waiting_write *write = client->waiting_writes < WRITES_EACH ? malloc(sizeof *write + count) : NULL;
    struct reply *reply = write == NULL ? NULL : call_defer(call);
    if (reply == NULL) {
        free(write);
        return client->waiting_writes < WRITES_EACH ? ERR_NO_MEMORY : ERR_TOO_MANY;
    }
    *write = (struct waiting_write){.client = client, .reply = reply, .count = count};
    memcpy(write->data, data, count);
    client->waiting_writes++;
    *console.last_write = write;
    console.last_write = &write->next;
    return ERR_OK;
}

/* Take `write` out of the list, in which `link` points to it. */
static void write_unlink(struct waiting_write **link)
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
    while (console.first_write != NULL && fits(console.first_write->count)) {
        struct waiting_write *write = console.first_write;
        write_now(write->client, write->data, write->count);
        term_reply_write(write->reply, ERR_OK);
        write_unlink(&console.first_write);
    }
}

/* Clients ---------------------------------------------------------------------------------------- */

static struct console_client *client_new(struct client *client)
{
    struct console_client *new = calloc(1, sizeof *new);
    if (new != NULL) {
        new->number = ++console.last_number;
        new->client = client;
        new->next = console.clients;
        console.clients = new;
    }
    return new;
}

static struct console_client *client_of(struct client *client)
{
    if (client->user == NULL) {
        client->user = client_new(client);
    }
    return client->user;
}

static struct console_client *client_find(uint64_t number)
{
    struct console_client *client = console.clients;
    while (client != NULL && client->number != number) {
        client = client->next;
    }
    return client;
}

static bool is_controller(const struct client *client)
{
    return client->user != NULL && client->user == console.controller;
}

/* Input ------------------------------------------------------------------------------------------ */

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
    term_reply_read(reply, ERR_OK, data, count);
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

static void set_foreground(struct console_client *client)
{
    console.foreground = client;
    enum discipline_mode mode = client == NULL ? DISCIPLINE_LINE : client->mode;
    if (discipline_set_mode(&console.discipline, mode, client != console.controller)) {
        interrupt();
    }
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
    serve_reader();
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
    if (fits(0)) {
        enqueue(NULL, "\r\x1b[K", 4);
        output_repaint(&console.output);
    }
    mutex_unlock(&console.lock);
}

/* What clients ask for --------------------------------------------------------------------------- */

static err_t control(struct client *client)
{
    struct console_client *self = client_of(client);
    if (self == NULL) {
        return ERR_NO_MEMORY;
    }
    if (console.controller != NULL && console.controller != self) {
        return ERR_BUSY;
    }
    self->reader = true;
    console.controller = self;
    console.interrupted = false;
    set_foreground(self);
    return ERR_OK;
}

err_t console_control(struct client *client)
{
    mutex_lock(&console.lock);
    err_t error = control(client);
    mutex_unlock(&console.lock);
    return error;
}

static err_t open_client(struct client *by, uint32_t *number, cptr_t *endpoint)
{
    if (!is_controller(by)) {
        return ERR_PERMISSION;
    }
    struct console_client *child = client_new(NULL);
    if (child == NULL) {
        return ERR_NO_MEMORY;
    }
    child->reader = true;
    err_t error = service_introduce(by->service, 0, child, endpoint);
    if (error != ERR_OK) {
        console.clients = child->next;
        free(child);
        return error;
    }
    *number = (uint32_t)child->number;
    return ERR_OK;
}

err_t console_open(struct client *by, uint32_t *number, cptr_t *endpoint)
{
    mutex_lock(&console.lock);
    err_t error = open_client(by, number, endpoint);
    mutex_unlock(&console.lock);
    return error;
}

err_t console_foreground(struct client *by, uint32_t number)
{
    mutex_lock(&console.lock);
    struct console_client *client = number == 0 ? console.controller : client_find(number);
    err_t error = !is_controller(by) ? ERR_PERMISSION : client == NULL || !client->reader ? ERR_NOT_FOUND : ERR_OK;
    if (error == ERR_OK) {
        console.interrupted = false;
        set_foreground(client);
    }
    mutex_unlock(&console.lock);
    return error;
}

err_t console_await_interrupt(struct call *call)
{
    err_t error = ERR_OK;
    mutex_lock(&console.lock);
    if (!is_controller(call->client)) {
        error = ERR_PERMISSION;
    } else if (console.interrupted) {
        console.interrupted = false;
    } else if (console.interrupt != NULL) {
        error = ERR_BUSY;
    } else {
        console.interrupt = call_defer(call);
        error = console.interrupt == NULL ? ERR_NO_MEMORY : ERR_OK;
    }
    mutex_unlock(&console.lock);
    return error;
}

err_t console_set_mode(struct client *client, enum discipline_mode mode)
{
    mutex_lock(&console.lock);
    struct console_client *self = client->user;
    err_t error = self == NULL || !self->reader ? ERR_PERMISSION : ERR_OK;
    if (error == ERR_OK) {
        self->mode = mode;
        if (self == console.foreground) {
            set_foreground(self);
        }
    }
    mutex_unlock(&console.lock);
    return error;
}

err_t console_write(struct call *call, const char *data, size_t count)
{
    mutex_lock(&console.lock);
    struct console_client *self = client_of(call->client);
    err_t error = ERR_OK;
    if (self == NULL) {
        error = ERR_NO_MEMORY;
    } else if (console.first_write != NULL || !fits(count)) {
        error = write_later(self, call, data, count);
    } else {
        write_now(self, data, count);
    }
    mutex_unlock(&console.lock);
    return error;
}

static err_t read_client(struct call *call, size_t most, char *data, size_t *count)
{
    struct console_client *self = call->client->user;
    if (self == NULL || !self->reader) {
        return ERR_PERMISSION;
    }
    if (most == 0 || self->read != NULL) {
        return most == 0 ? ERR_ARGUMENT : ERR_BUSY;
    }
    most = most < TERM_CHUNK ? most : TERM_CHUNK;
    if (self == console.foreground && discipline_readable(&console.discipline)) {
        *count = discipline_read(&console.discipline, data, most);
        return ERR_OK;
    }
    self->most = most;
    self->read = call_defer(call);
    return self->read == NULL ? ERR_NO_MEMORY : ERR_OK;
}

err_t console_read(struct call *call, size_t most, char *data, size_t *count)
{
    mutex_lock(&console.lock);
    err_t error = read_client(call, most, data, count);
    mutex_unlock(&console.lock);
    return error;
}

err_t console_notice(const char *line, size_t count)
{
    mutex_lock(&console.lock);
    err_t error = fits(count) ? ERR_OK : ERR_BUSY;
    if (error == ERR_OK) {
        output_notice(&console.output, line, count);
    }
    mutex_unlock(&console.lock);
    return error;
}

err_t console_drain(struct call *call)
{
    mutex_lock(&console.lock);
    struct reply *reply = console.drains < DRAINS ? call_defer(call) : NULL;
    err_t error = console.drains == DRAINS ? ERR_BUSY : reply == NULL ? ERR_NO_MEMORY : ERR_OK;
    if (reply != NULL) {
        console.drain[console.drains++] = reply;
        cond_signal(&console.work);
    }
    mutex_unlock(&console.lock);
    return error;
}

/* Everything that still refers to a client. Drains answer nobody later, which does nothing. */
static void forget(struct console_client *gone)
{
    for (struct waiting_write **link = &console.first_write; *link != NULL;) {
        if ((*link)->client == gone) {
            reply_drop((*link)->reply);
            write_unlink(link);
        } else {
            link = &(*link)->next;
        }
    }
    if (gone->read != NULL) {
        reply_drop(gone->read);
    }
    if (gone == console.controller) {
        if (console.interrupt != NULL) {
            reply_drop(console.interrupt);
        }
        console.interrupt = NULL;
        console.controller = NULL;
    }
    if (gone == console.foreground) {
        set_foreground(console.controller);
    }
}

void console_client_gone(struct client *client)
{
    struct console_client *gone = client->user;
    if (gone == NULL) {
        return;
    }
    mutex_lock(&console.lock);
    if (fits(0)) {
        output_close(&console.output, &gone->pending);
    }
    forget(gone);
    struct console_client **link = &console.clients;
    while (*link != gone) {
        link = &(*link)->next;
    }
    *link = gone->next;
    mutex_unlock(&console.lock);
    free(gone);
}

void console_init(void)
{
    console.output.emit = enqueue;
    console.discipline.echo = echo;
}
