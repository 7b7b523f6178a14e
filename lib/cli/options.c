/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Options as POSIX's utility conventions have them: -abc, -n VALUE, -nVALUE, -- in front of operands.
 */
#include <cli/cli.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int cli_option(const struct cli *cli, struct cli_options *options, const char *known)
{
    if (options->letter == NULL || *options->letter == '\0') {
        const char *argument = options->next < options->argc ? options->argv[options->next] : NULL;
        if (argument == NULL || argument[0] != '-' || argument[1] == '\0') {
            return 0;
        }
        options->next++;
        if (strcmp(argument, "--") == 0) {
            return 0;
        }
        if (strcmp(argument, "--help") == 0) {
            printf("usage: %s%s%s\n%s", cli->name, cli->usage[0] != '\0' ? " " : "", cli->usage, cli->about);
            exit(0);
        }
        options->letter = argument + 1;
    }
    char letter = *options->letter++;
    const char *found = letter != ':' ? strchr(known, letter) : NULL;
    if (found == NULL) {
        cli_refuse(cli, "unknown option '%.20s'", options->argv[options->next - 1]);
    }
    if (found[1] == ':') {
        if (*options->letter == '\0' && options->next == options->argc) {
            cli_refuse(cli, "option -%c needs a value", letter);
        }
        options->value = *options->letter != '\0' ? options->letter : options->argv[options->next++];
        options->letter = NULL;
    }
    return letter;
}
