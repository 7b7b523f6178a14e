/* SPDX-License-Identifier: BSD-2-Clause */
/* One client for each core, made when it is first asked for. */
#include <abi/dispatcher.h>
#include <cores/cores.h>
#include <idl/monitor.h>
#include <stdio.h>
#include <threads/dispatcher.h>
#include <threads/sync.h>

struct core {
    char proc_name[16]; /* "" : not made yet */
    struct proc_client proc;
};

static struct core cores[CORES_MAX];
static struct mutex lock;

struct proc_client *cores_proc(coreid_t core)
{
    static struct proc_client none = PROC_CLIENT_NAMED("proc.none");
    if (core == DISPATCHER_FRAME->core) return proc_default();
    if (core >= CORES_MAX) return &none;
    struct core *found = &cores[core];
    mutex_lock(&lock);
    if (found->proc_name[0] == 0) {
        snprintf(found->proc_name, sizeof(found->proc_name), "proc.%u", (unsigned)core);
        found->proc = (struct proc_client)PROC_CLIENT_NAMED(found->proc_name);
    }
    mutex_unlock(&lock);
    return &found->proc;
}

struct proc_client *cores_proc_of(pid_abi_t pid)
{
    return cores_proc((coreid_t)(pid >> 32));
}

uint64_t cores_memory_free(void)
{
    struct monitor_memory memory;
    uint64_t bytes = 0;
    for (coreid_t core = 0; core < CORES_MAX; core++) {
        if (monitor_memory(monitor_default(), core, &memory) == ERR_OK && memory.free > memory.kept) {
            bytes += memory.free - memory.kept;
        }
    }
    return bytes;
}
