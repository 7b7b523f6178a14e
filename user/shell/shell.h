/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What the files of the shell share: the table of commands and the state of the session.
 *
 * Floors, from the bottom: format, history, parse, pmu; line, complete; command, terminal; jobs; execute; the commands
 * (process_commands, system_commands, cores, pmap); the table of them (commands); main.
 */
#ifndef SHELL_SHELL_H
#define SHELL_SHELL_H

#include <abi/errors.h>
#include <abi/types.h>
#include <stdbool.h>

/* Exit statuses that the shell itself gives. */
#define STATUS_OK 0
#define STATUS_FAILED 1
#define STATUS_USAGE 2
#define STATUS_NO_START 126 /* there is such a program, but it could not be started */
#define STATUS_NO_COMMAND 127
#define STATUS_INTERRUPTED 130

enum command_group { GROUP_SHELL, GROUP_PROCESSES, GROUP_SYSTEM, GROUP_COUNT };

struct shell_command {
    const char *name;
    enum command_group group;
    const char *arguments; /* as in the usage line */
    const char *summary;
    const char *example;
    /* argv[0] is the command; gives the exit status. 0: its arguments are a program's, to be run. */
    int (*run)(int argc, char **argv);
};

/* commands.c: all commands, ended by one without a name. */
extern const struct shell_command shell_commands[];

/* command.c: which commands there are; the one called so, or 0. */
void shell_command_table(const struct shell_command *commands);
const struct shell_command *shell_command_find(const char *name);

/* Say that a command was called wrongly, and how it is meant. STATUS_USAGE. */
int usage(const char *command, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* Say what failed: "COMMAND: WHAT: error's text". STATUS_FAILED. */
int failed(const char *command, const char *what, err_t error);

/* execute.c: run a command line (`;`, `&`, `$?`), or one command; the exit status of the last one. */
int execute_line(const char *text, int status);
int execute_command(int argc, char **argv, bool background);

/* Set by `exit`: main() ends after this line. */
extern bool shell_exiting;

/* What the commands are. */
int command_echo(int argc, char **argv);
int command_exit(int argc, char **argv);
int command_free(int argc, char **argv);
int command_caps(int argc, char **argv);
int command_core(int argc, char **argv);
int command_cores(int argc, char **argv);
int command_dmesg(int argc, char **argv);
int command_help(int argc, char **argv);
int command_jobs(int argc, char **argv);
int command_kill(int argc, char **argv);
int command_names(int argc, char **argv);
int command_pause(int argc, char **argv);
int command_pmap(int argc, char **argv);
int command_poweroff(int argc, char **argv);
int command_ps(int argc, char **argv);
int command_reboot(int argc, char **argv);
int command_resume(int argc, char **argv);
int command_status(int argc, char **argv);
int command_time(int argc, char **argv);
int command_uptime(int argc, char **argv);
int command_wait(int argc, char **argv);

#endif
