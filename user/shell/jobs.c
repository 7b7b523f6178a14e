/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The table of jobs. The shell's own thread starts and waits; the platform's threads tell of ends and of Ctrl-C. The lock is held
 * while a process is started, so that its end is never known before it is.
 */
#include "jobs.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "platform.h"
#include "shell.h"
#include "state.h"

#define SIGNAL_BASE 128

static struct {
    struct job job[JOBS_MAX];
    unsigned last_number;
    bool interrupted;
} jobs;

static struct job *find(unsigned number)
{
    for (size_t i = 0; i < JOBS_MAX; i++) {
        if (jobs.job[i].number == number) {
            return &jobs.job[i];
        }
    }
    return NULL;
}

static struct job_process *process_of(const struct job *job, uint64_t pid)
{
    for (struct job_process *process = job->processes; process != NULL; process = process->next) {
        if (process->pid == pid) {
            return process;
        }
    }
    return NULL;
}

/* Also one whose end has been told: it stays until its place is needed. */
static struct job *find_pid(uint64_t pid)
{
    for (size_t i = 0; i < JOBS_MAX; i++) {
        if (jobs.job[i].pid == pid || process_of(&jobs.job[i], pid) != NULL) {
            return &jobs.job[i];
        }
    }
    return NULL;
}

bool jobs_alive(void)
{
    for (size_t i = 0; i < JOBS_MAX; i++) {
        for (const struct job_process *p = jobs.job[i].processes; p != NULL; p = p->next) {
            if (!p->ended) {
                return true;
            }
        }
    }
    return false;
}

static void drop_processes(struct job *job)
{
    while (job->processes != NULL) {
        struct job_process *next = job->processes->next;
        free(job->processes);
        job->processes = next;
    }
}

/* The place is free from now on, though what became of it can still be asked. */
static void forget(struct job *job)
{
    drop_processes(job);
    job->number = 0;
}

/* Starting ---------------------------------------------------------------------------------------- */

unsigned job_open(const char *name, bool background)
{
    platform_lock();
    struct job *job = find(0);
    unsigned highest = 0;
    for (size_t i = 0; i < JOBS_MAX; i++) {
        highest = jobs.job[i].number > highest ? jobs.job[i].number : highest;
    }
    unsigned number = job == NULL ? 0 : highest + 1;
    if (job != NULL) {
        *job = (struct job){.number = number, .background = background};
        size_t length = strcspn(name, "\n");
        length = length < sizeof job->name ? length : sizeof job->name - 1;
        while (length > 0 && (name[length - 1] == ' ' || name[length - 1] == '\t')) {
            length--;
        }
        memcpy(job->name, name, length);
        job->name[length] = '\0';
    }
    platform_unlock();
    if (number == 0) {
        fprintf(stderr, "shell: there are %d jobs already; 'jobs' lists them, 'kill' ends them\n", JOBS_MAX);
    }
    return number;
}

int job_add(unsigned number, const struct job_start *start)
{
    struct job_process *process = calloc(1, sizeof *process);
    if (process == NULL) {
        fprintf(stderr, "shell: out of memory\n");
        return STATUS_NO_START;
    }
    platform_lock();
    struct job *job = find(number);
    int status = platform_start(start, job->background, &job->console, &process->pid);
    if (status == 0) {
        struct job_process **last = &job->processes;
        while (*last != NULL) {
            last = &(*last)->next;
        }
        *last = process;
        job->pid = process->pid;
        job->ended = false;
        platform_changed();
    } else {
        free(process);
    }
    platform_unlock();
    return status;
}

void job_forget(unsigned number)
{
    platform_lock();
    struct job *job = find(number);
    if (number != 0 && job != NULL) {
        forget(job);
    }
    platform_unlock();
}

/* What happens -------------------------------------------------------------------------------------- */

void jobs_process_ended(uint64_t pid, const struct job_exit *exit)
{
    for (size_t i = 0; i < JOBS_MAX; i++) {
        struct job *job = &jobs.job[i];
        struct job_process *process = process_of(job, pid);
        if (process == NULL) {
            continue;
        }
        process->ended = true;
        process->exit = *exit;
        job->ended = true;
        for (const struct job_process *p = job->processes; p != NULL; p = p->next) {
            job->ended = job->ended && p->ended;
            job->exit = p->exit;
        }
    }
    platform_changed();
}

/* With the lock held. */
static bool kill_all(const struct job *job)
{
    bool good = true;
    for (const struct job_process *process = job->processes; process != NULL; process = process->next) {
        good = (process->ended || platform_kill(process->pid)) && good;
    }
    return good;
}

void jobs_interrupt(void)
{
    platform_lock();
    jobs.interrupted = true;
    for (size_t i = 0; i < JOBS_MAX; i++) {
        struct job *job = &jobs.job[i];
        if (job->number != 0 && !job->background && !job->ended) {
            job->killed = true;
            kill_all(job);
        }
    }
    platform_changed();
    platform_unlock();
}

bool jobs_interrupted(void)
{
    platform_lock();
    bool interrupted = jobs.interrupted;
    platform_unlock();
    return interrupted;
}

void jobs_interrupt_clear(void)
{
    platform_lock();
    jobs.interrupted = false;
    platform_unlock();
}

bool job_kill(unsigned number)
{
    platform_lock();
    struct job *job = number != 0 ? find(number) : NULL;
    bool good = job != NULL && kill_all(job);
    platform_unlock();
    return good;
}

/* Waiting ----------------------------------------------------------------------------------------- */

static const char *signal_text(int status)
{
    switch (status - SIGNAL_BASE) {
    case 4:
        return "illegal instruction";
    case 5:
        return "breakpoint";
    case 6:
        return "aborted";
    case 7:
        return "misaligned access or out of memory";
    case 9:
        return "killed";
    case 11:
        return "faulted";
    default:
        return "ended abnormally";
    }
}

/* What became of it: "done", "exit status 3", "killed". */
static void tell(const struct job *job)
{
    if (!state.interactive) {
        return;
    }
    printf("[%u] %s: ", job->number, job->name);
    if (job->exit.status == 0) {
        printf("done\n");
    } else if (job->exit.abnormal) {
        printf("%s\n", signal_text(job->exit.status));
    } else {
        printf("exit status %d\n", job->exit.status);
    }
}

static int wait_for(unsigned number, bool foreground)
{
    platform_lock();
    struct job *job = find(number);
    int status = STATUS_INTERRUPTED;
    while (job->processes != NULL && !job->ended && (foreground || !jobs.interrupted)) {
        platform_wait();
    }
    if (job->processes == NULL || job->ended) {
        bool by_ctrl_c = job->killed && job->exit.killed;
        status = by_ctrl_c ? STATUS_INTERRUPTED : job->exit.status;
        if (job->background && !foreground) {
            tell(job);
        }
        forget(job);
    }
    platform_unlock();
    return status;
}

int job_wait(unsigned number)
{
    int status = wait_for(number, true);
    platform_foreground(0);
    return status;
}

int job_await(unsigned number)
{
    return wait_for(number, false);
}

void job_foreground(unsigned number)
{
    platform_lock();
    struct job *job = find(number);
    uint32_t console = 0;
    if (number != 0 && job != NULL) {
        job->background = false;
        console = job->console;
    }
    platform_unlock();
    platform_foreground(console);
}

void jobs_report(void)
{
    platform_lock();
    for (size_t i = 0; i < JOBS_MAX; i++) {
        struct job *job = &jobs.job[i];
        if (job->number != 0 && job->ended && job->background) {
            tell(job);
            forget(job);
        }
    }
    platform_unlock();
}

/* Looking ----------------------------------------------------------------------------------------- */

static bool copy_of(const struct job *job, struct job *copy)
{
    if (job != NULL) {
        *copy = *job;
    }
    platform_unlock();
    return job != NULL;
}

bool job_find(unsigned number, struct job *job)
{
    platform_lock();
    return copy_of(number == 0 ? NULL : find(number), job);
}

bool job_find_pid(uint64_t pid, struct job *job)
{
    platform_lock();
    return copy_of(pid == 0 ? NULL : find_pid(pid), job);
}

bool job_next(unsigned after, struct job *job)
{
    platform_lock();
    const struct job *next = NULL;
    for (size_t i = 0; i < JOBS_MAX; i++) {
        const struct job *one = &jobs.job[i];
        if (one->number > after && one->background && (next == NULL || one->number < next->number)) {
            next = one;
        }
    }
    return copy_of(next, job);
}

bool job_process(unsigned number, unsigned index, struct job_process *process)
{
    platform_lock();
    struct job *job = number != 0 ? find(number) : NULL;
    const struct job_process *at = job != NULL ? job->processes : NULL;
    while (at != NULL && index-- > 0) {
        at = at->next;
    }
    if (at != NULL) {
        *process = *at;
    }
    platform_unlock();
    return at != NULL;
}
