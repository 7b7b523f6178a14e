/* SPDX-License-Identifier: BSD-2-Clause */
/* Has the kernel print every dispatcher's state, to console and log. */
#include <caps/caps.h>
#include <cli/cli.h>
#include <idl/monitor.h>
#include <stdio.h>

static const struct cli cli = {"dump", "",
                               "  Have the kernel print every dispatcher's state to the console and the log.\n"};

int main(int argc, char **argv)
{
    cli_begin(&cli, argc, argv);
    err_t err = monitor_dump(monitor_default());

    if (err) {
        fprintf(stderr, "dump: %s\n", err_text(err));
    }
    return err != ERR_OK;
}
