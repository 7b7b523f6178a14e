/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * true, false, exitcode, args, yes, pwd: utilities of a few lines.
 */
#include "tools.h"

#include <string.h>
#include <unistd.h>

extern char **environ;

int tool_true(int argc, char **argv)
{
    static const struct cli cli = {"true", "", "  Do nothing; the exit status is 0.\n"};
    cli_begin(&cli, argc, argv);
    return 0;
}

int tool_false(int argc, char **argv)
{
    static const struct cli cli = {"false", "", "  Do nothing; the exit status is 1.\n"};
    cli_begin(&cli, argc, argv);
    return 1;
}

int tool_exitcode(int argc, char **argv)
{
    static const struct cli cli = {"exitcode", "STATUS", "  End with this exit status, 0 to 255.\n"};
    cli_begin(&cli, argc, argv);
    if (argc != 2) {
        cli_refuse(&cli, "which exit status?");
    }
    return (int)cli_number(&cli, "STATUS", argv[1], 255);
}

/* Each in brackets, so that blanks show. */
int tool_args(int argc, char **argv)
{
    static const struct cli cli = {"args", "[ARGUMENT...]", "  Print the arguments and the environment.\n"};
    cli_begin(&cli, argc, argv);
    for (int i = 0; i < argc; i++) {
        printf("argv[%d] = [%s]\n", i, argv[i]);
    }
    for (char **variable = environ; variable != NULL && *variable != NULL; variable++) {
        printf("environment: [%s]\n", *variable);
    }
    return 0;
}

/* A writer that never stops, to try Ctrl-C and fairness with. */
int tool_yes(int argc, char **argv)
{
    static const struct cli cli = {"yes", "[WORD...]",
                                   "  Print the words (or y) in a line, again and again, until Ctrl-C.\n"};
    bool good = true;
    cli_begin(&cli, argc, argv);
    while (good) {
        for (int i = 1; i < argc && good; i++) {
            good = fputs(i > 1 ? " " : "", stdout) >= 0 && fputs(argv[i], stdout) >= 0;
        }
        good = good && fputs(argc > 1 ? "\n" : "y\n", stdout) >= 0;
    }
    return 1;
}

int tool_pwd(int argc, char **argv)
{
    static const struct cli cli = {"pwd", "", "  Print the working directory.\n"};
    char path[1024];
    struct cli_options options = {argc, argv, 1, NULL, NULL};
    while (cli_option(&cli, &options, "LP") != 0) {
    }
    if (getcwd(path, sizeof path) == NULL) {
        return tool_failed(&cli, "working directory");
    }
    printf("%s\n", path);
    return 0;
}
