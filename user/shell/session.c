/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Shells that run scripts.
 */
#include "session.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "grammar.h"
#include "platform.h"
#include "run.h"
#include "shell.h"
#include "state.h"
#include "variables.h"

#define PATH_BYTES 1024

extern char **environ;

static void take_environment(void)
{
    for (char **variable = environ; variable != NULL && *variable != NULL; variable++) {
        const char *equals = strchr(*variable, '=');
        char *name = equals != NULL ? strndup(*variable, (size_t)(equals - *variable)) : NULL;
        if (name != NULL && is_name(name)) {
            variable_set(name, equals + 1, VARIABLE_EXPORTED);
        }
        free(name);
    }
}

static void set_default(const char *name, const char *value, unsigned flags)
{
    if (variable_get(name) == NULL) {
        variable_set(name, value, flags);
    }
}

void session_start(unsigned long long pid)
{
    char path[PATH_BYTES];
    take_environment();
    variable_set("IFS", " \t\n", 0);
    variable_set("OPTIND", "1", 0);
    set_default("PATH", "/bin:/sbin:/test", VARIABLE_EXPORTED);
    set_default("HOME", "/", VARIABLE_EXPORTED);
    if (getcwd(path, sizeof path) != NULL) {
        variable_set("PWD", path, VARIABLE_EXPORTED);
    }
    platform_pid_text(pid, state.process);
    expand_run_commands = run_substitution;
}

/* -e and the like in front of the rest; how many arguments that was, -1: said what is wrong. *line: -c was among them. */
static int take_options(int argc, char **argv, bool *line)
{
    int at = 1;
    for (; at < argc && !*line && (argv[at][0] == '-' || argv[at][0] == '+') && argv[at][1] != '\0'; at++) {
        if (strcmp(argv[at], "--") == 0) {
            return at;
        }
        for (const char *letter = argv[at] + 1; *letter != '\0'; letter++) {
            unsigned option = option_of_letter(*letter);
            *line = *line || *letter == 'c';
            if (option == 0 && *letter != 'c') {
                fprintf(stderr, "sh: no option -%c; usage: sh [-aCefnux] [-c LINE | FILE] [ARGUMENT...]\n", *letter);
                return -1;
            }
            state.options = argv[at][0] == '-' ? state.options | option : state.options & ~option;
        }
    }
    return at - 1;
}

static int run_line(int argc, char **argv)
{
    if (argc < 1) {
        fprintf(stderr, "sh: -c: which line?\n");
        return STATUS_USAGE;
    }
    state.name = argc > 1 ? argv[1] : "sh";
    parameters_set(argv + 2, argc > 2 ? (size_t)argc - 2 : 0);
    return run_text(argv[0], 1);
}

static int run_script(int argc, char **argv)
{
    state.name = argv[0];
    parameters_set(argv + 1, (size_t)argc - 1);
    return run_file(argv[0]);
}

int session_run(int argc, char **argv)
{
    if (argc == 2 && strcmp(argv[1], "--subshell") == 0) {
        return subshell_main();
    }
    bool line = false;
    int options = take_options(argc, argv, &line), status;
    if (options < 0) {
        return STATUS_USAGE;
    }
    argc -= options + 1;
    argv += options + 1;
    if (line) {
        status = run_line(argc, argv);
    } else if (argc > 0 && strcmp(argv[0], "-") != 0) {
        status = run_script(argc, argv);
    } else {
        status = run_input();
    }
    state.status = status;
    run_exit_trap();
    return state.status;
}

void session_end(void)
{
    fflush(stdout);
    parameters_free(&state.parameters);
    trap_set(NULL);
    functions_clear();
    variables_clear();
}
