/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * env and watch: they run other programs.
 */
#include "tools.h"

#include <libc/clock.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

extern char **environ;

int tool_env(int argc, char **argv)
{
    static const struct cli cli = {
        "env", "[-i] [-u NAME] [NAME=VALUE...] [COMMAND [ARGUMENT...]]",
        "  Run a program with other variables, or print them.\n  -i  only with these; -u  without this one\n"};
    static char *nothing[] = {NULL};
    struct cli_options options = {argc, argv, 1, NULL, NULL};
    char *path = getenv("PATH");
    for (int letter; (letter = cli_option(&cli, &options, "iu:")) != 0;) {
        if (letter == 'i') {
            environ = nothing;
        } else if (unsetenv(options.value) != 0) {
            cli_refuse(&cli, "'%.40s' is no name", options.value);
        }
    }
    int i = options.next;
    for (; i < argc && strchr(argv[i], '=') != NULL; i++) {
        char *equals = strchr(argv[i], '=');
        *equals = '\0';
        if (setenv(argv[i], equals + 1, 1) != 0) {
            return tool_failed(&cli, argv[i]);
        }
    }
    if (i < argc) {
        return tool_run(&cli, argv + i, path);
    }
    for (char **variable = environ; variable != NULL && *variable != NULL; variable++) {
        printf("%s\n", *variable);
    }
    return 0;
}

/* The arguments as one line for the shell. */
static char *join(const struct cli *cli, int count, char **words)
{
    size_t bytes = 1;
    for (int i = 0; i < count; i++) {
        bytes += strlen(words[i]) + 1;
    }
    char *line = tool_alloc(cli, NULL, bytes);
    char *to = line;
    *to = '\0';
    for (int i = 0; i < count; i++) {
        to = stpcpy(stpcpy(to, i > 0 ? " " : ""), words[i]);
    }
    return line;
}

int tool_watch(int argc, char **argv)
{
    static const struct cli cli = {
        "watch", "[-n SECONDS] [-c COUNT] COMMAND [ARGUMENT...]",
        "  Run a command again and again, every 2 seconds, until Ctrl-C; the screen is cleared first at the console.\n"
        "  -c  only so many times\n"};
    struct cli_options options = {argc, argv, 1, NULL, NULL};
    unsigned long long count = ~0ull;
    struct timespec pause = {.tv_sec = 2};
    int status = 0;
    for (int letter; (letter = cli_option(&cli, &options, "n:c:")) != 0;) {
        pause.tv_sec = letter == 'n' ? (time_t)cli_number(&cli, "SECONDS", options.value, 1000000) : pause.tv_sec;
        count = letter == 'c' ? cli_number(&cli, "COUNT", options.value, INT64_MAX) : count;
    }
    if (options.next == argc) {
        cli_refuse(&cli, "which command?");
    }
    char *line = join(&cli, argc - options.next, argv + options.next);
    char *shell[] = {"sh", "-c", line, NULL};
    for (unsigned long long i = 0; i < count; i++) {
        if (i > 0) {
            nanosleep(&pause, NULL);
        }
        printf("%sEvery %lld s: %s\n\n", isatty(1) ? "\x1b[H\x1b[2J" : "", (long long)pause.tv_sec, line);
        fflush(stdout);
        status = tool_run(&cli, shell, getenv("PATH"));
    }
    free(line);
    return status;
}
