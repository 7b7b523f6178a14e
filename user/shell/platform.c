/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What jobs need of the system: proc starts and ends processes, term gives them the console. A thread of its own (`reaper`) waits at
 * proc for the end of any child.
 */
#include "platform.h"

#include <abi/spawn_info.h>
#include <caps/caps.h>
#include <cli/cli.h>
#include <fcntl.h>
#include <idl/proc.h>
#include <libc/program.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <threads/sync.h>
#include <threads/thread.h>
#include <unistd.h>

#include <cli/format.h>
#include "run.h"
#include "shell.h"
#include "terminal.h"
#include "tree.h"

#define RETRY_MS 100
#define PRIORITY_LAST 7
#define SERVICES "/sbin/"

static struct mutex lock;
static struct cond changed;

void platform_lock(void)
{
    mutex_lock(&lock);
}

void platform_unlock(void)
{
    mutex_unlock(&lock);
}

void platform_wait(void)
{
    cond_wait(&changed, &lock);
}

void platform_changed(void)
{
    cond_broadcast(&changed);
}

/* The end of processes ----------------------------------------------------------------------------- */

static int reaper(void *argument)
{
    (void)argument;
    for (;;) {
        struct proc_exit ended;
        mutex_lock(&lock);
        while (!jobs_alive()) {
            cond_wait(&changed, &lock);
        }
        mutex_unlock(&lock);
        if (proc_wait(proc_default(), 0, &ended) != ERR_OK) {
            thread_sleep_ms(RETRY_MS);
            continue;
        }
        struct job_exit exit = {
            .abnormal = ended.kind != EXIT_NORMAL, .killed = ended.kind == EXIT_KILLED, .status = (int)ended.status};
        mutex_lock(&lock);
        jobs_process_ended(ended.pid, &exit);
        mutex_unlock(&lock);
    }
    return 0;
}

/* The first job starts the thread: a shell that starts none needs none. */
static bool reaper_start(void)
{
    static const struct thread_options options = {.name = "reaper", .detached = true};
    static bool started;
    struct thread *thread;
    started = started || thread_create(&thread, reaper, NULL, &options) == ERR_OK;
    return started;
}

/* Starting ---------------------------------------------------------------------------------------- */

/* A job in the background gives way to the shell and to what runs in the foreground. */
static uint32_t background_priority(void)
{
    static uint32_t priority = PROGRAM_PRIORITY_SAME; /* not known yet */
    struct proc_info self;
    pid_abi_t pid = ((const struct spawn_info *)VADDR_INFO)->pid;
    if (priority == PROGRAM_PRIORITY_SAME && proc_status(proc_default(), pid, &self) == ERR_OK) {
        priority = self.priority < PRIORITY_LAST ? self.priority + 1 : PRIORITY_LAST;
    }
    return priority;
}

/* Why a program did not start, and what to do. */
static int not_started(const char *program, err_t error)
{
    const char *hint = "";
    int status = STATUS_NO_START;
    switch (error) {
    case ERR_NOT_FOUND:
        status = STATUS_NO_COMMAND;
        break;
    case ERR_NO_MEMORY:
    case ERR_QUOTA:
        hint = "; 'free' and 'ps' tell who has the memory";
        break;
    case ERR_TOO_MANY:
        hint = "; 'jobs' and 'ps' list what runs, 'kill' ends it";
        break;
    case ERR_TOO_LONG:
        hint = "; its arguments and its environment may have 64 KiB each";
        status = STATUS_NO_COMMAND;
        break;
    default:
        break;
    }
    complain("cannot start '%.64s': %s%s", program, err_text(error), hint);
    return status;
}

static bool is_no_program(err_t error)
{
    return error == ERR_ELF_HEADER || error == ERR_ELF_BOUNDS;
}

/* The first line of a script: "#!INTERPRETER [ARGUMENT]"; what is to run it, in place of `line`. */
static bool interpreter_of(const char *path, char *line, size_t bytes, char **argument)
{
    int fd = open(path, O_RDONLY);
    ssize_t count = fd >= 0 ? read(fd, line, bytes - 1) : -1;
    *argument = NULL;
    if (fd >= 0) {
        close(fd);
    }
    if (count < 0 || memchr(line, '\0', (size_t)count) != NULL) {
        return false; /* it cannot be read, or is no text */
    }
    line[count] = '\0';
    line[strcspn(line, "\r\n")] = '\0';
    if (strncmp(line, "#!", 2) != 0) {
        snprintf(line, bytes, "%s", platform_shell());
        return true;
    }
    char *name = line + 2 + strspn(line + 2, " \t");
    size_t length = strcspn(name, " \t");
    if (name[length] != '\0') {
        *argument = name + length + strspn(name + length, " \t");
        name[length] = '\0';
        *argument = **argument != '\0' ? *argument : NULL;
    }
    memmove(line, name, strlen(name) + 1);
    return line[0] != '\0';
}

/* The file is no program: run it as a script. */
static err_t start_script(const struct job_start *start, struct program_options *options, uint64_t *pid)
{
    char line[256], *argument;
    size_t count = 0, given = 0;
    if (!interpreter_of(start->path, line, sizeof line, &argument)) {
        return ERR_ELF_HEADER;
    }
    while (start->argv[given] != NULL) {
        given++;
    }
    char **argv = calloc(given + 3, sizeof *argv);
    if (argv == NULL) {
        return ERR_NO_MEMORY;
    }
    argv[count++] = line;
    if (argument != NULL) {
        argv[count++] = argument;
    }
    argv[count++] = (char *)start->path;
    for (size_t i = 1; i < given; i++) {
        argv[count++] = start->argv[i];
    }
    options->argv = argv;
    err_t error = program_spawn(line, options, pid);
    free(argv);
    return error;
}

/* Descriptors that a child can get: a console has only the places 0 to 2. */
static unsigned descriptors_for(const struct job_start *start, int fds[PROGRAM_FDS_MAX])
{
    unsigned count = start->fd_count < PROGRAM_FDS_MAX ? start->fd_count : PROGRAM_FDS_MAX;
    for (unsigned i = 0; i < count; i++) {
        fds[i] = i > 2 && start->fds[i] >= 0 && isatty(start->fds[i]) ? -1 : start->fds[i];
    }
    return count;
}

int platform_start(const struct job_start *start, bool background, uint32_t *console, uint64_t *pid)
{
    int fds[PROGRAM_FDS_MAX];
    cptr_t endpoint = 0;
    struct program_options options = {.argv = start->argv,
                                      .envp = start->environment,
                                      .fds = fds,
                                      .fd_count = descriptors_for(start, fds),
                                      .priority = background ? background_priority() : PROGRAM_PRIORITY_SAME};
    if (strncmp(start->path, SERVICES, strlen(SERVICES)) == 0) {
        complain("'%.64s' is a service: init starts it from its inventory ('names' and 'ps' show those that run)",
                 start->path);
        return STATUS_NO_START;
    }
    bool reads = *console == 0 && fds[0] >= 0 && isatty(fds[0]);
    err_t error = reaper_start() ? ERR_OK : ERR_NO_MEMORY;
    if (error == ERR_OK && reads) {
        error = terminal_child(console, &endpoint);
    }
    options.console = endpoint;
    if (error == ERR_OK) {
        if (!background && *console != 0) {
            terminal_foreground(*console);
        } else if (!background) {
            terminal_interruptible(true);
        }
        error = program_spawn(start->path, &options, pid);
        error = is_no_program(error) ? start_script(start, &options, pid) : error;
    }
    cap_free(endpoint);
    if (error != ERR_OK && !background) {
        terminal_foreground(0);
    }
    return error == ERR_OK ? 0 : not_started(start->argv[0], error);
}

/* Ending ------------------------------------------------------------------------------------------- */

bool platform_kill(uint64_t pid)
{
    return tree_kill(pid) == ERR_OK;
}

int platform_kill_told(const char *text, uint64_t pid)
{
    err_t error = tree_kill(pid);
    return error == ERR_OK ? STATUS_OK : process_failed("kill", text, error);
}

/* The rest ------------------------------------------------------------------------------------------ */

void platform_foreground(uint32_t console)
{
    terminal_foreground(console);
}

void platform_interruptible(bool yes)
{
    terminal_interruptible(yes);
}

const char *platform_state(uint64_t pid)
{
    struct proc_info info;
    return proc_status(proc_default(), pid, &info) == ERR_OK ? process_state_text(info.state) : "ended";
}

const char *platform_pid_text(uint64_t pid, char *text)
{
    return pid_text(pid, text);
}

bool platform_pid_parse(const char *text, uint64_t *pid)
{
    return pid_parse(text, pid);
}

const char *platform_shell(void)
{
    return "/bin/sh";
}
