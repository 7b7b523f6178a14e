/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The console: what term.idl asks for. Each call takes the lock, decides, and lets console.c do it.
 */
#include "console_private.h"

#include <stdlib.h>

static err_t control(struct client *client)
{
    struct console_client *self = console_client_of(client);
    if (self == NULL) {
        return ERR_NO_MEMORY;
    }
    if (console.controller != NULL && console.controller != self) {
        return ERR_BUSY;
    }
    self->reader = true;
    console.controller = self;
    console.interrupted = false;
    console_set_foreground(self);
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
    if (!console_is_controller(by)) {
        return ERR_PERMISSION;
    }
    struct console_client *child = console_client_new();
    if (child == NULL) {
        return ERR_NO_MEMORY;
    }
    child->reader = true;
    child->users = 1;
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

/* One that may be given to others, too. */
static bool has_console(const struct console_client *self)
{
    return self != NULL && self->reader && self != console.controller;
}

err_t console_share(struct client *by, cptr_t *endpoint)
{
    mutex_lock(&console.lock);
    struct console_client *self = by->user;
    err_t error = has_console(self) ? service_introduce(by->service, 0, self, endpoint) : ERR_PERMISSION;
    if (error == ERR_OK) {
        self->users++;
    }
    mutex_unlock(&console.lock);
    return error;
}

err_t console_lend(struct client *by, uint64_t pid, uint64_t key)
{
    mutex_lock(&console.lock);
    err_t error = pid == 0 ? ERR_ARGUMENT : has_console(by->user) ? loan_add(by, pid, key) : ERR_PERMISSION;
    mutex_unlock(&console.lock);
    return error;
}

err_t console_borrow(struct client *by, uint64_t key)
{
    mutex_lock(&console.lock);
    struct console_client *lent = by->user == NULL ? loan_take(by->pid, key) : NULL;
    if (lent != NULL) {
        lent->users++;
        by->user = lent;
    }
    err_t error = lent != NULL ? ERR_OK : by->user == NULL ? ERR_NOT_FOUND : ERR_BUSY;
    mutex_unlock(&console.lock);
    return error;
}

err_t console_foreground(struct client *by, uint32_t number)
{
    mutex_lock(&console.lock);
    struct console_client *client = number == 0 ? console.controller : console_client_find(number);
    err_t error = !console_is_controller(by)          ? ERR_PERMISSION
                  : client == NULL || !client->reader ? ERR_NOT_FOUND
                                                      : ERR_OK;
    if (error == ERR_OK) {
        console.interrupted = false;
        console_set_foreground(client);
    }
    mutex_unlock(&console.lock);
    return error;
}

err_t console_await_interrupt(struct call *call)
{
    err_t error = ERR_OK;
    mutex_lock(&console.lock);
    if (!console_is_controller(call->client)) {
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
            console_set_foreground(self);
        }
    }
    mutex_unlock(&console.lock);
    return error;
}

err_t console_write(struct call *call, const char *data, size_t count)
{
    mutex_lock(&console.lock);
    struct console_client *self = console_client_of(call->client);
    err_t error = ERR_OK;
    if (self == NULL) {
        error = ERR_NO_MEMORY;
    } else if (console.first_write != NULL || !console_fits(count)) {
        error = console_write_later(self, call, data, count);
    } else {
        console_write_now(self, data, count);
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
        console_typed_save();
        return ERR_OK;
    }
    self->most = most;
    self->read_by = call->client;
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
    err_t error = console_fits(count) ? ERR_OK : ERR_BUSY;
    if (error == ERR_OK) {
        output_notice(&console.output, line, count);
    }
    mutex_unlock(&console.lock);
    return error;
}

err_t console_readable(struct call *call, bool *readable)
{
    mutex_lock(&console.lock);
    struct console_client *self = call->client->user;
    *readable = self != NULL && self->reader && self == console.foreground && discipline_readable(&console.discipline);
    mutex_unlock(&console.lock);
    return ERR_OK;
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

/* What waits for an answer to this client. */
static void drop_waiting(struct console_client *self, const struct client *client)
{
    for (struct waiting_write **link = &console.first_write; *link != NULL;) {
        if ((*link)->by == client) {
            reply_drop((*link)->reply);
            console_write_unlink(link);
        } else {
            link = &(*link)->next;
        }
    }
    if (self->read != NULL && self->read_by == client) {
        reply_drop(self->read);
        self->read = NULL;
    }
}

/* Everything that still refers to a client. Drains answer nobody later, which does nothing. */
static void forget(struct console_client *gone)
{
    if (gone == console.controller) {
        if (console.interrupt != NULL) {
            reply_drop(console.interrupt);
        }
        console.interrupt = NULL;
        console.controller = NULL;
    }
    if (gone == console.foreground) {
        console_set_foreground(console.controller);
    }
}

static void client_end(struct console_client *gone)
{
    if (console_fits(0)) {
        output_close(&console.output, &gone->pending);
    }
    forget(gone);
    struct console_client **link = &console.clients;
    while (*link != gone) {
        link = &(*link)->next;
    }
    *link = gone->next;
    free(gone);
}

void console_client_gone(struct client *client)
{
    struct console_client *self = client->user;
    if (self == NULL) {
        return;
    }
    mutex_lock(&console.lock);
    loans_forget(client);
    drop_waiting(self, client);
    if (--self->users == 0) {
        client_end(self);
    }
    mutex_unlock(&console.lock);
}
