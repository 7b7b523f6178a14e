/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The end of a process: how it ended is read from its dispatcher and, after a fault, from its dispatcher frame; then everything
 * that was made of its block goes, and whoever waits is told. A fault is reported first, so that the report is on the console
 * before the shell's next prompt.
 */
#include "proc.h"
#include <caps/caps.h>
#include <idl/mem.h>
#include <idl/names.h>
#include <paging/paging.h>
#include <spawn/spawn.h>
#include <string.h>

#define STATUS_SIGNAL 128
#define STATUS_KILL (STATUS_SIGNAL + 9)
#define STATUS_FAULT (STATUS_SIGNAL + 11)

static uint32_t status_of(uint32_t kind, uint32_t code)
{
    switch (kind) {
    case EXIT_NORMAL:
        return code & 0xff;
    case EXIT_FAULT:
        return code > STATUS_SIGNAL && code < STATUS_SIGNAL + 64 ? code : STATUS_FAULT;
    case EXIT_DOUBLE:
        return STATUS_FAULT;
    default:
        return STATUS_KILL;
    }
}

struct proc_exit exit_of(const struct process *process)
{
    return (struct proc_exit){
        .pid = process->pid, .kind = process->exit_kind, .code = process->exit_code, .status = process->exit_status};
}

/* Copy the report out of the process's dispatcher frame, which it wrote and could have lost. */
static bool fault_read(const struct process *process, struct fault_report *report)
{
    cptr_t frame;
    vaddr_t va;
    if (cap_copy_new(&frame, CAPREF(process->cspace, SLOT_FRAME)) != ERR_OK) return false;
    err_t err = paging_map(frame, 0, PAGE_SIZE, MAP_READ, 0, "fault report", &va);
    if (err == ERR_OK) {
        memcpy(report, &((const struct dispatcher_frame *)va)->fault, sizeof(*report));
        report->region[sizeof(report->region) - 1] = 0;
        paging_unmap(va, PAGE_SIZE);
    }
    cap_free(frame);
    return err == ERR_OK;
}

static void waiter_answer(struct reply *reply, const struct process *process)
{
    struct proc_exit exit = exit_of(process);
    proc_reply_wait(reply, ERR_OK, &exit);
}

void waits_answer_hopeless(pid_abi_t parent)
{
    void *reply;
    while (process_wait_hopeless(&processes, parent, &reply)) {
        reply_error(reply, ERR_NOT_FOUND);
    }
}

/* The entry's capabilities are gone; tell who waits, keep a record or forget it. Nothing is forgotten before it has been told. */
static void process_settle(struct process *process)
{
    void *reply = NULL;
    pid_abi_t parent = process->parent;
    if (process_end(&processes, process, &reply)) {
        waiter_answer(reply, process);
        process_forget(&processes, process);
    }
    if (parent != 0) waits_answer_hopeless(parent);
}

static void report_done(pid_abi_t pid)
{
    struct process *process = process_find(&processes, pid);
    if (process != NULL && !process->ended) process_settle(process);
}

void process_destroy(struct process *process)
{
    struct spawned child = {.block = process->block, .cspace = process->cspace, .dispatcher = process->dispatcher};
    mem_ended(mem_default(), process->pid);
    spawn_destroy(&child);
    kept_forget(process);
    process->block = 0;
    process->cspace = 0;
    process->dispatcher = 0;
}

static void report_fill(const struct process *process, struct death *death)
{
    *death = (struct death){.pid = process->pid, .kind = process->exit_kind, .code = process->exit_code};
    if (process->program != 0) death->program = program_of_number(process->program - 1);
    strcpy(death->name, process->name);
    if (process->exit_kind == EXIT_FAULT) death->has_report = fault_read(process, &death->fault);
    if (process->exit_kind == EXIT_DOUBLE) {
        struct disp_values fault;
        if (disp_read(process->dispatcher, DISP_READ_FAULT, 0, &fault) == ERR_OK) {
            death->fault.address = fault.v[0];
            death->fault.esr = fault.v[1];
            death->fault.regs.pc = fault.v[2];
        }
    }
}

void process_bury_again(struct process *process)
{
    bool faulted = process->exit_kind == EXIT_FAULT || process->exit_kind == EXIT_DOUBLE;
    struct death death = {0};
    if (faulted) report_fill(process, &death);
    process_destroy(process);
    names_ended(names_default(), process->pid);
    if (!faulted || report_post(&death, report_done) != ERR_OK) process_settle(process);
}

void process_bury(struct process *process)
{
    struct disp_values state;
    if (process->dispatcher == 0 || process->exit_kind != 0) return;
    err_t err = disp_read(process->dispatcher, DISP_READ_STATE, 0, &state);
    if (err == ERR_OK && state.v[0] != DISP_STATE_STOPPED) return;
    uint32_t kind = err == ERR_OK ? (uint32_t)state.v[1] : EXIT_LOST, code = err == ERR_OK ? (uint32_t)state.v[2] : 0;
    process_stopped(process, kind, code, status_of(kind, code));
    process_bury_again(process);
}
