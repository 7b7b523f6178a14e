/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Where a program is: the directories of $PATH.
 */
#include "run.h"

#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "shell.h"
#include "variables.h"

#define PATH_DEFAULT "/bin:/sbin:/test"

/* 0, or the exit status of a file that cannot be run. */
static int look(const char *path)
{
    struct stat status;
    if (stat(path, &status) != 0) {
        return STATUS_NO_COMMAND;
    }
    return S_ISREG(status.st_mode) && (status.st_mode & 0111) != 0 ? 0 : STATUS_NO_START;
}

int program_find(const char *name, char *path, size_t bytes)
{
    const char *directories = variable_get("PATH");
    int result = STATUS_NO_COMMAND;
    if (name[0] == '\0') {
        return result;
    }
    if (strchr(name, '/') != NULL) {
        return (size_t)snprintf(path, bytes, "%s", name) < bytes ? look(path) : STATUS_NO_COMMAND;
    }
    directories = directories != NULL ? directories : PATH_DEFAULT;
    for (;;) {
        size_t length = strcspn(directories, ":");
        int count = snprintf(path, bytes, "%.*s%s%s", (int)length, directories, length > 0 ? "/" : "", name);
        int found = (size_t)count < bytes ? look(path) : STATUS_NO_COMMAND;
        if (found == 0) {
            return 0;
        }
        result = found == STATUS_NO_START ? found : result;
        if (directories[length] == '\0') {
            return result;
        }
        directories += length + 1;
    }
}
