/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The shell's commands about processes: they ask proc, and know the shell's own jobs.
 */
#include <caps/caps.h>
#include <cores/cores.h>
#include <idl/proc.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <threads/time.h>

#include <cli/format.h>
#include "jobs.h"
#include "language.h"
#include <cli/json.h>
#include "pmu.h"
#include "run.h"
#include "shell.h"

#define INSTRUCTIONS_US 1000000 /* a longer run could wrap the 32 bits of the instruction counter */

const char *process_state_text(unsigned state)
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

static void ps_row(const struct proc_info *info)
{
    char pid[FORMAT_BYTES], ram[FORMAT_BYTES];
    printf("%-8s %-5u %-8s %6s %5u  %s\n", pid_text(info->pid, pid), (unsigned)(info->pid >> 32),
           process_state_text(info->state), bytes_text(info->ram, ram), share(info), info->name);
}

static void ps_json(struct json *json, const struct proc_info *info)
{
    char pid[FORMAT_BYTES];
    json_object(json, NULL);
    json_string(json, "pid", pid_text(info->pid, pid));
    json_string(json, "parent", pid_text(info->parent, pid));
    json_number(json, "core", info->pid >> 32);
    json_string(json, "state", process_state_text(info->state));
    json_number(json, "priority", info->priority);
    json_number(json, "ram", info->ram);
    json_number(json, "cpu_us", us_from_ticks(info->ticks));
    json_number(json, "age_us", us_from_ticks(clock_ticks() - info->started));
    json_number(json, "syscalls", info->syscalls);
    json_string(json, "name", info->name);
    json_end(json);
}

/* The processes of one core. */
static err_t ps_core(coreid_t core, struct json *json)
{
    static struct proc_info page[PROC_PAGE];
    uint64_t after = 0;
    uint32_t count;
    do {
        err_t error = proc_list(cores_proc(core), after, page, PROC_PAGE, &count);
        if (error != ERR_OK) {
            return error;
        }
        for (uint32_t i = 0; i < count; i++) {
            if (json != NULL) {
                ps_json(json, &page[i]);
            } else {
                ps_row(&page[i]);
            }
            after = page[i].pid;
        }
    } while (count > 0);
    return ERR_OK;
}

int command_ps(int argc, char **argv)
{
    struct json json = {0};
    bool as_json = argc == 2 && strcmp(argv[1], "-j") == 0;
    if (argc > 1 && !as_json) {
        return usage("ps", "it takes no arguments but -j ('status PID' tells about one process)");
    }
    if (as_json) {
        json_array(&json, NULL);
    } else {
        printf("%-8s %-5s %-8s %6s %5s  %s\n", "PID", "CORE", "STATE", "RAM", "CPU%", "NAME");
    }
    int status = STATUS_OK;
    for (coreid_t core = core_next_up(0); core < CORES_MAX; core = core_next_up(core + 1)) {
        err_t error = ps_core(core, as_json ? &json : NULL);
        if (error != ERR_OK) {
            char name[FORMAT_BYTES];
            snprintf(name, sizeof name, "core %u", (unsigned)core);
            status = failed("ps", name, error);
        }
    }
    if (as_json) {
        json_end(&json);
    }
    return status;
}

int process_failed(const char *command, const char *text, err_t error)
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
        unsigned job;
        if (!job_target(argv[0], argv[i], &pid, &job)) {
            status = STATUS_USAGE;
            continue;
        }
        err_t error = act(cores_proc_of(pid), pid);
        if (error != ERR_OK) {
            status = process_failed(argv[0], argv[i], error);
        }
    }
    return status;
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
    unsigned job;
    struct proc_info info;
    char text[FORMAT_BYTES];
    if (argc != 2) {
        return usage("status", "which process?");
    }
    if (!job_target("status", argv[1], &pid, &job)) {
        return STATUS_USAGE;
    }
    err_t error = proc_status(cores_proc_of(pid), pid, &info);
    if (error != ERR_OK) {
        return process_failed("status", argv[1], error);
    }
    printf("name          %s\n", info.name);
    printf("pid           %s\n", pid_text(info.pid, text));
    printf("parent        %s\n", pid_text(info.parent, text));
    printf("state         %s\n", process_state_text(info.state));
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

int command_time(int argc, char **argv)
{
    uint32_t before = 0, after = 0;
    if (argc < 2) {
        return usage("time", "which command?");
    }
    bool counted = pmu_instructions(&before);
    ticks_t start = clock_ticks();
    int status = run_arguments(argc - 1, argv + 1, FIND_ALL);
    uint64_t us = us_from_ticks(clock_ticks() - start);
    counted = counted && pmu_instructions(&after) && after != before && us < INSTRUCTIONS_US;
    fflush(stdout);
    fprintf(stderr, "time: %llu us", (unsigned long long)us);
    if (counted) {
        fprintf(stderr, ", %lu instructions", (unsigned long)(after - before));
    }
    fprintf(stderr, "\n");
    return status;
}
