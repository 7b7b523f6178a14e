/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * date, sleep: time.
 */
#include "tools.h"

#include <libc/clock.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define SECONDS_MAX 1000000000

int tool_date(int argc, char **argv)
{
    static const struct cli cli = {
        "date", "[-u] [-d @SECONDS] [+FORMAT]",
        "  Print the time, in UTC; the clock counts from the machine's reset if there is no other.\n"
        "  -d  another time, in seconds since 1970\n  FORMAT: as strftime(): %Y-%m-%d %H:%M:%S, %s\n"};
    struct cli_options options = {argc, argv, 1, NULL, NULL};
    char text[256];
    time_t now = time(NULL);
    for (int letter; (letter = cli_option(&cli, &options, "ud:")) != 0;) {
        if (letter == 'd' && options.value[0] != '@') {
            cli_refuse(&cli, "'%.40s' is no time, as @0 is", options.value);
        }
        now = letter == 'd' ? (time_t)cli_number(&cli, "SECONDS", options.value + 1, 253402300799) : now;
    }
    const char *format = "+%a %b %e %H:%M:%S UTC %Y";
    if (options.next < argc) {
        format = argv[options.next++];
    }
    if (format[0] != '+' || options.next < argc) {
        cli_refuse(&cli, "the format begins with a +");
    }
    const struct tm *parts = gmtime(&now);
    if (strcmp(format, "+%s") == 0) {
        printf("%lld\n", (long long)now);
        return 0;
    }
    if (parts == NULL || (strftime(text, sizeof text, format + 1, parts) == 0 && format[1] != '\0')) {
        fprintf(stderr, "date: the format '%.60s' gives too much\n", format);
        return 1;
    }
    printf("%s\n", format[1] != '\0' ? text : "");
    return 0;
}

/* The digits of a fraction as nanoseconds; more than nine are cut off. */
static long fraction_ns(const struct cli *cli, const char *digits)
{
    long ns = 0;
    size_t length = strlen(digits);
    if (length == 0 || strspn(digits, "0123456789") != length) {
        cli_refuse(cli, "'.%.20s' is not a fraction of a second", digits);
    }
    for (size_t i = 0; i < 9; i++) {
        ns = ns * 10 + (i < length ? digits[i] - '0' : 0);
    }
    return ns;
}

int tool_sleep(int argc, char **argv)
{
    static const struct cli cli = {"sleep", "SECONDS[.FRACTION]", "  Wait that long; the processor is free meanwhile.\n"};
    cli_begin(&cli, argc, argv);
    if (argc != 2) {
        cli_refuse(&cli, "how long?");
    }
    char *point = strchr(argv[1], '.');
    struct timespec duration = {.tv_nsec = point == NULL ? 0 : fraction_ns(&cli, point + 1)};
    if (point != NULL) {
        *point = '\0';
    }
    duration.tv_sec = (time_t)cli_number(&cli, "SECONDS", argv[1], SECONDS_MAX);
    return nanosleep(&duration, NULL) == 0 ? 0 : tool_failed(&cli, "the clock");
}
