/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Print the arguments and the environment, each in brackets, so that blanks show.
 */
#include <stdio.h>
#include <string.h>
#include <unistd.h>

extern char **environ;

int main(int argc, char *argv[])
{
    if (argc == 2 && strcmp(argv[1], "--help") == 0) {
        printf("usage: args [ARGUMENT...]\n  Print the arguments and the environment.\n");
        return 0;
    }
    for (int i = 0; i < argc; i++) {
        printf("argv[%d] = [%s]\n", i, argv[i]);
    }
    for (char **variable = environ; variable != NULL && *variable != NULL; variable++) {
        printf("environment: [%s]\n", *variable);
    }
    return 0;
}
