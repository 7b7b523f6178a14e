/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What the files of proc share: one table of processes, served by one thread. Only report.c has a thread of its own, and that
 * one touches nothing but its queue.
 */
#ifndef PROC_PROC_H
#define PROC_PROC_H

#include "process_table.h"
#include "programs.h"
#include <abi/dispatcher.h>
#include <idl/proc.h>
#include <messaging/server.h>

#define PID_INIT (processes.core | 1) /* 0.1 on core 0: whoever has no pid for us is init */
#define PRIORITY_GUEST 4              /* the highest that a process of another core may give */

extern struct process_table processes;
extern struct server server;
extern struct service proc_service;

#define STATUS_KILLED 137 /* as $? has it: 128 + SIGKILL */
/* main.c: a parent of another core is no more. */
void guest_gone(pid_abi_t pid);

/* What a caller asked for, with everything checked that needs no lookup. */
struct spawn_wish {
    pid_abi_t parent;
    const char *path;
    const char *args, *env, *names; /* strings ended by NULs, one after the other */
    uint32_t args_bytes, env_bytes, names_bytes;
    uint32_t flags; /* PROC_SPAWN_* */
    uint32_t priority;
    uint64_t limit; /* bytes of memory that it may have; 0: what mem allows any */
    const cptr_t *passed;
    uint32_t passed_count;
    cptr_t program; /* a frame with the program in its first program_bytes; 0: it is in the ramdisk, at `path` */
    uint64_t program_bytes;
};

/* A program to be made a process of: in memory that nobody else changes. */
struct executable {
    const struct elf_image *image;
    const void *file;
    cptr_t frame; /* that holds it, */
    uint64_t offset;
};

/* copy.c: what a caller has in a frame of its own, copied into RAM of process `pid`. */
struct program_copy {
    struct elf_image image;
    cptr_t frame;
    vaddr_t va;
    uint64_t bytes; /* whole pages */
};
err_t program_copy(cptr_t frame, uint64_t bytes, pid_abi_t pid, struct program_copy *copy);
/* The child's mappings keep what they need of it. */
void program_copy_drop(struct program_copy *copy);

/*
 * recover.c: what proc leaves to its successor (kept/kept.h): the table's entries, and for each process that it made
 * the capabilities of its block, CSpace and dispatcher.
 */
err_t kept_start(const struct process_limits *limits, struct process_waiter *waiters);
/* The child's block is kept before anything is made of it, so that nothing is left if proc dies meanwhile. */
err_t kept_block(const struct process *process, cptr_t block);
err_t kept_child(const struct process *process);
void kept_forget(const struct process *process);
/* Take over what is there: finish births and ends, be told of the ends of all others. */
void processes_recover(void);

/*
 * spawn.c: makes the process, which does not run yet. Nothing is left of it if it fails. `ramdisk` is the frame of the program index. Then, once
 * whoever wanted it has been told, process_start() lets it run.
 */
err_t process_spawn(const struct spawn_wish *wish, struct process **process);
void process_start(struct process *process, bool run);
/* The endpoint that is to be signalled when it ends: its supervisor. */
err_t process_watch(struct process *process, cptr_t *endpoint);
void spawn_set_ramdisk(cptr_t frame);

/* exit.c: the process has stopped: find out how, report a fault, bury it, tell who waits. */
void process_bury(struct process *process);
/* The same of one that has stopped in its predecessor's time, as its entry says. */
void process_bury_again(struct process *process);
/* What was made of its block, and what we have of it. */
void process_destroy(struct process *process);
/* Those who wait for children of `parent` that are no more get ERR_NOT_FOUND. */
void waits_answer_hopeless(pid_abi_t parent);
struct proc_exit exit_of(const struct process *process);

/* report.c */
struct death {
    pid_abi_t pid;
    uint32_t kind, code;
    char name[PROCESS_NAME_MAX + 1];
    const struct program *program; /* NULL: of no file of the ramdisk */
    bool has_report;               /* `fault` is valid */
    struct fault_report fault;
};
err_t report_start(void);
/* Write about it to the log and the console, later; then `done` runs in the server's thread. ERR_BUSY: too many at once. */
err_t report_post(const struct death *death, void (*done)(pid_abi_t pid));

#endif
