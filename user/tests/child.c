/* SPDX-License-Identifier: BSD-2-Clause */
/* Starting programs from tests (child.h). */
#include "child.h"
#include <caps/caps.h>
#include <idl/names.h>
#include <stdio.h>
#include <string.h>
#include <threads/thread.h>
#include <threads/time.h>

err_t child_start(const char *line, uint64_t *pid)
{
    char args[512];
    size_t bytes = strlen(line) + 1;

    if (bytes > sizeof(args)) {
        return ERR_TOO_LONG;
    }
    memcpy(args, line, bytes);
    for (size_t i = 0; i < bytes; i++) {
        if (args[i] == ' ') {
            args[i] = 0;
        }
    }
    return proc_spawn(proc_default(), args, args, bytes, "HOME=/", 7, 0, 8, "", 0, NULL, 0, pid);
}

/* Looks before it waits: the answer to a wait that timed out would take the exit record with it. */
err_t child_wait(uint64_t pid, uint64_t ms, struct proc_exit *exit)
{
    ticks_t deadline = deadline_after_ms(ms);
    struct proc_info info;

    while (pid) {
        err_t err = proc_status(proc_default(), pid, &info);
        if (err) {
            return err;
        }
        if (info.state == PROC_STATE_ENDED) {
            break;
        }
        if (clock_ticks() > deadline) {
            return ERR_TIMEOUT;
        }
        thread_sleep_us(500);
    }
    return proc_wait(proc_default(), pid, exit);
}

err_t child_run(const char *line, struct proc_exit *exit)
{
    uint64_t pid;
    err_t err = child_start(line, &pid);

    return err ? err : child_wait(pid, 20000, exit);
}

void child_held_name(char *name, size_t bytes, uint64_t pid)
{
    snprintf(name, bytes, "test.held.%u.%u", (unsigned)(pid >> 32), (unsigned)pid);
}

static err_t held_await(uint64_t pid)
{
    ticks_t deadline = deadline_after_ms(20000);
    struct proc_info info;
    char name[32];
    uint64_t owner;
    cptr_t found;

    child_held_name(name, sizeof(name), pid);
    for (;;) {
        err_t err = names_lookup(names_default(), name, &owner, &found);
        if (!err) return cap_free(found);
        if (err == ERR_NOT_FOUND) err = proc_status(proc_default(), pid, &info);
        if (!err && info.state == PROC_STATE_ENDED) err = ERR_DISPATCHER_STATE;
        if (!err && clock_ticks() > deadline) err = ERR_TIMEOUT;
        if (err) return err;
        thread_sleep_us(500);
    }
}

err_t child_hold_all(uint64_t *pid)
{
    struct proc_exit exit;
    err_t err = child_start("victim hold", pid);

    if (!err) {
        err = held_await(*pid);
        if (err) {
            proc_kill(proc_default(), *pid);
            child_wait(*pid, 20000, &exit);
        }
    }
    return err;
}
