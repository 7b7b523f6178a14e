/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * kills NAME [COUNT]: kills service NAME so often, each time as soon as the one before has its successor, which it asks something. It ends with
 * "kills: NAME came back N times".
 */
#include <caps/caps.h>
#include <cli/cli.h>
#include <idl/names.h>
#include <idl/proc.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <threads/thread.h>
#include <threads/time.h>

#define WAIT_MS 20000 /* no service may be away for so long */
#define LOOK_US 500

static const struct cli cli = {"kills", "NAME [COUNT]",
                               "  Kill a service so often (1), each time when its successor has come.\n"};

static _Noreturn void end(const char *what, const char *name, err_t err)
{
    printf("kills: %s %s: %s\n", what, name, err_text(err));
    exit(1);
}

static pid_abi_t pid_of(const char *name)
{
    static struct proc_info list[PROC_PAGE];
    uint64_t after = 0;
    uint32_t count;
    do {
        err_t err = proc_list(proc_default(), after, list, PROC_PAGE, &count);
        if (err != ERR_OK) end("looking for", name, err);
        for (uint32_t i = 0; i < count; i++) {
            after = list[i].pid;
            if (strcmp(list[i].name, name) == 0 && list[i].state != PROC_STATE_ENDED) return list[i].pid;
        }
    } while (count > 0);
    return 0;
}

/* names and proc: their clients bind again by themselves, and so a call waits for the successor. */
static err_t ask_birth(const char *name)
{
    cptr_t endpoint = 0;
    if (strcmp(name, "proc") == 0) return proc_status(proc_default(), pid_of("init"), NULL);
    err_t err = names_lookup(names_default(), "proc", NULL, &endpoint);
    cap_free(endpoint);
    return err;
}

/* Until the name is another process's. */
static err_t await_other(const char *service, pid_abi_t before, pid_abi_t *pid)
{
    ticks_t deadline = deadline_after_ms(WAIT_MS);
    for (*pid = 0; clock_ticks() < deadline; thread_sleep_us(LOOK_US)) {
        cptr_t endpoint = 0;
        err_t err = names_await(names_default(), service, pid, &endpoint);
        cap_free(endpoint);
        if (err != ERR_OK && err != ERR_PEER_DEAD) return err;
        if (err == ERR_OK && *pid != before) return ERR_OK;
    }
    return ERR_TIMEOUT;
}

static void kill_once(const char *name, const char *service, bool birth)
{
    pid_abi_t before = pid_of(name), pid;
    if (before == 0) end("killing", name, ERR_NOT_FOUND);
    err_t err = proc_kill(proc_default(), before);
    if (err != ERR_OK && err != ERR_PEER_DEAD) end("killing", name, err);
    err = birth ? ask_birth(name) : await_other(service, before, &pid);
    if (err != ERR_OK) end("waiting for", name, err);
}

int main(int argc, char **argv)
{
    cli_begin(&cli, argc, argv);
    if (argc < 2 || argc > 3) cli_refuse(&cli, "which service?");
    uint64_t count = argc > 2 ? cli_number(&cli, "COUNT", argv[2], 100000) : 1;
    const char *name = argv[1], *service = strcmp(name, "pl011") == 0 ? "uart" : name;
    bool birth = strcmp(name, "proc") == 0 || strcmp(name, "names") == 0;
    for (uint64_t i = 0; i < count; i++) {
        kill_once(name, service, birth);
    }
    printf("kills: %s came back %u times\n", name, (unsigned)count);
    return 0;
}
