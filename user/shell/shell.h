/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What the files of the shell share: the tables of commands.
 *
 * Floors, from the bottom: text, pool, pattern, format, history, pmu; words, lexer, parser; variables, state, arithmetic, expand;
 * usage_words, quoting; line, place, complete; command, terminal; platform; jobs; those of run.h; the commands; the tables of them; main.
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

enum command_group { GROUP_SHELL, GROUP_LANGUAGE, GROUP_PROCESSES, GROUP_SYSTEM, GROUP_COUNT };

enum command_flags {
    COMMAND_SPECIAL = 1, /* in the sense of POSIX: assignments in front of it stay, mistakes end a script */
    COMMAND_PROGRAM = 2  /* there is a program that does the same, for pipelines */
};

struct shell_command {
    const char *name;
    enum command_group group;
    const char *arguments; /* as in the usage line */
    const char *summary;
    const char *example;
    int (*run)(int argc, char **argv); /* argv[0] is the command; gives the exit status */
    unsigned flags;                    /* enum command_flags */
};

/* language_table.c: commands of the shell's language; commands.c: those of Capelin. Each ended by one without a name. */
extern const struct shell_command language_commands[];
extern const struct shell_command shell_commands[];

/* command.c: which commands there are: up to two tables; the command called so, or 0; the one after `command` (0: the first). */
void shell_command_tables(const struct shell_command *first, const struct shell_command *second);
const struct shell_command *shell_command_find(const char *name);
const struct shell_command *shell_command_next(const struct shell_command *command);

/* Say that a command was called wrongly, and how it is meant. STATUS_USAGE. */
int usage(const char *command, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* failed.c: say what failed: "COMMAND: WHAT: error's text". STATUS_FAILED. */
int failed(const char *command, const char *what, err_t error);

/* process_commands.c: a word for a PROC_STATE_*; say what went wrong with a process, and what to do: STATUS_FAILED. */
const char *process_state_text(unsigned state);
int process_failed(const char *command, const char *text, err_t error);

/* cores.c: the first core from `first` on that is up; CORES_MAX: there is none. */
coreid_t core_next_up(coreid_t first);

/* What the commands are. */
int command_free(int argc, char **argv);
int command_ulimit(int argc, char **argv);
int command_caps(int argc, char **argv);
int command_chan(int argc, char **argv);
int command_core(int argc, char **argv);
int command_cores(int argc, char **argv);
int command_dmesg(int argc, char **argv);
int command_help(int argc, char **argv);
int command_map(int argc, char **argv);
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

#endif
