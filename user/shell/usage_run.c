/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The usage line of a program is the first one that `PROGRAM --help` prints. Only programs of /bin are asked, which all know --help: anything else might
 * do what it is there for. The last one's answer is kept.
 */
#include "usage_run.h"

#include <idl/proc.h>
#include <libc/program.h>
#include <messaging/channel.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <threads/time.h>
#include <unistd.h>

#include "run.h"

#define PROGRAMS "/bin/"
#define ANSWER_MS 500

static struct {
    char name[64];
    char text[512]; /* "usage: NAME ARGUMENTS" */
} last;

/* Its first line, or as much of it as there is room for, within the deadline. */
static void answer_read(int fd)
{
    size_t used = 0;
    ssize_t count;
    while (used < sizeof last.text - 1 && (count = read(fd, last.text + used, sizeof last.text - 1 - used)) > 0) {
        used += (size_t)count;
    }
    last.text[used] = '\0';
    last.text[strcspn(last.text, "\n")] = '\0';
}

static void program_ask(const char *path)
{
    char *argv[] = {last.name, (char *)"--help", NULL};
    int ends[2];
    uint64_t pid;
    struct proc_exit exit;
    if (pipe(ends) != 0) {
        return;
    }
    int fds[] = {-1, ends[1], -1};
    struct program_options options = {.argv = argv, .fds = fds, .fd_count = 3, .priority = PROGRAM_PRIORITY_SAME};
    ticks_t before = rpc_set_deadline(deadline_after_ms(ANSWER_MS));
    err_t error = program_spawn(path, &options, &pid);
    close(ends[1]);
    if (error == ERR_OK) {
        answer_read(ends[0]);
    }
    rpc_set_deadline(before);
    close(ends[0]);
    if (error == ERR_OK) {
        proc_kill(proc_default(), pid);
        proc_wait(proc_default(), pid, &exit);
    }
}

const char *usage_of_program(const char *name)
{
    static const char begin[] = "usage: ";
    char path[128];
    if (strcmp(last.name, name) != 0) {
        bool known = program_find(name, path, sizeof path) == 0 && strncmp(path, PROGRAMS, strlen(PROGRAMS)) == 0;
        if (!known || (size_t)snprintf(last.name, sizeof last.name, "%s", name) >= sizeof last.name) {
            last.name[0] = '\0';
            return NULL;
        }
        last.text[0] = '\0';
        program_ask(path);
    }
    if (strncmp(last.text, begin, strlen(begin)) != 0) {
        return NULL;
    }
    const char *arguments = last.text + strlen(begin);
    arguments += strcspn(arguments, " ");
    return arguments + strspn(arguments, " ");
}
