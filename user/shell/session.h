/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What a shell does that is not the console's: `sh -c LINE`, `sh FILE`, `sh` with input from a file or pipe, and subshells.
 */
#ifndef SHELL_SESSION_H
#define SHELL_SESSION_H

/* Take over the environment. */
void session_start(unsigned long long pid);

/* Run what the arguments (those of main()) say; the exit status. */
int session_run(int argc, char **argv);

/* Free everything. */
void session_end(void);

#endif
