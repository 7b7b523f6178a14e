/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What the utilities share. All of them are one program, `tools`, which is in the ramdisk under all their names; which one it is is
 * what argv[0] says.
 */
#ifndef TOOLS_TOOLS_H
#define TOOLS_TOOLS_H

#include <cli/cli.h>
#include <cli/names.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <sys/types.h>

tool_fn tool_args, tool_basename, tool_cat, tool_chmod, tool_cp, tool_cut, tool_date, tool_dirname, tool_echo, tool_env,
    tool_exitcode, tool_false, tool_grep, tool_head, tool_hexdump, tool_ls, tool_mkdir, tool_mv, tool_oncore,
    tool_printf, tool_pwd, tool_rm, tool_rmdir, tool_run_memtest, tool_seq, tool_sleep, tool_sort, tool_tail, tool_tee,
    tool_test, tool_top, tool_touch, tool_tr, tool_true, tool_uniq, tool_wakes, tool_watch, tool_wc, tool_yes;

/* Say that `what` failed, as errno has it: 1. */
int tool_failed(const struct cli *cli, const char *what);

/* The file to read, "-" is standard input; 0: said why not. tool_close() closes it, but for standard input, and says whether all
 * could be read. */
FILE *tool_open(const struct cli *cli, const char *path);
bool tool_close(const struct cli *cli, const char *path, FILE *file);

/* A line, with its newline if it has one. */
struct tool_line {
    char *bytes; /* ended by a NUL, beside those in it */
    size_t length;
    size_t room;
};
/* False: the end. Without memory, or when standard output cannot be written, it ends the program. */
bool tool_read_line(const struct cli *cli, FILE *file, struct tool_line *line);

/* `folder`/`name` as a new string; ends the program without memory. */
char *tool_path(const struct cli *cli, const char *folder, const char *name);
/* The part behind the last slash, slashes at the end left out: how long it is goes into *length. */
const char *tool_base(const char *path, size_t *length);

/* Never 0: ends the program with status 1. */
void *tool_alloc(const struct cli *cli, void *old, size_t bytes);

/* Write it all to standard output, or end with 1: what reads it is gone, or there is no room. */
void tool_write(const struct cli *cli, const char *bytes, size_t count);

/* Standard output cannot be written: end with 1. */
_Noreturn void tool_output_failed(const struct cli *cli);

/* files.c: copy what is in one open file to another; false: said why not. */
bool tool_copy(const struct cli *cli, int from, const char *from_path, int to, const char *to_path);
/* Copy a file, or with `recursive` a directory; 0 or 1. */
int tool_copy_path(const struct cli *cli, const char *from, const char *to, bool recursive);
/* Remove a file, or with `recursive` a directory with all in it; 0 or 1. */
int tool_remove(const struct cli *cli, const char *path, bool recursive, bool force);
bool tool_is_directory(const char *path);

/* run_program.c: run a program that is found in the directories of `path`, wait for it; its exit status, 126 or 127 if it could not be
 * started (said so). */
int tool_run(const struct cli *cli, char **argv, const char *path);

#endif
