/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The shell's children. Owns the table of jobs; a thread of its own waits at proc for the end of any of them.
 */
#ifndef SHELL_JOBS_H
#define SHELL_JOBS_H

#include <abi/errors.h>
#include <abi/types.h>
#include <idl/proc.h>
#include <stdbool.h>

#define JOBS_MAX 64

struct job {
    unsigned number; /* [1], %1; 0: no job */
    pid_abi_t pid;
    uint32_t console; /* its number at term */
    bool background;
    bool ended;
    struct proc_exit exit;
    char name[64]; /* the command line, cut to fit */
};

/* Start the thread that waits. */
err_t jobs_start(void);

/* Ctrl-C came: whoever waits for a job hears of it. */
void jobs_interrupt(void);

/* Spawn argv[0] as a job. ERR_TOO_MANY: JOBS_MAX, or proc's limit; else what proc answers. */
err_t job_start(int argc, char **argv, bool background, struct job *job);

/*
 * Wait for the end of job `number` and forget it: its exit status. Ctrl-C gives STATUS_INTERRUPTED: it kills the job if
 * `kill`, else it only ends the wait. Of a background job its end is told in a line.
 */
int job_wait(unsigned number, bool kill);

/* A copy of the job of this number, or of this process; false: there is none. A number of 0: its end has been told. */
bool job_find(unsigned number, struct job *job);
bool job_find_pid(pid_abi_t pid, struct job *job);

/* The job with the lowest number above `after`; false: there are no more. */
bool job_next(unsigned after, struct job *job);

/* Tell of background jobs that have ended, and forget them. */
void jobs_report(void);

#endif
