/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * End with the exit status that is asked for.
 */
#include <cli/cli.h>
#include <stdlib.h>

static const struct cli cli = {"exitcode", "STATUS", "  End with this exit status, 0 to 255.\n"};

int main(int argc, char *argv[])
{
    cli_begin(&cli, argc, argv);
    if (argc != 2) {
        cli_refuse(&cli, "which exit status?");
    }
    return (int)cli_number(&cli, "STATUS", argv[1], 255);
}
