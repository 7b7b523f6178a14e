/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Do nothing, unsuccessfully.
 */
#include <cli/cli.h>

static const struct cli cli = {"false", "", "  Do nothing; the exit status is 1.\n"};

int main(int argc, char *argv[])
{
    cli_begin(&cli, argc, argv);
    return 1;
}
