/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * proc after proc: what it leaves to its successor, and what that makes of it. The entries of the table lie in kept memory; of each process
 * four kept slots belong to its entry: one that is empty (of the first entry it is slot 0, which there is not), block, CSpace, dispatcher.
 *
 * A birth that nobody was told of is undone: whoever wanted it asks again. One whose asker may know of it ends as if killed, before it has run.
 */
#include "proc.h"
#include <abi/spawn_info.h>
#include <caps/caps.h>
#include <kept/kept.h>

#define LAYOUT 0x70726f6300000002
#define SLOTS_EACH 4
#define GUESTS_MS 5000 /* a parent of another core that has not called us by then is gone */

struct state {
    uint32_t next_number;
    uint32_t reserved[3];
    struct process entries[];
};

static struct kept kept;
static struct timer guests_timer;

enum kept_slot { SLOT_BLOCK = 1, SLOT_OF_CSPACE, SLOT_OF_DISPATCHER };

static uint32_t slot_of(const struct process *process, enum kept_slot which)
{
    return process_number(&processes, process) * SLOTS_EACH + which;
}

err_t kept_start(const struct process_limits *limits, struct process_waiter *waiters)
{
    err_t err = kept_open(&kept, LAYOUT);
    if (err != ERR_OK) return err;
    struct state *state = kept.state;
    if (kept.bytes < sizeof(*state) + limits->processes * sizeof(struct process)) return ERR_NO_MEMORY;
    if (kept.slots < limits->processes * SLOTS_EACH) return ERR_NO_SLOTS;
    process_table_init(&processes, state->entries, &state->next_number, waiters, limits,
                       ((const struct spawn_info *)VADDR_INFO)->core);
    return ERR_OK;
}

err_t kept_block(const struct process *process, cptr_t block)
{
    return kept_put(&kept, slot_of(process, SLOT_BLOCK), block);
}

err_t kept_child(const struct process *process)
{
    err_t err = kept_put(&kept, slot_of(process, SLOT_OF_CSPACE), process->cspace);
    return err == ERR_OK ? kept_put(&kept, slot_of(process, SLOT_OF_DISPATCHER), process->dispatcher) : err;
}

void kept_forget(const struct process *process)
{
    kept_clear(&kept, slot_of(process, SLOT_OF_DISPATCHER));
    kept_clear(&kept, slot_of(process, SLOT_OF_CSPACE));
    kept_clear(&kept, slot_of(process, SLOT_BLOCK));
}

static void caps_take(struct process *process)
{
    if (kept_get(&kept, slot_of(process, SLOT_BLOCK), &process->block) != ERR_OK) process->block = 0;
    if (kept_get(&kept, slot_of(process, SLOT_OF_CSPACE), &process->cspace) != ERR_OK) process->cspace = 0;
    if (kept_get(&kept, slot_of(process, SLOT_OF_DISPATCHER), &process->dispatcher) != ERR_OK) process->dispatcher = 0;
}

static void process_recover(struct process *process)
{
    cptr_t supervisor;
    if (process->ended || (process->flags & PROCESS_ADOPTED)) return;
    caps_take(process);
    if (process->birth == BIRTH_BEGUN) {
        process_destroy(process);
        process_forget(&processes, process);
        return;
    }
    if (process->birth == BIRTH_TOLD && process->exit_kind == 0)
        process_stopped(process, EXIT_KILLED, 0, STATUS_KILLED);
    if (process->exit_kind == 0 && process->dispatcher == 0) process_stopped(process, EXIT_LOST, 0, STATUS_KILLED);
    if (process->exit_kind != 0) {
        process_bury_again(process);
        return;
    }
    /* First to be told of its end, then to look whether it has ended meanwhile. */
    if (process_watch(process, &supervisor) == ERR_OK) disp_configure(process->dispatcher, 0, 0, 0, supervisor);
    process_bury(process);
}

static void pid_count(struct client *client, void *context)
{
    struct {
        pid_abi_t pid;
        uint32_t count;
    } *wanted = context;
    wanted->count += client->pid == wanted->pid;
}

/* Those parents of other cores that live have asked for their children again by now. */
static void guests_check(struct event *event)
{
    (void)event;
    for (uint32_t i = 0; i < processes.limits.processes; i++) {
        struct process *process = process_of_number(&processes, i);
        if (process == NULL || !(process->flags & PROCESS_GUEST)) continue;
        struct {
            pid_abi_t pid;
            uint32_t count;
        } wanted = {process->pid, 0};
        service_for_each_client(&proc_service, pid_count, &wanted);
        if (wanted.count == 0) guest_gone(process->pid);
    }
}

void processes_recover(void)
{
    if (!kept.inherited) return;
    for (uint32_t i = 0; i < processes.limits.processes; i++) {
        struct process *process = process_of_number(&processes, i);
        if (process != NULL && !(process->flags & PROCESS_GUEST)) process_recover(process);
    }
    guests_timer.event.run = guests_check;
    timer_set(&server.waitset, &guests_timer, deadline_after_ms(GUESTS_MS));
}
