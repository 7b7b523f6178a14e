/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Running command lines: commands of the shell first, then programs.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <caps/caps.h>

#include "format.h"
#include "jobs.h"
#include "parse.h"
#include "shell.h"
#include "terminal.h"

bool shell_exiting;

/* Why a program did not start, and what to do. */
static int not_started(const char *program, err_t error)
{
    const char *hint = "";
    switch (error) {
    case ERR_NOT_FOUND:
    case ERR_INVALID:
        fprintf(stderr, "shell: no command or program '%.64s'; 'help' lists commands, Tab completes both\n", program);
        return STATUS_NO_COMMAND;
    case ERR_NO_MEMORY:
    case ERR_QUOTA:
        hint = "; 'free' and 'ps' tell who has the memory";
        break;
    case ERR_TOO_MANY:
        hint = "; 'jobs' and 'ps' list what runs, 'kill' ends it";
        break;
    case ERR_TOO_LONG:
        hint = "; a program's name has at most 255 characters";
        break;
    default:
        break;
    }
    fprintf(stderr, "shell: cannot start '%.64s': %s%s\n", program, err_text(error), hint);
    return error == ERR_TOO_LONG ? STATUS_NO_COMMAND : STATUS_NO_START;
}

static int run_program(int argc, char **argv, bool background)
{
    struct job job;
    char text[FORMAT_BYTES];
    fflush(stdout);
    err_t error = argv[0][0] == '\0' ? ERR_NOT_FOUND : job_start(argc, argv, background, &job);
    if (error != ERR_OK) {
        return not_started(argv[0], error);
    }
    if (background) {
        printf("[%u] %s\n", job.number, pid_text(job.pid, text));
        return STATUS_OK;
    }
    int status = job_wait(job.number, true);
    terminal_foreground(0);
    return status;
}

int execute_command(int argc, char **argv, bool background)
{
    const struct shell_command *command = shell_command_find(argv[0]);
    if (command == NULL) {
        return run_program(argc, argv, background);
    }
    if (command->run == NULL) {
        return argc > 1 ? run_program(argc - 1, argv + 1, background) : usage(argv[0], "which program?");
    }
    if (background) {
        fprintf(stderr, "%s: commands of the shell cannot run in the background; only programs can\n", argv[0]);
        return STATUS_USAGE;
    }
    return command->run(argc, argv);
}

/* Put `$?` in and run. */
static int run_parsed(const struct command *command, int status)
{
    char **argv = calloc(command->argc + 1, sizeof *argv);
    int result = STATUS_FAILED;
    size_t done = 0;
    while (argv != NULL && done < command->argc && (argv[done] = parse_expand(command->argv[done], status)) != NULL) {
        done++;
    }
    if (argv != NULL && done == command->argc) {
        result = execute_command((int)command->argc, argv, command->background);
    } else {
        fprintf(stderr, "shell: out of memory\n");
    }
    for (size_t i = 0; i < done; i++) {
        free(argv[i]);
    }
    free(argv);
    return result;
}

int execute_line(const char *text, int status)
{
    struct script script;
    if (!parse(text, &script)) {
        fprintf(stderr, "shell: %s\n", script.error);
        return STATUS_USAGE;
    }
    for (size_t i = 0; i < script.count && !shell_exiting; i++) {
        status = run_parsed(&script.commands[i], status);
    }
    script_free(&script);
    return status;
}
