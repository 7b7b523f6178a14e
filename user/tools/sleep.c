/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Wait for some time.
 */
#include <cli/cli.h>
#include <stdlib.h>
#include <string.h>
#include <threads/thread.h>

static const struct cli cli = {"sleep", "SECONDS[.FRACTION]", "  Wait that long; the processor is free meanwhile.\n"};

#define SECONDS_MAX 1000000000

/* The digits of a fraction as microseconds; more than six are cut off. */
static uint64_t fraction_us(const char *digits)
{
    uint64_t us = 0;
    size_t length = strlen(digits);
    if (length == 0 || strspn(digits, "0123456789") != length) {
        cli_refuse(&cli, "'.%.20s' is not a fraction of a second", digits);
    }
    for (size_t i = 0; i < 6; i++) {
        us = us * 10 + (i < length ? (uint64_t)(digits[i] - '0') : 0);
    }
    return us;
}

int main(int argc, char *argv[])
{
    cli_begin(&cli, argc, argv);
    if (argc != 2) {
        cli_refuse(&cli, "how long?");
    }
    char *point = strchr(argv[1], '.');
    uint64_t us = point == NULL ? 0 : fraction_us(point + 1);
    if (point != NULL) {
        *point = '\0';
    }
    us += 1000000 * cli_number(&cli, "SECONDS", argv[1], SECONDS_MAX);
    thread_sleep_us(us);
    return 0;
}
