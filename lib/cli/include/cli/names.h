/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * One program under many names: which one it is says the name that it was called by; `PROGRAM NAME ...` does it, too.
 */
#ifndef CLI_NAMES_H
#define CLI_NAMES_H

typedef int tool_fn(int argc, char **argv);

struct tool {
    const char *name;
    tool_fn *run;
};

/* Be the tool that argv asks for. `tools` ends with one without a name. The exit status; 2 if there is no such tool. */
int cli_run_by_name(const char *program, const struct tool *tools, int argc, char **argv);

#endif
