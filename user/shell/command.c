/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Which commands there are, and how they complain.
 */
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <caps/caps.h>

#include "shell.h"

static const struct shell_command *table;

void shell_command_table(const struct shell_command *commands)
{
    table = commands;
}

const struct shell_command *shell_command_find(const char *name)
{
    for (const struct shell_command *command = table; command->name != NULL; command++) {
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
    fprintf(stderr, "%s: ", name);
    va_start(arguments, format);
    vfprintf(stderr, format, arguments);
    va_end(arguments);
    fprintf(stderr, "; usage: %s %s\n", command->name, command->arguments);
    return STATUS_USAGE;
}

int failed(const char *command, const char *what, err_t error)
{
    fprintf(stderr, "%s: %s: %s\n", command, what, err_text(error));
    return STATUS_FAILED;
}
