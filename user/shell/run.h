/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Running trees. There is no fork: what POSIX runs in a copy of the shell (parentheses, parts of a pipeline that are no
 * programs, commands in the background, $(...)) runs in a new shell, which is told variables, functions and parameters.
 *
 * Floors, from the bottom: functions, search, redirect, subshell; simple; pipeline; run; script. The upper ones are reached through
 * run_node() and struct substitution only.
 */
#ifndef SHELL_RUN_H
#define SHELL_RUN_H

#include <stdbool.h>
#include <stddef.h>

#include "ast.h"
#include "expand.h"
#include "parser.h"

/* run.c: run a node; its exit status, which is then state.status too. */
int run_node(const struct node *node);

/* Did Ctrl-C come, or is something else than going on to be done? (run.c) */
bool run_stops(void);

/* script.c: run a text of any number of commands; `name` is for messages. `line` is that of its start. */
int run_text(const char *text, unsigned line);
/* Run a file in this shell. 127: it cannot be read. */
int run_file(const char *path);
/* Run what is typed or piped into standard input, line by line. */
int run_input(void);
/* What `trap COMMANDS EXIT` asked for, once. */
void run_exit_trap(void);
bool trap_set(const char *commands);
const char *trap_get(void);

/* simple.c: a simple command; or one that is expanded already; `flags`: where to look. */
enum find_flags { FIND_FUNCTIONS = 1, FIND_BUILTINS = 2, FIND_PROGRAMS = 4, FIND_ALL = 7 };
int run_simple(const struct node *node);
int run_arguments(int argc, char **argv, unsigned flags);

/* Is it a simple command that is a program, to be seen without expanding it, and whose expansion changes nothing here? */
bool node_is_program(const struct node *node);

/* Start such a command as a part of a job, with the descriptors that are open now. 0, or an exit status. */
int start_simple(const struct node *node, unsigned job);

/* pipeline.c */
int run_pipeline(const struct node *node);
int run_background(const struct node *node);
int run_subshell(const struct node *node);
char *run_substitution(const struct part *part);

/* subshell.c: a new shell runs `text` (from line `line` of the script) as a part of job `job`, with the descriptors that are open
 * now. 0, or an exit status if it could not be started (said so). */
int subshell_start(unsigned job, const char *text, unsigned line);
/* In the new shell: take everything over and run the text; its exit status. */
int subshell_main(void);

/* functions.c: the function of this name, 0: none. Keeps the programs that it is given. */
const struct node *function_find(const char *name, struct program **program);
bool function_define(const char *name, const struct node *body);
void function_remove(const char *name);
/* The text that defines the function after `name` (0: the first); *found: its name, 0: no more. To be freed. */
char *function_text(const char *name, const char **found);
void functions_clear(void);

/* redirect.c */
struct redirected {
    struct {
        int fd, saved; /* saved: where it is now, -1: it was not open */
    } entry[10];
    unsigned count;
};
/* Do these redirections, in order; false: said what failed, and nothing has changed. */
bool redirect_begin(const struct redirection *redirection, struct redirected *redirected);
/* Take them back. */
void redirect_end(struct redirected *redirected);
/* Let them stay. */
void redirect_keep(struct redirected *redirected);
/* A copy of a descriptor, above those that scripts can name; -1: errno. */
int descriptor_save(int fd);
/* `fd` becomes what `from` is (-1: stays as it is); redirect_end() undoes it. */
bool descriptor_put(int fd, int from, struct redirected *redirected);
/* Which of 0 to 9 are open, as a program's: fds[i] is i or -1; how many. */
unsigned descriptors_open(int fds[10]);

/* search.c: where a program is, by $PATH; 0, STATUS_NO_COMMAND or STATUS_NO_START (there is a file, but it may not be run). */
int program_find(const char *name, char *path, size_t bytes);

/* Say what is wrong: "shell: ..." or, in a script, "NAME: line N: ...". */
void complain(const char *format, ...) __attribute__((format(printf, 1, 2)));
/* The same about what the last expansion failed at, if nobody has said so yet. */
void complain_expansion(void);
/* A mistake after which POSIX ends a script: it ends, an interactive shell goes on with the next line. Gives `status`. */
int give_up(int status);

#endif
