/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Reports of faults, for people: one line that says what, who and where, then the backtrace, to the log and to the console.
 * A thread of its own writes them, with a deadline, so that a console that hangs never keeps proc waiting.
 */
#include "proc.h"
#include "programs.h"
#include <idl/init.h>
#include <idl/term.h>
#include <stdio.h>
#include <string.h>
#include <threads/sync.h>
#include <threads/thread.h>

#define QUEUE 8
#define LINE 240
#define DEADLINE_MS 300

static struct {
    struct mutex lock;
    struct cond wake;
    struct death death[QUEUE];
    uint32_t head, tail;   /* posted, written */
    pid_abi_t done[QUEUE]; /* written, `done` not run yet */
    uint32_t done_head, done_tail;
    void (*run)(pid_abi_t pid);
    struct event event;
} queue;

static struct term_client term = TERM_CLIENT_NAMED("term");

static void log_write(const char *line)
{
    ticks_t before = rpc_set_deadline(deadline_after_ms(DEADLINE_MS));
    init_log(init_default(), line);
    rpc_set_deadline(before);
}

static void line_write(const char *line)
{
    log_write(line);
    ticks_t before = rpc_set_deadline(deadline_after_ms(DEADLINE_MS));
    err_t err = term_notice(&term, line);
    if (err == ERR_PEER_DEAD && term_client_rebind(&term) == ERR_OK) term_notice(&term, line);
    rpc_set_deadline(before);
}

static const char *kind_text(uint32_t kind)
{
    switch (kind) {
    case FAULT_KIND_READ:
        return "read of";
    case FAULT_KIND_WRITE:
        return "write to";
    case FAULT_KIND_EXECUTE:
        return "jump to";
    case FAULT_KIND_INSTRUCTION:
        return "illegal instruction at";
    case FAULT_KIND_ALIGNMENT:
        return "misaligned access to";
    default:
        return "fault at";
    }
}

/* All of them, to the log only: five lines that a debugger wants and that would drown the rest on a console. */
static void registers_log(const struct regs *regs)
{
    char line[LINE + 1];
    for (unsigned first = 0; first < 31; first += 8) {
        int length = 0;
        for (unsigned n = first; n < first + 8 && n < 31; n++) {
            length += snprintf(line + length, sizeof(line) - length, "  x%u %llx", n, (unsigned long long)regs->x[n]);
        }
        log_write(line);
    }
    snprintf(line, sizeof(line), "  pc %llx  sp %llx  pstate %llx  tpidr %llx", (unsigned long long)regs->pc,
             (unsigned long long)regs->sp, (unsigned long long)regs->pstate, (unsigned long long)regs->tpidr);
    log_write(line);
}

/* Return addresses name the instruction behind the call, which may be another function's first: `before` is 1 for them. */
static void frame_write(const struct death *death, uint32_t number, uint64_t address, uint32_t before)
{
    char line[LINE + 1];
    struct elf_function function;
    const struct program *program = death->program;
    int length = snprintf(line, sizeof(line), "  #%u 0x%016llx", number, (unsigned long long)address);
    if (program != NULL && elf_function_find(program->file, program->bytes, address - before, &function) == ERR_OK) {
        snprintf(line + length, sizeof(line) - length, "  %s+0x%llx", function.name,
                 (unsigned long long)(function.offset + before));
    }
    line_write(line);
}

static void report_write(const struct death *death)
{
    char line[LINE + 1], pid[24];
    pid_format(death->pid, pid);
    const struct fault_report *fault = &death->fault;
    unsigned long long address = fault->address;
    if (death->kind == EXIT_DOUBLE) {
        snprintf(line, sizeof(line), "%s (%s): fault at 0x%016llx in its own fault handler, pc 0x%016llx", death->name,
                 pid, address, (unsigned long long)fault->regs.pc);
    } else if (!death->has_report) {
        snprintf(line, sizeof(line), "%s (%s): ended by a fault, its report is lost", death->name, pid);
    } else if (fault->kind == FAULT_KIND_ABORT) {
        snprintf(line, sizeof(line), "%s (%s): %.48s, in thread %u", death->name, pid,
                 fault->region[0] != 0 ? fault->region : "aborted", fault->thread);
    } else {
        snprintf(line, sizeof(line), "%s (%s): %s 0x%016llx, %.48s, in thread %u", death->name, pid,
                 kind_text(fault->kind), address, fault->region, fault->thread);
    }
    line_write(line);
    if (!death->has_report) return;
    registers_log(&fault->regs);
    frame_write(death, 0, fault->regs.pc, 0);
    for (uint32_t i = 0; i < fault->depth && i < FAULT_TRACE_MAX; i++) {
        frame_write(death, i + 1, fault->trace[i], 1);
    }
}

static void reports_done(struct event *event)
{
    (void)event;
    for (;;) {
        mutex_lock(&queue.lock);
        bool any = queue.done_tail != queue.done_head;
        pid_abi_t pid = any ? queue.done[queue.done_tail++ % QUEUE] : 0;
        mutex_unlock(&queue.lock);
        if (!any) return;
        queue.run(pid);
    }
}

static int report_main(void *argument)
{
    (void)argument;
    static struct death death;
    mutex_lock(&queue.lock);
    for (;;) {
        while (queue.tail == queue.head) {
            cond_wait(&queue.wake, &queue.lock);
        }
        death = queue.death[queue.tail % QUEUE];
        mutex_unlock(&queue.lock);
        report_write(&death);
        mutex_lock(&queue.lock);
        queue.tail++;
        queue.done[queue.done_head++ % QUEUE] = death.pid;
        event_post(&server.waitset, &queue.event);
    }
    return 0;
}

err_t report_start(void)
{
    queue.event = (struct event){.run = reports_done};
    struct thread_options options = {.name = "report", .detached = true};
    return thread_create(NULL, report_main, NULL, &options);
}

err_t report_post(const struct death *death, void (*done)(pid_abi_t pid))
{
    err_t err = ERR_BUSY;
    mutex_lock(&queue.lock);
    /* What is done but not yet collected counts too: `done` has no more room than that. */
    if (queue.head - queue.done_tail < QUEUE) {
        queue.run = done;
        queue.death[queue.head++ % QUEUE] = *death;
        cond_signal(&queue.wake);
        err = ERR_OK;
    }
    mutex_unlock(&queue.lock);
    return err;
}
