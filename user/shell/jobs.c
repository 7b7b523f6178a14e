/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The shell's children. Two threads: the shell's own, and `reaper`, which waits at proc. The lock is held while a
 * process is spawned, so that its end is never known before the job is.
 */
#include "jobs.h"

#include <abi/spawn_info.h>
#include <abi/syscall.h>
#include <caps/caps.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <threads/sync.h>
#include <threads/thread.h>

#include "format.h"
#include "shell.h"
#include "terminal.h"

#define RETRY_MS 100
#define SIGNAL_BASE 128
#define PRIORITY_OWN 8 /* proc: the same as the caller's */
#define PRIORITY_LAST 7

static struct {
    struct mutex lock;
    struct cond changed; /* a job was started or has ended, or Ctrl-C came */
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

/* Also one whose end has been told: it stays until its place is needed. */
static struct job *find_pid(pid_abi_t pid)
{
    for (size_t i = 0; i < JOBS_MAX; i++) {
        if (jobs.job[i].pid == pid) {
            return &jobs.job[i];
        }
    }
    return NULL;
}

static bool any_alive(void)
{
    for (size_t i = 0; i < JOBS_MAX; i++) {
        if (jobs.job[i].number != 0 && !jobs.job[i].ended) {
            return true;
        }
    }
    return false;
}

/* Jobs whose end has not been told count too: their numbers are still theirs. */
static bool any_left(void)
{
    for (size_t i = 0; i < JOBS_MAX; i++) {
        if (jobs.job[i].number != 0) {
            return true;
        }
    }
    return false;
}

/* The reaper -------------------------------------------------------------------------------------- */

static int reaper(void *argument)
{
    (void)argument;
    for (;;) {
        struct proc_exit ended;
        mutex_lock(&jobs.lock);
        while (!any_alive()) {
            cond_wait(&jobs.changed, &jobs.lock);
        }
        mutex_unlock(&jobs.lock);
        if (proc_wait(proc_default(), 0, &ended) != ERR_OK) {
            thread_sleep_ms(RETRY_MS);
            continue;
        }
        mutex_lock(&jobs.lock);
        struct job *job = find_pid(ended.pid);
        if (job != NULL) {
            job->ended = true;
            job->exit = ended;
        }
        cond_broadcast(&jobs.changed);
        mutex_unlock(&jobs.lock);
    }
    return 0;
}

err_t jobs_start(void)
{
    static const struct thread_options options = {.name = "reaper", .detached = true};
    struct thread *thread;
    return thread_create(&thread, reaper, NULL, &options);
}

void jobs_interrupt(void)
{
    mutex_lock(&jobs.lock);
    jobs.interrupted = true;
    cond_broadcast(&jobs.changed);
    mutex_unlock(&jobs.lock);
}

/* Starting ---------------------------------------------------------------------------------------- */

/* All arguments, each with its NUL; 0 without memory. */
static char *pack(int argc, char **argv, size_t *bytes)
{
    *bytes = 0;
    for (int i = 0; i < argc; i++) {
        *bytes += strlen(argv[i]) + 1;
    }
    char *packed = malloc(*bytes);
    char *to = packed;
    for (int i = 0; packed != NULL && i < argc; i++) {
        to = stpcpy(to, argv[i]) + 1;
    }
    return packed;
}

static void name_job(struct job *job, int argc, char **argv)
{
    size_t used = 0;
    job->name[0] = '\0';
    for (int i = 0; i < argc && used + 1 < sizeof job->name; i++) {
        int count = snprintf(job->name + used, sizeof job->name - used, i == 0 ? "%s" : " %s", argv[i]);
        used += (size_t)count;
    }
}

/* A job in the background gives way to the shell and to what runs in the foreground. */
static uint32_t background_priority(void)
{
    static uint32_t priority = PRIORITY_OWN; /* not known yet */
    struct proc_info self;
    pid_abi_t pid = ((const struct spawn_info *)VADDR_INFO)->pid;
    if (priority == PRIORITY_OWN && proc_status(proc_default(), pid, &self) == ERR_OK) {
        priority = self.priority < PRIORITY_LAST ? self.priority + 1 : PRIORITY_LAST;
    }
    return priority;
}

static err_t spawn(int argc, char **argv, struct job *job)
{
    static const char passed_names[] = "console";
    size_t bytes;
    cptr_t endpoint = 0;
    char *args = pack(argc, argv, &bytes);
    uint32_t priority = job->background ? background_priority() : PRIORITY_OWN;
    if (args == NULL) {
        return ERR_NO_MEMORY;
    }
    err_t error = terminal_child(&job->console, &endpoint);
    if (error == ERR_OK) {
        if (!job->background) {
            terminal_foreground(job->console);
        }
        error = proc_spawn(proc_default(), argv[0], args, bytes, "", 0, 0, priority, passed_names,
                           endpoint == 0 ? 0 : sizeof passed_names, &endpoint, endpoint != 0, &job->pid);
        cap_free(endpoint);
    }
    if (error != ERR_OK && !job->background) {
        terminal_foreground(0);
    }
    free(args);
    return error;
}

err_t job_start(int argc, char **argv, bool background, struct job *copy)
{
    mutex_lock(&jobs.lock);
    struct job *job = find(0);
    err_t error = ERR_TOO_MANY;
    if (job != NULL) {
        *job = (struct job){.background = background};
        name_job(job, argc, argv);
        jobs.interrupted = false;
        error = spawn(argc, argv, job);
    }
    if (error == ERR_OK) {
        jobs.last_number = any_left() ? jobs.last_number : 0;
        job->number = ++jobs.last_number;
        *copy = *job;
        cond_broadcast(&jobs.changed);
    }
    mutex_unlock(&jobs.lock);
    return error;
}

/* Waiting ----------------------------------------------------------------------------------------- */

static const char *signal_text(uint32_t status)
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
static const char *outcome(const struct proc_exit *end, char *text, size_t bytes)
{
    if (end->status == 0) {
        return "done";
    }
    if (end->kind != EXIT_NORMAL) {
        return signal_text(end->status);
    }
    snprintf(text, bytes, "exit status %u", end->status);
    return text;
}

int job_wait(unsigned number, bool kill)
{
    bool killed = false;
    if (!kill) {
        terminal_interruptible(true);
    }
    mutex_lock(&jobs.lock);
    struct job *job = find(number);
    while (!job->ended && !(jobs.interrupted && !kill)) {
        if (jobs.interrupted) {
            jobs.interrupted = false;
            killed = proc_kill(proc_default(), job->pid) == ERR_OK;
        } else {
            cond_wait(&jobs.changed, &jobs.lock);
        }
    }
    int status = STATUS_INTERRUPTED;
    if (job->ended) {
        status = killed && job->exit.kind == EXIT_KILLED ? STATUS_INTERRUPTED : (int)job->exit.status;
        if (job->background) {
            char text[32];
            printf("[%u] %s: %s\n", job->number, job->name, outcome(&job->exit, text, sizeof text));
        }
        job->number = 0;
    }
    jobs.interrupted = false;
    mutex_unlock(&jobs.lock);
    if (!kill) {
        terminal_interruptible(false);
    }
    return status;
}

void jobs_report(void)
{
    mutex_lock(&jobs.lock);
    for (size_t i = 0; i < JOBS_MAX; i++) {
        struct job *job = &jobs.job[i];
        if (job->number != 0 && job->ended) {
            char text[32];
            printf("[%u] %s: %s\n", job->number, job->name, outcome(&job->exit, text, sizeof text));
            job->number = 0;
        }
    }
    mutex_unlock(&jobs.lock);
}

/* Looking ----------------------------------------------------------------------------------------- */

static bool copy_of(const struct job *job, struct job *copy)
{
    if (job != NULL) {
        *copy = *job;
    }
    mutex_unlock(&jobs.lock);
    return job != NULL;
}

bool job_find(unsigned number, struct job *job)
{
    mutex_lock(&jobs.lock);
    return copy_of(number == 0 ? NULL : find(number), job);
}

bool job_find_pid(pid_abi_t pid, struct job *job)
{
    mutex_lock(&jobs.lock);
    return copy_of(find_pid(pid), job);
}

bool job_next(unsigned after, struct job *job)
{
    mutex_lock(&jobs.lock);
    const struct job *next = NULL;
    for (size_t i = 0; i < JOBS_MAX; i++) {
        if (jobs.job[i].number > after && (next == NULL || jobs.job[i].number < next->number)) {
            next = &jobs.job[i];
        }
    }
    return copy_of(next, job);
}
