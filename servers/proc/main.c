/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * proc: serves proc.idl. It is started with the capability "ramdisk" and the argument ramdisk=BYTES.
 *
 * Clients found it through names, which tells their pids (register_identified); one without a pid is init. All
 * handlers run in one thread; what they call (mem, names, init, monitor) never calls proc.
 */
#include "births.h"
#include "programs.h"
#include <caps/caps.h>
#include <idl/init.h>
#include <idl/mem.h>
#include <idl/monitor.h>
#include <idl/names.h>
#include <kept/kept.h>
#include <paging/paging.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <threads/thread.h>

#define PRIORITY_OWN 2 /* it starts with the highest, so that it may give it to others */
#define WAITERS 256
#define WAITS 32
#define RESERVED 16
#define NAME_MS 5000
#define NAME_RETRY_US 200

struct process_table processes;
struct server server;

static struct process_waiter waiters[WAITERS];

static uint32_t state_of(uint64_t state)
{
    static const uint32_t states[] = {
        [DISP_STATE_NEW] = PROC_STATE_NEW,         [DISP_STATE_READY] = PROC_STATE_RUNNING,
        [DISP_STATE_BLOCKED] = PROC_STATE_WAITING, [DISP_STATE_PAUSED] = PROC_STATE_PAUSED,
        [DISP_STATE_STOPPED] = PROC_STATE_ENDED,
    };
    return state < sizeof(states) / sizeof(states[0]) ? states[state] : PROC_STATE_ENDED;
}

static void info_fill(const struct process *process, struct proc_info *info)
{
    struct disp_values values;
    struct mem_account account;
    *info = (struct proc_info){
        .pid = process->pid,
        .parent = process->parent,
        .state = PROC_STATE_ENDED,
        .priority = process->priority,
        .started = process->started,
    };
    strcpy(info->name, process->name);
    if (process->ended) {
        info->exit = exit_of(process);
        return;
    }
    if (process->dispatcher == 0) return;
    if (disp_read(process->dispatcher, DISP_READ_STATE, 0, &values) == ERR_OK) info->state = state_of(values.v[0]);
    if (disp_read(process->dispatcher, DISP_READ_USAGE, 0, &values) == ERR_OK) {
        info->ticks = values.v[0];
        info->dispatches = values.v[1];
        info->syscalls = values.v[2];
        info->upcalls = values.v[3];
    }
    if (disp_read(process->dispatcher, DISP_READ_NUMBER, 0, &values) == ERR_OK) info->dispatcher = values.v[0];
    if (mem_info(mem_default(), process->pid, &account) == ERR_OK) info->ram = account.used;
}

static err_t handle_status(struct call *call, uint64_t pid, struct proc_info *info)
{
    (void)call;
    const struct process *process = process_find(&processes, pid);
    if (process == NULL || (process->flags & PROCESS_GUEST)) return ERR_NOT_FOUND;
    info_fill(process, info);
    return ERR_OK;
}

static err_t handle_programs(struct call *call, uint32_t first, uint32_t *next, void *paths, size_t *bytes)
{
    (void)call;
    const char *path;
    *next = first;
    while ((path = program_path(*next)) != NULL && strlen(path) < 4096 - *bytes) {
        memcpy((char *)paths + *bytes, path, strlen(path) + 1);
        *bytes += strlen(path) + 1;
        ++*next;
    }
    if (path == NULL) *next = 0;
    return ERR_OK;
}

static err_t handle_list(struct call *call, uint64_t after, struct proc_info *list, uint32_t *count)
{
    (void)call;
    const struct process *process = process_find_after(&processes, after);
    while (process != NULL && *count < PROC_PAGE) {
        info_fill(process, &list[(*count)++]);
        process = process->next;
    }
    return ERR_OK;
}

static err_t handle_wait(struct call *call, uint64_t pid, struct proc_exit *exit)
{
    struct process *ended;
    struct reply *reply = call_defer(call);
    (void)exit;
    if (reply == NULL) return ERR_NO_MEMORY;
    struct process_waiter wait = {client_pid(call->client), pid, call->client->badge, reply};
    err_t err = process_wait(&processes, &wait, &ended);
    if (err == ERR_OK) {
        struct proc_exit result = exit_of(ended);
        proc_reply_wait(reply, ERR_OK, &result);
        process_forget(&processes, ended);
    } else if (err != ERR_BUSY) {
        reply_error(reply, err);
    }
    return ERR_OK;
}

/* A process that may be stopped or started: there, alive, ours to handle, and not of the trusted base. */
static err_t victim_find(pid_abi_t pid, struct process **process)
{
    *process = process_find(&processes, pid);
    if (*process == NULL || (*process)->ended || (*process)->dispatcher == 0) return ERR_NOT_FOUND;
    return (*process)->flags & PROCESS_TRUSTED ? ERR_PERMISSION : ERR_OK;
}

static err_t handle_pause(struct call *call, uint64_t pid)
{
    (void)call;
    struct process *process;
    err_t err = victim_find(pid, &process);
    /* names or ourselves: nobody could ask for the end of that */
    if (err == ERR_OK && (process->flags & PROCESS_ADOPTED)) err = ERR_DISPATCHER_STATE;
    return err == ERR_OK ? disp_pause(process->dispatcher) : err;
}

static err_t handle_resume(struct call *call, uint64_t pid)
{
    (void)call;
    struct process *process;
    err_t err = victim_find(pid, &process);
    return err == ERR_OK ? disp_resume(process->dispatcher) : err;
}

static err_t handle_kill(struct call *call, uint64_t pid)
{
    struct process *process;
    err_t err = victim_find(pid, &process);
    if (err != ERR_OK) return err;
    if (pid != ((const struct spawn_info *)VADDR_INFO)->pid) return disp_stop(process->dispatcher, 0);
    struct reply *reply = call_defer(call); /* ourselves */
    if (reply == NULL) return ERR_NO_MEMORY;
    proc_reply_kill(reply, ERR_OK);
    return disp_stop(process->dispatcher, 0);
}

static err_t handle_caps(struct call *call, uint64_t pid, uint32_t first, uint32_t *next, struct proc_capability *list,
                         uint32_t *count)
{
    (void)call;
    static struct monitor_capability found[32];
    _Static_assert(sizeof(found[0]) == sizeof(*list), "proc's and the monitor's capability look the same");
    const struct process *process = process_find(&processes, pid);
    if (process == NULL || process->cspace == 0) return ERR_NOT_FOUND;
    err_t err = monitor_identify(monitor_default(), process->cspace, first, next, found, 32, count);
    if (err == ERR_OK) memcpy(list, found, *count * sizeof(found[0]));
    return err;
}

static err_t handle_adopt(struct call *call, uint64_t pid, const char *name, uint32_t priority, bool trusted,
                          cptr_t dispatcher, cptr_t cspace)
{
    if (!client_is_init(call->client)) return ERR_PERMISSION;
    struct process *process = process_find(&processes, pid);
    if (process != NULL && !(process->flags & PROCESS_ADOPTED)) return ERR_EXISTS;
    uint32_t flags = PROCESS_SERVICE | PROCESS_ADOPTED | (trusted ? PROCESS_TRUSTED : 0);
    err_t err = process == NULL ? process_add(&processes, pid, 0, name, flags, &process) : ERR_OK;
    if (err != ERR_OK) return err;
    cap_free(process->dispatcher);
    cap_free(process->cspace);
    process->flags = flags;
    process->birth = BIRTH_FINISHED;
    process->priority = priority;
    process->dispatcher = dispatcher;
    process->cspace = cspace;
    process->started = clock_ticks();
    call_take_cap(call, dispatcher);
    call_take_cap(call, cspace);
    return ERR_OK;
}

void guest_gone(pid_abi_t pid)
{
    struct process *guest = process_find(&processes, pid), *process = processes.first;
    if (guest == NULL) return;
    for (; process != NULL; process = process->next) {
        bool tied = process->parent == pid && (process->flags & PROCESS_TIED) && !process->ended;
        if (tied && process->dispatcher != 0) disp_stop(process->dispatcher, 0);
    }
    process_guest_remove(&processes, guest);
}

static void client_gone(struct client *client)
{
    void *reply;
    while (process_wait_of_client(&processes, client->badge, &reply)) {
        reply_drop(reply);
    }
    if (client_is_guest(client)) guest_gone(client->pid);
}

static void canceled(struct reply *reply)
{
    process_wait_cancel(&processes, reply);
    reply_drop(reply);
}

static const struct proc_ops ops = {
    .spawn = handle_spawn,
    .spawn_frame = handle_spawn_frame,
    .limit = handle_limit,
    .status = handle_status,
    .programs = handle_programs,
    .list = handle_list,
    .wait = handle_wait,
    .pause = handle_pause,
    .resume = handle_resume,
    .kill = handle_kill,
    .caps = handle_caps,
    .adopt = handle_adopt,
};

static err_t ramdisk_open(int argc, char **argv)
{
    vaddr_t va;
    cptr_t frame = SLOT_PASSED;
    if (argc < 2 || strncmp(argv[1], "ramdisk=", 8) != 0) return ERR_ARGUMENT;
    uint64_t bytes = strtoull(argv[1] + 8, NULL, 0);
    err_t err = paging_map(frame, 0, (bytes + PAGE_MASK) & ~(uint64_t)PAGE_MASK, MAP_READ, 0, "ramdisk", &va);
    if (err != ERR_OK) return err;
    spawn_set_ramdisk(frame);
    return programs_index((const void *)va, bytes);
}

static void must(err_t err, const char *what)
{
    char line[120];
    if (err == ERR_OK) return;
    snprintf(line, sizeof(line), "proc cannot %s: %s", what, err_text(err));
    init_log(init_default(), line);
    exit((int)err);
}

/* names may not have heard yet that our predecessor is gone. */
static err_t name_add(const char *name, uint32_t number)
{
    ticks_t limit = deadline_after_ms(NAME_MS);
    err_t err;
    while ((err = names_register_identified(names_default(), name, number, SLOT_ENDPOINT)) == ERR_EXISTS &&
           clock_ticks() < limit) {
        thread_sleep_us(NAME_RETRY_US);
    }
    return err;
}

/* "proc" is that of one's own core; all cores know it with the core's number behind it. */
static err_t names_add(uint32_t number)
{
    char name[24];
    snprintf(name, sizeof(name), "proc.%u", (unsigned)((const struct spawn_info *)VADDR_INFO)->core);
    err_t err = name_add("proc", number | NAMES_LOCAL);
    return err == ERR_OK ? name_add(name, number) : err;
}

struct service proc_service = PROC_SERVICE(&ops, .client_gone = client_gone, .canceled = canceled);

int main(int argc, char **argv)
{
    static const struct process_limits limits = {
        .processes = CONFIG_PROC_MAX,
        .reserved = RESERVED,
        .children = CONFIG_PROC_CHILDREN,
        .records = CONFIG_PROC_RECORDS,
        .waiters = WAITERS,
        .waits = WAITS,
    };
    must(kept_start(&limits, waiters), "use what is kept for it");
    must(ramdisk_open(argc, argv), "read the ramdisk");
    must(disp_priority(SLOT_DISPATCHER, PRIORITY_OWN), "set its priority");
    must(server_init(&server), "serve");
    must(server_add(&server, &proc_service), "serve");
    must(report_start(), "start the thread for reports");
    processes_recover();
    must(names_add(proc_service.number), "register its names");
    server_run(&server);
}
