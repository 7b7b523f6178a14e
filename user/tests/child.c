/* SPDX-License-Identifier: BSD-2-Clause */
/* Starting programs from tests (child.h). */
#include "child.h"
#include <messaging/channel.h>
#include <string.h>
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

err_t child_wait(uint64_t pid, uint64_t ms, struct proc_exit *exit)
{
    ticks_t old = rpc_set_deadline(deadline_after_ms(ms));
    err_t err = proc_wait(proc_default(), pid, exit);

    rpc_set_deadline(old);
    return err;
}

err_t child_run(const char *line, struct proc_exit *exit)
{
    uint64_t pid;
    err_t err = child_start(line, &pid);

    return err ? err : child_wait(pid, 20000, exit);
}
