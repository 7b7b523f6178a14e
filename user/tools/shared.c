/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * echo, printf, test, [: what they do is in lib/cli, as they are commands of the shell, too.
 */
#include "tools.h"

#include <cli/utilities.h>

int tool_echo(int argc, char **argv)
{
    static const struct cli cli = {"echo", "[-n] [WORD...]", "  Print the words; -n: without a newline behind them.\n"};
    cli_begin(&cli, argc, argv);
    return utility_echo(argc, argv);
}

int tool_printf(int argc, char **argv)
{
    static const struct cli cli = {
        "printf", "FORMAT [ARGUMENT...]",
        "  Print the arguments as the format says: %s %b %c %d %i %o %u %x %X %e %f %g, \\n and the like.\n"};
    cli_begin(&cli, argc, argv);
    return utility_printf(argc, argv);
}

int tool_test(int argc, char **argv)
{
    static const struct cli cli = {
        "test", "CONDITION",
        "  Exit status 0 if the condition is true, 1 if not, 2 if it is none.\n"
        "  Strings: -n S, -z S, A = B, A != B. Numbers: A -eq -ne -lt -le -gt -ge B. Files: -e -f -d -s -r -w -x F.\n"
        "  ! C, ( C ), C -a D, C -o D. [ CONDITION ] is the same.\n"};
    cli_begin(&cli, argc, argv);
    return utility_test(argc, argv);
}
