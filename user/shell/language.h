/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The commands of the shell's language; language_table.c says what each does.
 */
#ifndef SHELL_LANGUAGE_H
#define SHELL_LANGUAGE_H

#include <stdbool.h>
#include <stdint.h>

/* language.c */
int command_colon(int argc, char **argv);
int command_false(int argc, char **argv);
int command_exit(int argc, char **argv);
int command_return(int argc, char **argv);
int command_break(int argc, char **argv);
int command_continue(int argc, char **argv);
int command_eval(int argc, char **argv);
int command_source(int argc, char **argv);
int command_exec(int argc, char **argv);
int command_command(int argc, char **argv);
int command_run(int argc, char **argv);
int command_type(int argc, char **argv);
int command_trap(int argc, char **argv);
/* Say what names are; `brief`: only how to run them. */
int describe_commands(int count, char **names, bool brief);

/* settings.c */
int command_set(int argc, char **argv);
int command_shift(int argc, char **argv);
int command_export(int argc, char **argv);
int command_readonly(int argc, char **argv);
int command_unset(int argc, char **argv);
int command_local(int argc, char **argv);
int command_cd(int argc, char **argv);
int command_pwd(int argc, char **argv);

/* input.c */
int command_read(int argc, char **argv);
int command_getopts(int argc, char **argv);

/* job_commands.c */
/* The process that "0.23" or "%1" means; false: said for `command` what is expected. *number: of the job, 0: none of ours. */
bool job_target(const char *command, const char *text, uint64_t *pid, unsigned *number);
int command_jobs(int argc, char **argv);
int command_fg(int argc, char **argv);
int command_wait(int argc, char **argv);
int command_kill(int argc, char **argv);

#endif
