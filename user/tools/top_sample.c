/* SPDX-License-Identifier: BSD-2-Clause */
/* See top_sample.h. */
#include "top_sample.h"

#include <abi/syscall.h>
#include <cores/cores.h>
#include <idl/monitor.h>
#include <string.h>
#include <threads/time.h>

#define ALL 1000

static err_t processes_take(struct sample *sample, coreid_t core)
{
    uint64_t after = 0;
    uint32_t count;
    do {
        uint32_t room = PROCESSES_MAX - sample->count;
        err_t error = proc_list(cores_proc(core), after, &sample->process[sample->count], room, &count);
        if (error != ERR_OK) {
            return error;
        }
        sample->count += count;
        after = count > 0 ? sample->process[sample->count - 1].pid : after;
    } while (count > 0);
    return ERR_OK;
}

static err_t core_take(struct core_sample *core, coreid_t id)
{
    uint64_t unused;
    struct monitor_memory memory;
    err_t error = monitor_kernel_info_of(monitor_default(), id, KINFO_IDLE, &core->idle, &core->ticks, &unused, &unused);
    if (error == ERR_OK) {
        error = monitor_memory(monitor_default(), id, &memory);
    }
    if (error == ERR_OK) {
        core->up = true;
        core->memory = memory.total;
        core->free = memory.free;
    }
    return error;
}

err_t sample_take(struct sample *sample)
{
    err_t error = ERR_NOT_FOUND;
    memset(sample->core, 0, sizeof sample->core);
    sample->count = 0;
    sample->ticks = clock_ticks();
    for (coreid_t id = 0; id < CORES_MAX; id++) {
        if (core_take(&sample->core[id], id) == ERR_OK) {
            error = processes_take(sample, id);
        }
    }
    return sample->count > 0 ? ERR_OK : error;
}

unsigned core_load(const struct core_sample *before, const struct core_sample *now)
{
    uint64_t ticks = now->ticks - before->ticks, idle = now->idle - before->idle;
    if (!before->up || ticks == 0 || idle >= ticks) {
        return 0;
    }
    return (unsigned)((ticks - idle) * ALL / ticks);
}

static const struct proc_info *find(const struct sample *sample, pid_abi_t pid)
{
    uint32_t low = 0, high = sample->count;
    while (low < high) {
        uint32_t middle = (low + high) / 2;
        if (sample->process[middle].pid < pid) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return low < sample->count && sample->process[low].pid == pid ? &sample->process[low] : NULL;
}

unsigned process_load(const struct sample *before, const struct sample *now, const struct proc_info *process)
{
    const struct proc_info *was = find(before, process->pid);
    uint64_t used = process->ticks - (was != NULL ? was->ticks : 0), ticks = now->ticks - before->ticks;
    if (ticks == 0) {
        return 0;
    }
    return used >= ticks ? ALL : (unsigned)(used * ALL / ticks);
}
