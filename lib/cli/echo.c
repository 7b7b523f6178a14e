/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * echo: words with a blank between them. Backslashes mean themselves (printf is for those).
 */
#include <cli/utilities.h>

#include <stdio.h>
#include <string.h>

int utility_echo(int argc, char **argv)
{
    int first = argc > 1 && strcmp(argv[1], "-n") == 0 ? 2 : 1;
    for (int i = first; i < argc; i++) {
        if (i > first) {
            putchar(' ');
        }
        fputs(argv[i], stdout);
    }
    if (first == 1) {
        putchar('\n');
    }
    return ferror(stdout) ? 1 : 0;
}
