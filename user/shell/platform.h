/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What jobs need of the system: processes and a lock. platform.c is Capelin's (proc, term, threads); the host's, with fork, is
 * in sim/, for tests.
 */
#ifndef SHELL_PLATFORM_H
#define SHELL_PLATFORM_H

#include <stdbool.h>
#include <stdint.h>

#include "jobs.h"

/* The lock of the table of jobs. */
void platform_lock(void);
void platform_unlock(void);

/* With the lock held: wait until the table may have changed. */
void platform_wait(void);

/* With the lock held: it has changed. */
void platform_changed(void);

/*
 * With the lock held: start a process, which takes the console `*console` (0: make one and say its number; of a job's
 * processes only the first has one to read from). 0, or an exit status: said what is wrong.
 */
int platform_start(const struct job_start *start, bool background, uint32_t *console, uint64_t *pid);

/* End it and all that it has started. */
bool platform_kill(uint64_t pid);
/* The same for a process that need not be ours, named as `text`: STATUS_OK, or said what is wrong. */
int platform_kill_told(const char *text, uint64_t pid);

/* What a process is doing, in a word. */
const char *platform_state(uint64_t pid);

/* Who may read from the console: 0: the shell. */
void platform_foreground(uint32_t console);

/* While it runs commands the shell is to hear of Ctrl-C, though it does not read. */
void platform_interruptible(bool yes);

/* Sizes of the text of a pid, and it. */
#define PLATFORM_PID_BYTES 24
const char *platform_pid_text(uint64_t pid, char *text);
bool platform_pid_parse(const char *text, uint64_t *pid);

/* The file that the shell itself is in: what a subshell is started from. */
const char *platform_shell(void);

#endif
