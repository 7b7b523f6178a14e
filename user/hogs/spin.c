/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Take all the processor that one can get.
 */
#include "hogs.h"

#include <cli/cli.h>
#include <threads/time.h>

static const struct cli cli = {"spin", "[SECONDS]", "  Keep the processor busy, for SECONDS or until it is killed.\n"};

int hog_spin(int argc, char **argv)
{
    cli_begin(&cli, argc, argv);
    if (argc > 2) {
        cli_refuse(&cli, "one number of seconds");
    }
    uint64_t seconds = argc > 1 ? cli_number(&cli, "SECONDS", argv[1], 1000000000) : 0;
    ticks_t end = clock_ticks() + seconds * clock_hz();
    while (seconds == 0 || clock_ticks() < end) {
        __asm__ volatile("yield");
    }
    return 0;
}
