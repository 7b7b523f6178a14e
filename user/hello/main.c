/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The first program to read: it says hello, and which process it is.
 */
#include <abi/spawn_info.h>
#include <cli/cli.h>
#include <stdio.h>

static const struct cli cli = {"hello", "", "  Say hello, and which process on which core it is.\n"};

int main(int argc, char *argv[])
{
    /* What the process's parent told it about itself. */
    const struct spawn_info *info = (const struct spawn_info *)VADDR_INFO;
    cli_begin(&cli, argc, argv);
    if (argc > 1) {
        cli_refuse(&cli, "it takes no arguments");
    }
    printf("Hello from Capelin! I am process %u.%u on core %u.\n", (unsigned)(info->pid >> 32), (unsigned)info->pid,
           (unsigned)info->core);
    return 0;
}
