/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The shell's children. A job is a pipeline or a program: one or more processes, one console, one line to the user. Owns the table of
 * jobs; how processes are started and how their end is learned is platform.h's.
 */
#ifndef SHELL_JOBS_H
#define SHELL_JOBS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define JOBS_MAX 64
#define JOB_NAME_BYTES 64

/* What became of a process. */
struct job_exit {
    bool abnormal; /* killed, or a fault: `status` is 128 + a signal's number */
    bool killed;
    int status;
};

struct job_process {
    uint64_t pid;
    bool ended;
    struct job_exit exit;
    struct job_process *next;
};

struct job {
    unsigned number;  /* [1], %1; 0: no job */
    uint32_t console; /* its number at term; 0: none */
    bool background;
    bool ended;                /* all of it */
    bool killed;               /* by Ctrl-C */
    uint64_t pid;              /* the last process of the pipeline: its status is the job's */
    struct job_exit exit;      /* once it has ended */
    char name[JOB_NAME_BYTES]; /* the command line, cut to fit */
    struct job_process *processes;
};

/* How to start a process. */
struct job_start {
    const char *path;
    char **argv;
    char **environment;
    const int *fds; /* the child's descriptor i is our fds[i]; -1: closed */
    unsigned fd_count;
};

/* A new job, without processes yet; 0: there are JOBS_MAX already (said so). */
unsigned job_open(const char *name, bool background);

/* Start a process as a part of it. 0, or an exit status if it could not be started (said so). */
int job_add(unsigned number, const struct job_start *start);

/* Forget a job, which has no processes or is of no more interest. */
void job_forget(unsigned number);

/* Wait for its end and forget it: its exit status. Ctrl-C ends a job in the foreground: STATUS_INTERRUPTED. */
int job_wait(unsigned number);

/* Wait for a background job without taking it to the foreground: Ctrl-C ends the wait only, with STATUS_INTERRUPTED. */
int job_await(unsigned number);

/* Take it to the foreground: what can be typed is its, and Ctrl-C. */
void job_foreground(unsigned number);

/* A copy of the job of this number or one of whose processes is `pid`; false: there is none. A number of 0: its end has been
 * told, and only `exit` says something. */
bool job_find(unsigned number, struct job *job);
bool job_find_pid(uint64_t pid, struct job *job);

/* The job with the lowest number above `after`; false: there are no more. Of one that is in the foreground nothing is told. */
bool job_next(unsigned after, struct job *job);

/* The processes of a job: the index-th; false: there are not so many. */
bool job_process(unsigned number, unsigned index, struct job_process *process);

/* End all processes of a job, and theirs. False: one could not be ended. */
bool job_kill(unsigned number);

/* Tell of background jobs that have ended, and forget them. */
void jobs_report(void);

/* For platform.h, from any thread: a process has ended; Ctrl-C came. */
void jobs_process_ended(uint64_t pid, const struct job_exit *exit);
void jobs_interrupt(void);

/* Has Ctrl-C come since the last time that this was taken back? */
bool jobs_interrupted(void);
void jobs_interrupt_clear(void);

/* Is there any process of whose end we have not heard? Called with the lock held. */
bool jobs_alive(void);

#endif
