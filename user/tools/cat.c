/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Repeat what is typed, line by line, until Ctrl-D.
 */
#include <cli/cli.h>
#include <stdio.h>

static const struct cli cli = {"cat", "",
                               "  Repeat what is typed, line by line. Ctrl-D at the start of a line ends it.\n"};

int main(int argc, char *argv[])
{
    char line[1024];
    cli_begin(&cli, argc, argv);
    if (argc > 1) {
        cli_refuse(&cli, "there are no files to read, only the console");
    }
    while (fgets(line, sizeof line, stdin) != NULL) {
        fputs(line, stdout);
    }
    return ferror(stdin) ? 1 : 0;
}
