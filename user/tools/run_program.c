/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Running another program and waiting for it.
 */
#include "tools.h"

#include <abi/errors.h>
#include <caps/caps.h>
#include <idl/proc.h>
#include <libc/program.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#define PATH_BYTES 1024
#define NO_START 126
#define NO_COMMAND 127

/* Is it a program in this directory? */
static bool look(const char *folder, size_t length, const char *name, char *path)
{
    struct stat status;
    int count = snprintf(path, PATH_BYTES, "%.*s%s%s", (int)length, folder, length > 0 ? "/" : "", name);
    return count < PATH_BYTES && stat(path, &status) == 0 && S_ISREG(status.st_mode) && (status.st_mode & 0111) != 0;
}

static bool find(const char *name, const char *folders, char *path)
{
    folders = strchr(name, '/') != NULL ? "" : folders != NULL ? folders : PROGRAM_PATH_DEFAULT;
    for (;;) {
        size_t length = strcspn(folders, ":");
        if (look(folders, length, name, path)) {
            return true;
        }
        if (folders[length] == '\0') {
            return false;
        }
        folders += length + 1;
    }
}

int tool_run(const struct cli *cli, char **argv, const char *folders)
{
    char path[PATH_BYTES];
    struct program_options options = {.argv = argv, .priority = PROGRAM_PRIORITY_SAME};
    struct proc_exit ended;
    uint64_t pid;
    fflush(stdout);
    if (!find(argv[0], folders, path)) {
        fprintf(stderr, "%s: no program '%.64s'\n", cli->name, argv[0]);
        return NO_COMMAND;
    }
    err_t error = program_spawn(path, &options, &pid);
    if (error != ERR_OK) {
        fprintf(stderr, "%s: cannot start '%.64s': %s\n", cli->name, argv[0], err_text(error));
        return error == ERR_NOT_FOUND ? NO_COMMAND : NO_START;
    }
    error = proc_wait(proc_default(), pid, &ended);
    return error == ERR_OK ? (int)ended.status : NO_START;
}
