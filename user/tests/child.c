/* SPDX-License-Identifier: BSD-2-Clause */
/* Starting programs from tests (child.h). */
#include "child.h"
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
