/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Do nothing, successfully.
 */
#include <cli/cli.h>

static const struct cli cli = {"true", "", "  Do nothing; the exit status is 0.\n"};

int main(int argc, char *argv[])
{
    cli_begin(&cli, argc, argv);
    return 0;
}
