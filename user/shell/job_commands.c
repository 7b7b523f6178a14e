/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Commands about the shell's jobs.
 */
#include "language.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cli/format.h>
#include "jobs.h"
#include <cli/json.h>
#include "platform.h"
#include "shell.h"
#include "state.h"

static const char *state_of(const struct job *job)
{
    return job->ended ? "ended" : platform_state(job->pid);
}

static void print_job(const struct job *job)
{
    char text[PLATFORM_PID_BYTES];
    printf("[%u] %-8s %-8s %s\n", job->number, platform_pid_text(job->pid, text), state_of(job), job->name);
}

static void job_json(struct json *json, const struct job *job)
{
    char text[PLATFORM_PID_BYTES];
    struct job_process process;
    json_object(json, NULL);
    json_number(json, "job", job->number);
    json_string(json, "state", state_of(job));
    json_string(json, "command", job->name);
    json_array(json, "pids");
    for (unsigned i = 0; job_process(job->number, i, &process); i++) {
        json_string(json, NULL, platform_pid_text(process.pid, text));
    }
    json_end(json);
    json_end(json);
}

int command_jobs(int argc, char **argv)
{
    struct job job = {0};
    struct json json = {0};
    char text[PLATFORM_PID_BYTES];
    bool as_json = argc == 2 && strcmp(argv[1], "-j") == 0;
    bool only_pids = argc == 2 && strcmp(argv[1], "-p") == 0;
    if (argc > 1 && !as_json && !only_pids && strcmp(argv[1], "-l") != 0) {
        return usage("jobs", "unknown arguments");
    }
    if (as_json) {
        json_array(&json, NULL);
    }
    while (job_next(job.number, &job)) {
        if (as_json) {
            job_json(&json, &job);
        } else if (only_pids) {
            printf("%s\n", platform_pid_text(job.pid, text));
        } else {
            print_job(&job);
        }
    }
    if (as_json) {
        json_end(&json);
    }
    return STATUS_OK;
}

bool job_target(const char *command, const char *text, uint64_t *pid, unsigned *number)
{
    uint64_t given;
    struct job job;
    *number = 0;
    if (text[0] == '%') {
        if (number_parse(text + 1, UINT32_MAX, &given) && job_find((unsigned)given, &job)) {
            *pid = job.pid;
            *number = job.number;
            return true;
        }
        fprintf(stderr, "%s: no job %.24s; 'jobs' lists them\n", command, text);
        return false;
    }
    if (!platform_pid_parse(text, pid)) {
        fprintf(stderr, "%s: '%.24s' is not a process id; they look like 0.12 ('ps' lists them), jobs like %%1\n",
                command, text);
        return false;
    }
    return true;
}

static int wait_all(void)
{
    struct job job = {0};
    int status = STATUS_OK;
    while (status != STATUS_INTERRUPTED && job_next(0, &job)) {
        status = job_await(job.number);
    }
    return status == STATUS_INTERRUPTED ? status : STATUS_OK;
}

int command_wait(int argc, char **argv)
{
    int status = STATUS_OK;
    platform_interruptible(true);
    if (argc == 1) {
        return wait_all();
    }
    for (int i = 1; i < argc; i++) {
        uint64_t pid;
        unsigned number;
        struct job job;
        if (!job_target("wait", argv[i], &pid, &number)) {
            status = STATUS_NO_COMMAND;
        } else if (job_find_pid(pid, &job)) {
            status = job.number == 0 ? job.exit.status : job_await(job.number);
        } else {
            fprintf(stderr, "wait: %.24s was not started by this shell; 'jobs' lists what was\n", argv[i]);
            status = STATUS_NO_COMMAND;
        }
    }
    return status;
}

int command_fg(int argc, char **argv)
{
    struct job job = {0}, last = {0};
    uint64_t pid;
    unsigned number = 0;
    if (argc > 2) {
        return usage("fg", "one job at a time");
    }
    if (argc == 2 && !job_target("fg", argv[1], &pid, &number)) {
        return STATUS_FAILED;
    }
    while (argc == 1 && job_next(job.number, &job)) {
        last = job;
    }
    number = argc == 1 ? last.number : number;
    if (number == 0 || !job_find(number, &job)) {
        return usage("fg", "there is no such job in the background");
    }
    printf("%s\n", job.name);
    fflush(stdout);
    job_foreground(number);
    return job_wait(number);
}

/* -9, -KILL, -s KILL, -s 9: every signal ends a process. How many arguments that is; -1: it is none. */
static int signal_arguments(int argc, char **argv)
{
    static const char *const names[] = {"1", "2", "3", "9", "15", "HUP", "INT", "QUIT", "KILL", "TERM"};
    if (argc < 2 || argv[1][0] != '-' || argv[1][1] == '\0') {
        return 0;
    }
    if (strcmp(argv[1], "--") == 0) {
        return 1;
    }
    bool apart = strcmp(argv[1], "-s") == 0 && argc > 2;
    const char *name = apart ? argv[2] : argv[1] + 1;
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        if (strcmp(names[i], name) == 0) {
            return apart ? 2 : 1;
        }
    }
    return -1;
}

int command_kill(int argc, char **argv)
{
    int status = STATUS_OK;
    int first = signal_arguments(argc, argv);
    if (first < 0) {
        return usage("kill", "there are no signals but those that end a process: -TERM, -KILL, -INT, -HUP, -QUIT");
    }
    if (argc < 2 + first) {
        return usage("kill", "which process?");
    }
    for (int i = 1 + first; i < argc; i++) {
        uint64_t pid;
        unsigned number;
        if (!job_target("kill", argv[i], &pid, &number)) {
            status = STATUS_USAGE;
        } else if (number != 0) {
            status = job_kill(number) ? status : STATUS_FAILED;
        } else {
            int one = platform_kill_told(argv[i], pid);
            status = one != STATUS_OK ? one : status;
        }
    }
    return status;
}
