/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * init: one thread serves init.idl and the monitor's interface and waits for nobody; a second one starts and supervises everything
 * else.
 */
#include "init.h"
#include "../monitor/monitor.h"
#include <caps/caps.h>
#include <paging/ram.h>
#include <string.h>
#include <threads/thread.h>

#define LOG_LINES 64

struct server server;

/* A client may write LOG_LINES lines a second, so that none can push everybody else's out of the log. What is noted of it: second
 * since reset << 8 | lines in it. */
static bool log_allowed(struct client *client)
{
    uintptr_t second = us_from_ticks(clock_ticks() - BOOTINFO->reset_ticks) / 1000000;
    uintptr_t noted = (uintptr_t)client->user;
    if (noted >> 8 != second) noted = second << 8;
    if ((noted & 0xff) == LOG_LINES) return false;
    client->user = (void *)(noted + 1);
    return true;
}

static err_t handle_log(struct call *call, const char *line)
{
    char text[241];
    size_t n = 0;
    if (!log_allowed(call->client)) return ERR_BUSY;
    for (; n < sizeof(text) - 1 && line[n] != 0; n++) {
        bool printable = (unsigned char)line[n] >= ' ' && line[n] != 0x7f;
        text[n] = printable ? line[n] : '?';
    }
    text[n] = 0;
    uint64_t pid = call->client->pid;
    log_line("%u.%u: %s", (unsigned)(pid >> 32), (unsigned)pid, text);
    return ERR_OK;
}

static err_t handle_services(struct call *call, uint32_t first, struct init_service *services, uint32_t *count)
{
    (void)call;
    *count = supervise_list(first, services, 16);
    return ERR_OK;
}

static err_t handle_reconnect(struct call *call, const char *service, cptr_t *endpoint)
{
    return trusted_reconnect(call, service, endpoint);
}

static err_t introduce(struct client *by, uint64_t pid, struct client *child)
{
    (void)pid;
    (void)child;
    return by->pid == trusted_proc_pid() ? ERR_OK : ERR_PERMISSION;
}

static const struct init_ops ops = {.log = handle_log, .services = handle_services, .reconnect = handle_reconnect};

struct service init_service = INIT_SERVICE(&ops, .introduce = introduce, .canceled = trusted_reconnect_canceled);

static int start(void *argument)
{
    (void)argument;
    trusted_start();
    err_t err = cores_start();
    if (err != ERR_OK) log_line("init: no other cores: %s", err_text(err));
    supervise();
}

int main(void)
{
    ram_source_set(&boot_ram_source_init);
    boot_check();
    err_t err = server_init(&server);
    if (err == ERR_OK) err = server_add(&server, &init_service);
    if (err == ERR_OK) err = monitor_init(&server);
    struct thread_options options = {.name = "start", .detached = true, .pinned = true};
    if (err == ERR_OK) err = thread_create(NULL, start, NULL, &options);
    if (err != ERR_OK) halt("init: cannot serve: %s", err_text(err));
    server_run(&server);
}
