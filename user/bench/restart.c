/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * How long a service that was killed is away: from the call that ends it to the first answer of its successor, all that the machine executes
 * meanwhile included. A second lies between two kills, so that nothing is put off because of many ends in a row.
 */
#include "bench.h"
#include <caps/caps.h>
#include <idl/fs.h>
#include <idl/gic_dist.h>
#include <idl/names.h>
#include <idl/proc.h>
#include <idl/term.h>
#include <idl/uart.h>
#include <string.h>
#include <threads/thread.h>

#define KILLS 9
#define PAUSE_MS 1200

static pid_abi_t pid_of(const char *name)
{
    static struct proc_info list[PROC_PAGE];
    uint64_t after = 0;
    uint32_t count;
    for (;;) {
        BENCH_OK(proc_list(proc_default(), after, list, PROC_PAGE, &count));
        if (count == 0) bench_fail(name, ERR_NOT_FOUND);
        for (uint32_t i = 0; i < count; i++) {
            after = list[i].pid;
            if (strcmp(list[i].name, name) == 0 && list[i].state != PROC_STATE_ENDED) return list[i].pid;
        }
    }
}

/* Anew each time: bind to whoever has the name now, and have one call answered. */
static err_t ask_uart(void)
{
    struct uart_client client = UART_CLIENT_NAMED("uart");
    err_t err = uart_write(&client, "", 0);
    uart_client_close(&client);
    return err;
}

static err_t ask_gic_dist(void)
{
    struct gic_dist_client client = GIC_DIST_CLIENT_NAMED("gic_dist");
    err_t err = gic_dist_info(&client, NULL, NULL);
    gic_dist_client_close(&client);
    return err;
}

static err_t ask_term(void)
{
    struct term_client client = TERM_CLIENT_NAMED("term");
    err_t err = term_write(&client, "", 0);
    term_client_close(&client);
    return err;
}

static err_t ask_fs(void)
{
    struct fs_client client = FS_CLIENT_NAMED("fs");
    err_t err = fs_stat(&client, "/", NULL);
    fs_client_close(&client);
    return err;
}

static err_t ask_proc(void)
{
    return proc_status(proc_default(), pid_of("init"), NULL);
}

static err_t ask_names(void)
{
    cptr_t endpoint = 0;
    err_t err = names_lookup(names_default(), "term", NULL, &endpoint);
    cap_free(endpoint);
    return err;
}

void recover(const char *key, const char *name, err_t (*ask)(void))
{
    samples_clear(&bench_samples);
    for (unsigned i = 0; i < KILLS; i++) {
        thread_sleep_ms(PAUSE_MS);
        pid_abi_t pid = pid_of(name);
        uint32_t start = bench_count();
        err_t err = proc_kill(proc_default(), pid);
        if (err == ERR_PERMISSION) return; /* of the trusted base in this configuration */
        if (err != ERR_OK) bench_fail(name, err);
        while (ask() != ERR_OK) {
            thread_sleep_us(200);
        }
        samples_add(&bench_samples, start, bench_count());
    }
    samples_print(&bench_samples, key, 1);
}

void bench_restart(void)
{
    recover("recover_fs", "fs", ask_fs);
    recover("recover_proc", "proc", ask_proc);
    recover("recover_names", "names", ask_names);
    recover("recover_pl011", "pl011", ask_uart);
    recover("recover_term", "term", ask_term);
    recover("recover_gic_dist", "gic_dist", ask_gic_dist);
    bench_restart_net();
}
