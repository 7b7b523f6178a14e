/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Print a line again and again: a writer that never stops, to try Ctrl-C and fairness with.
 */
#include <cli/cli.h>
#include <stdio.h>

static const struct cli cli = {"yes", "[WORD...]", "  Print the words (or y) in a line, again and again, until Ctrl-C.\n"};

int main(int argc, char *argv[])
{
    cli_begin(&cli, argc, argv);
    while (!ferror(stdout)) {
        for (int i = 1; i < argc; i++) {
            printf(i == 1 ? "%s" : " %s", argv[i]);
        }
        printf(argc > 1 ? "\n" : "y\n");
    }
    return 1;
}
