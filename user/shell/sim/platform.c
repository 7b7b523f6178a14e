/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What jobs need of the system, with the host's processes: to compare scripts with the host's own shell.
 */

#include "../platform.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "../shell.h"

void platform_lock(void) {}
void platform_unlock(void) {}
void platform_changed(void) {}
void platform_foreground(uint32_t console)
{
    (void)console;
}
void platform_interruptible(bool yes)
{
    (void)yes;
}

void platform_wait(void)
{
    int status;
    pid_t pid = waitpid(-1, &status, 0);
    if (pid <= 0) {
        return;
    }
    bool signalled = WIFSIGNALED(status);
    struct job_exit exit = {.abnormal = signalled,
                            .killed = signalled && WTERMSIG(status) == SIGKILL,
                            .status = signalled ? 128 + WTERMSIG(status) : WEXITSTATUS(status)};
    jobs_process_ended((uint64_t)pid, &exit);
}

static _Noreturn void child(const struct job_start *start)
{
    int moved[16];
    signal(SIGPIPE, SIG_DFL);
    for (unsigned i = 0; i < start->fd_count; i++) {
        moved[i] = start->fds[i] >= 0 ? dup(start->fds[i]) : -1;
        while (moved[i] >= 0 && moved[i] < 20) {
            moved[i] = dup(moved[i]);
        }
    }
    for (int i = 0; i < 20; i++) {
        close(i);
    }
    for (unsigned i = 0; i < start->fd_count; i++) {
        if (moved[i] >= 0) {
            dup2(moved[i], (int)i);
        }
    }
    for (int i = 20; i < 200; i++) {
        close(i);
    }
    execve(start->path, start->argv, start->environment);
    if (errno == ENOEXEC) {
        start->argv[0] = (char *)start->path;
        char *argv[64] = {"sh"};
        for (int i = 0; i < 62 && start->argv[i] != NULL; i++) {
            argv[i + 1] = start->argv[i];
        }
        execve(platform_shell(), argv, start->environment);
    }
    _exit(126);
}

int platform_start(const struct job_start *start, bool background, uint32_t *console, uint64_t *pid)
{
    (void)background;
    *console = 0;
    pid_t new = fork();
    if (new == 0) {
        child(start);
    }
    *pid = (uint64_t) new;
    return new > 0 ? 0 : STATUS_NO_START;
}

bool platform_kill(uint64_t pid)
{
    return kill((pid_t)pid, SIGKILL) == 0;
}

int platform_kill_told(const char *text, uint64_t pid)
{
    if (kill((pid_t)pid, SIGKILL) == 0) {
        return STATUS_OK;
    }
    fprintf(stderr, "kill: %s: %s\n", text, strerror(errno));
    return STATUS_FAILED;
}

const char *platform_state(uint64_t pid)
{
    (void)pid;
    return "running";
}

const char *platform_pid_text(uint64_t pid, char *text)
{
    snprintf(text, PLATFORM_PID_BYTES, "%llu", (unsigned long long)pid);
    return text;
}

bool platform_pid_parse(const char *text, uint64_t *pid)
{
    char *end;
    *pid = strtoull(text, &end, 10);
    return end != text && *end == '\0';
}

const char *platform_shell(void)
{
    return "/proc/self/exe";
}
