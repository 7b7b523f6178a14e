/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The shell's commands about processes: they ask proc, and know the shell's own jobs.
 */
#include <caps/caps.h>
#include <idl/proc.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <threads/time.h>

#include "format.h"
#include "jobs.h"
#include "pmu.h"
#include "shell.h"

#define INSTRUCTIONS_US 1000000 /* a longer run could wrap the 32 bits of the instruction counter */

static const char *state_text(uint32_t state)
{
    static const char *const texts[] = {"new", "running", "waiting", "paused", "ended"};
    return state < sizeof texts / sizeof texts[0] ? texts[state] : "?";
}

/* Share of the processor since it was started, in percent. */
static unsigned share(const struct proc_info *info)
{
    uint64_t age = clock_ticks() - info->started;
    return age == 0 || info->ticks >= age ? 100 : (unsigned)(info->ticks * 100 / age);
}

int command_ps(int argc, char **argv)
{
    static struct proc_info page[PROC_PAGE];
    char pid[FORMAT_BYTES], ram[FORMAT_BYTES];
    (void)argv;
    if (argc > 1) {
        return usage("ps", "it takes no arguments ('status PID' tells about one process)");
    }
    printf("%-8s %-5s %-8s %6s %5s  %s\n", "PID", "CORE", "STATE", "RAM", "CPU%", "NAME");
    uint64_t after = 0;
    uint32_t count;
    do {
        err_t error = proc_list(proc_default(), after, page, PROC_PAGE, &count);
        if (error != ERR_OK) {
            return failed("ps", "proc", error);
        }
        for (uint32_t i = 0; i < count; i++) {
            const struct proc_info *info = &page[i];
            printf("%-8s %-5u %-8s %6s %5u  %s\n", pid_text(info->pid, pid), (unsigned)(info->pid >> 32),
                   state_text(info->state), bytes_text(info->ram, ram), share(info), info->name);
            after = info->pid;
        }
    } while (count > 0);
    return STATUS_OK;
}

/* "0.23" or "%1"; false: said what is expected. */
static bool target(const char *command, const char *text, pid_abi_t *pid)
{
    uint64_t number;
    struct job job;
    if (text[0] == '%' && number_parse(text + 1, UINT32_MAX, &number)) {
        if (job_find((unsigned)number, &job)) {
            *pid = job.pid;
            return true;
        }
        fprintf(stderr, "%s: no job %.24s; 'jobs' lists them\n", command, text);
        return false;
    }
    if (!pid_parse(text, pid)) {
        fprintf(stderr, "%s: '%.24s' is not a process id; they look like 0.12 ('ps' lists them), jobs like %%1\n",
                command, text);
        return false;
    }
    return true;
}

/* What went wrong with a process, and what to do. */
static int process_failed(const char *command, const char *text, err_t error)
{
    switch (error) {
    case ERR_NOT_FOUND:
        fprintf(stderr, "%s: no process %.24s; 'ps' lists them\n", command, text);
        break;
    case ERR_PERMISSION:
        fprintf(stderr, "%s: %.24s is part of the trusted base, which nobody may %s\n", command, text, command);
        break;
    default:
        fprintf(stderr, "%s: %.24s: %s\n", command, text, err_text(error));
        break;
    }
    return STATUS_FAILED;
}

static int for_each_target(int argc, char **argv, err_t (*act)(struct proc_client *proc, uint64_t pid))
{
    int status = STATUS_OK;
    if (argc < 2) {
        return usage(argv[0], "which process?");
    }
    for (int i = 1; i < argc; i++) {
        pid_abi_t pid;
        if (!target(argv[0], argv[i], &pid)) {
            status = STATUS_USAGE;
            continue;
        }
        err_t error = act(proc_default(), pid);
        if (error != ERR_OK) {
            status = process_failed(argv[0], argv[i], error);
        }
    }
    return status;
}

int command_kill(int argc, char **argv)
{
    return for_each_target(argc, argv, proc_kill);
}
int command_pause(int argc, char **argv)
{
    return for_each_target(argc, argv, proc_pause);
}
int command_resume(int argc, char **argv)
{
    return for_each_target(argc, argv, proc_resume);
}

int command_status(int argc, char **argv)
{
    pid_abi_t pid;
    struct proc_info info;
    char text[FORMAT_BYTES];
    if (argc != 2) {
        return usage("status", "which process?");
    }
    if (!target("status", argv[1], &pid)) {
        return STATUS_USAGE;
    }
    err_t error = proc_status(proc_default(), pid, &info);
    if (error != ERR_OK) {
        return process_failed("status", argv[1], error);
    }
    printf("name          %s\n", info.name);
    printf("pid           %s\n", pid_text(info.pid, text));
    printf("parent        %s\n", pid_text(info.parent, text));
    printf("state         %s\n", state_text(info.state));
    if (info.state == PROC_STATE_ENDED) {
        printf("exit status   %u\n", (unsigned)info.exit.status);
    }
    printf("priority      %u (0 is the highest)\n", (unsigned)info.priority);
    printf("memory        %s\n", bytes_text(info.ram, text));
    printf("age           %s\n", duration_text((clock_ticks() - info.started) / clock_hz(), text));
    printf("processor     %llu us, %u %%\n", (unsigned long long)us_from_ticks(info.ticks), share(&info));
    printf("dispatched    %llu times\n", (unsigned long long)info.dispatches);
    printf("system calls  %llu\n", (unsigned long long)info.syscalls);
    printf("upcalls       %llu\n", (unsigned long long)info.upcalls);
    return STATUS_OK;
}

int command_jobs(int argc, char **argv)
{
    struct job job = {0};
    char text[FORMAT_BYTES];
    (void)argv;
    if (argc > 1) {
        return usage("jobs", "it takes no arguments");
    }
    while (job_next(job.number, &job)) {
        struct proc_info info = {.state = PROC_STATE_ENDED};
        if (!job.ended) {
            proc_status(proc_default(), job.pid, &info);
        }
        printf("[%u] %-8s %-8s %s\n", job.number, pid_text(job.pid, text), state_text(info.state), job.name);
    }
    return STATUS_OK;
}

static int wait_all(void)
{
    struct job job = {0};
    int status = STATUS_OK;
    while (status != STATUS_INTERRUPTED && job_next(0, &job)) {
        status = job_wait(job.number, false);
    }
    return status;
}

int command_wait(int argc, char **argv)
{
    int status = STATUS_OK;
    if (argc == 1) {
        return wait_all();
    }
    for (int i = 1; i < argc; i++) {
        pid_abi_t pid;
        struct job job;
        if (!target("wait", argv[i], &pid)) {
            status = STATUS_USAGE;
        } else if (job_find_pid(pid, &job)) {
            status = job.number == 0 ? (int)job.exit.status : job_wait(job.number, false);
        } else {
            fprintf(stderr, "wait: %.24s was not started by this shell; 'jobs' lists what was\n", argv[i]);
            status = STATUS_FAILED;
        }
    }
    return status;
}

int command_time(int argc, char **argv)
{
    uint32_t before = 0, after = 0;
    if (argc < 2) {
        return usage("time", "which command?");
    }
    bool counted = pmu_instructions(&before);
    ticks_t start = clock_ticks();
    int status = execute_command(argc - 1, argv + 1, false);
    uint64_t us = us_from_ticks(clock_ticks() - start);
    counted = counted && pmu_instructions(&after) && after != before && us < INSTRUCTIONS_US;
    printf("time: %llu us", (unsigned long long)us);
    if (counted) {
        printf(", %lu instructions", (unsigned long)(after - before));
    }
    printf("\n");
    return status;
}
