/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * term: serves term.idl on the console. Started as `term [UART]`, UART being the name of a driver's service.
 */
#include <stdio.h>
#include <string.h>

#include <abi/slots.h>
#include <caps/caps.h>
#include <idl/init.h>
#include <idl/names.h>
#include <idl/term.h>
#include <kept/kept.h>
#include <messaging/server.h>

#include "console.h"
#include "typed.h"
#include "uart_link.h"

#define LAYOUT 0x7465726d00000001

static err_t serve_control(struct call *call)
{
    return console_control(call->client);
}

static err_t serve_open(struct call *call, uint32_t *number, cptr_t *endpoint)
{
    err_t error = console_open(call->client, number, endpoint);
    if (error == ERR_OK) {
        call_give_caps(call);
    }
    return error;
}

static err_t serve_share(struct call *call, cptr_t *endpoint)
{
    err_t error = console_share(call->client, endpoint);
    if (error == ERR_OK) {
        call_give_caps(call);
    }
    return error;
}

static err_t serve_lend(struct call *call, uint64_t pid, uint64_t key)
{
    return console_lend(call->client, pid, key);
}

static err_t serve_borrow(struct call *call, uint64_t key)
{
    return console_borrow(call->client, key);
}

static err_t serve_foreground(struct call *call, uint32_t number)
{
    return console_foreground(call->client, number);
}

static err_t serve_set_mode(struct call *call, enum term_mode mode)
{
    return console_set_mode(call->client, mode == TERM_MODE_RAW ? DISCIPLINE_RAW : DISCIPLINE_LINE);
}

static err_t serve_write(struct call *call, const void *data, size_t count)
{
    return console_write(call, data, count);
}

static err_t serve_read(struct call *call, uint32_t most, void *data, size_t *count)
{
    return console_read(call, most, data, count);
}

static err_t serve_notice(struct call *call, const char *line)
{
    (void)call;
    char clean[241];
    size_t count = strnlen(line, sizeof clean - 1);
    for (size_t i = 0; i < count; i++) {
        clean[i] = (unsigned char)line[i] < 0x20 || line[i] == 0x7f ? '?' : line[i];
    }
    return console_notice(clean, count);
}

static const struct term_ops ops = {
    .control = serve_control,
    .open = serve_open,
    .share = serve_share,
    .lend = serve_lend,
    .borrow = serve_borrow,
    .foreground = serve_foreground,
    .await_interrupt = console_await_interrupt,
    .set_mode = serve_set_mode,
    .write = serve_write,
    .read = serve_read,
    .notice = serve_notice,
    .readable = console_readable,
    .drain = console_drain,
};
static struct service service = TERM_SERVICE(&ops, .client_gone = console_client_gone);

/* What was typed before we were started again. Without it (no state= in the inventory) term works as well. */
static void keep(void)
{
    static struct kept kept;
    if (kept_open(&kept, LAYOUT) == ERR_OK && kept.bytes >= sizeof(struct typed)) {
        console_keep(kept.state);
    }
}

static err_t start(const char *uart)
{
    static struct server server;
    console_init();
    keep();
    err_t error = server_init(&server);
    if (error == ERR_OK) {
        error = server_add(&server, &service);
    }
    if (error == ERR_OK) {
        error = uart_link_start(uart);
    }
    if (error == ERR_OK) {
        error = names_register_identified(names_default(), "term", service.number, SLOT_ENDPOINT);
    }
    if (error != ERR_OK) {
        return error;
    }
    server_run(&server);
}

int main(int argc, char *argv[])
{
    char line[80];
    err_t error = start(argc > 1 ? argv[1] : "uart");
    snprintf(line, sizeof line, "term: %s", err_text(error));
    init_log(init_default(), line);
    return 1;
}
