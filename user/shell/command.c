/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Which commands there are, and how they complain.
 */
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "shell.h"

static const struct shell_command *tables[2];

void shell_command_tables(const struct shell_command *first, const struct shell_command *second)
{
    tables[0] = first;
    tables[1] = second;
}

const struct shell_command *shell_command_next(const struct shell_command *command)
{
    if (command == NULL) {
        return tables[0];
    }
    command++;
    if (command->name != NULL) {
        return command;
    }
    /* The end of a table: of the first? */
    const struct shell_command *last = tables[0];
    while (last->name != NULL) {
        last++;
    }
    return last == command && tables[1] != NULL && tables[1]->name != NULL ? tables[1] : NULL;
}

const struct shell_command *shell_command_find(const char *name)
{
    const struct shell_command *command = NULL;
    while ((command = shell_command_next(command)) != NULL) {
        if (strcmp(command->name, name) == 0) {
            return command;
        }
    }
    return NULL;
}

int usage(const char *name, const char *format, ...)
{
    va_list arguments;
    const struct shell_command *command = shell_command_find(name);
    fflush(stdout);
    fprintf(stderr, "%s: ", name);
    va_start(arguments, format);
    vfprintf(stderr, format, arguments);
    va_end(arguments);
    fprintf(stderr, "; usage: %s%s%s\n", command->name, command->arguments[0] != '\0' ? " " : "", command->arguments);
    return STATUS_USAGE;
}
