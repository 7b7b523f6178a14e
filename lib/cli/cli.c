/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Command lines of small programs.
 */
#include <cli/cli.h>

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void cli_begin(const struct cli *cli, int argc, char **argv)
{
    if (argc == 2 && strcmp(argv[1], "--help") == 0) {
        printf("usage: %s%s%s\n%s", cli->name, cli->usage[0] != '\0' ? " " : "", cli->usage, cli->about);
        exit(0);
    }
}

_Noreturn void cli_refuse(const struct cli *cli, const char *format, ...)
{
    va_list arguments;
    fprintf(stderr, "%s: ", cli->name);
    va_start(arguments, format);
    vfprintf(stderr, format, arguments);
    va_end(arguments);
    fprintf(stderr, "; usage: %s%s%s\n", cli->name, cli->usage[0] != '\0' ? " " : "", cli->usage);
    exit(2);
}

uint64_t cli_number(const struct cli *cli, const char *what, const char *text, uint64_t most)
{
    uint64_t number = 0;
    const char *at = text;
    for (; *at >= '0' && *at <= '9'; at++) {
        if (__builtin_mul_overflow(number, 10, &number) ||
            __builtin_add_overflow(number, (uint64_t)(*at - '0'), &number) || number > most) {
            break;
        }
    }
    if (at == text || *at != '\0') {
        cli_refuse(cli, "%s '%.40s' is not a number from 0 to %llu", what, text, (unsigned long long)most);
    }
    return number;
}
