/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Commands that set something: variables, parameters, options, the working directory.
 */
#include "language.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cli/format.h>
#include "grammar.h"
#include "run.h"
#include "shell.h"
#include "state.h"
#include "text.h"
#include "variables.h"

#define PATH_BYTES 1024

static void print_variable(const char *before, const struct variable *v)
{
    struct text text = {0};
    if (v->value != NULL) {
        text_put(&text, '=');
        text_quoted(&text, v->value);
    }
    printf("%s%s%s\n", before, v->name, text_get(&text));
    text_free(&text);
}

static int result_told(const char *command, const char *name, enum variable_result result)
{
    if (result == VARIABLE_OK) {
        return STATUS_OK;
    }
    complain("%s: %.60s: %s", command, name, result == VARIABLE_IS_READONLY ? "it may only be read" : "out of memory");
    return give_up(STATUS_USAGE);
}

/* Variables --------------------------------------------------------------------------------------- */

/* NAME or NAME=VALUE: `flags` for it. */
static int declare(const char *command, char *argument, unsigned flags)
{
    char *equals = strchr(argument, '=');
    if (equals != NULL) {
        *equals = '\0';
    }
    if (!is_name(argument)) {
        complain("%s: '%.40s' is no name for a variable", command, argument);
        return give_up(STATUS_USAGE);
    }
    enum variable_result result = variable_set(argument, equals != NULL ? equals + 1 : NULL, flags);
    return result_told(command, argument, result);
}

static int declare_all(int argc, char **argv, unsigned flag)
{
    int status = STATUS_OK, first = 1;
    if (argc > 1 && (strcmp(argv[1], "-p") == 0 || strcmp(argv[1], "--") == 0)) {
        first = 2;
    }
    for (int i = first; i < argc && status == STATUS_OK; i++) {
        status = declare(argv[0], argv[i], flag);
    }
    for (const struct variable *v = argc > first ? NULL : variable_next(NULL); v != NULL; v = variable_next(v->name)) {
        if ((v->flags & flag) != 0) {
            print_variable(flag == VARIABLE_EXPORTED ? "export " : "readonly ", v);
        }
    }
    return status;
}

int command_export(int argc, char **argv)
{
    return declare_all(argc, argv, VARIABLE_EXPORTED);
}

int command_readonly(int argc, char **argv)
{
    return declare_all(argc, argv, VARIABLE_READONLY);
}

int command_local(int argc, char **argv)
{
    if (state.functions == 0) {
        return usage("local", "this is no function");
    }
    for (int i = 1; i < argc; i++) {
        size_t length = strcspn(argv[i], "=");
        char *name = strndup(argv[i], length);
        bool good = name != NULL && is_name(name);
        if (!good) {
            complain("local: '%.40s' is no name for a variable", argv[i]);
            free(name);
            return give_up(STATUS_USAGE);
        }
        enum variable_result result = variable_local(name);
        if (result == VARIABLE_OK && argv[i][length] == '=') {
            result = variable_set(name, argv[i] + length + 1, 0);
        }
        int status = result_told("local", name, result);
        free(name);
        if (status != STATUS_OK) {
            return status;
        }
    }
    return STATUS_OK;
}

int command_unset(int argc, char **argv)
{
    bool functions = argc > 1 && strcmp(argv[1], "-f") == 0;
    int first = functions || (argc > 1 && (strcmp(argv[1], "-v") == 0 || strcmp(argv[1], "--") == 0)) ? 2 : 1;
    int status = STATUS_OK;
    for (int i = first; i < argc && status == STATUS_OK; i++) {
        if (functions) {
            function_remove(argv[i]);
        } else if (!is_name(argv[i])) {
            complain("unset: '%.40s' is no name for a variable", argv[i]);
            status = give_up(STATUS_USAGE);
        } else {
            status = result_told("unset", argv[i], variable_unset(argv[i]));
        }
    }
    return status;
}

/* Options and parameters ---------------------------------------------------------------------------- */

static int set_option(unsigned option, bool on)
{
    state.options = on ? state.options | option : state.options & ~option;
    return STATUS_OK;
}

static int set_named(const char *name, bool on)
{
    const char *known;
    char letter;
    if (name != NULL) {
        unsigned option = option_of_name(name);
        return option != 0 ? set_option(option, on) : usage("set", "no option is called '%.20s'", name);
    }
    for (unsigned i = 0; option_at(i, &known, &letter); i++) {
        bool is_on = (state.options & option_of_letter(letter)) != 0;
        if (on) {
            printf("%-10s %s\n", known, is_on ? "on" : "off");
        } else {
            printf("set %co %s\n", is_on ? '-' : '+', known);
        }
    }
    return STATUS_OK;
}

/* -abc or +abc; *at is the argument, and moves if -o takes the next. */
static int set_letters(int argc, char **argv, int *at)
{
    bool on = argv[*at][0] == '-';
    int status = STATUS_OK;
    for (const char *letter = argv[*at] + 1; *letter != '\0' && status == STATUS_OK; letter++) {
        if (*letter == 'o') {
            bool named = *at + 1 < argc;
            status = set_named(named ? argv[*at + 1] : NULL, on);
            *at += named;
            break;
        }
        unsigned option = option_of_letter(*letter);
        status = option != 0 ? set_option(option, on) : usage("set", "no option -%c", *letter);
    }
    return status;
}

int command_set(int argc, char **argv)
{
    int at = 1;
    if (argc == 1) {
        for (const struct variable *v = variable_next(NULL); v != NULL; v = variable_next(v->name)) {
            if (v->value != NULL) {
                print_variable("", v);
            }
        }
        return STATUS_OK;
    }
    for (; at < argc && (argv[at][0] == '-' || argv[at][0] == '+') && argv[at][1] != '\0'; at++) {
        if (strcmp(argv[at], "--") == 0) {
            break;
        }
        int status = set_letters(argc, argv, &at);
        if (status != STATUS_OK) {
            return status;
        }
    }
    bool parameters = at < argc;
    at += parameters && strcmp(argv[at], "--") == 0;
    if (parameters && !parameters_set(argv + at, (size_t)(argc - at))) {
        complain("out of memory");
        return STATUS_FAILED;
    }
    return STATUS_OK;
}

int command_shift(int argc, char **argv)
{
    uint64_t count = 1;
    if (argc > 2 || (argc == 2 && !number_parse(argv[1], INT32_MAX, &count))) {
        return usage("shift", "by how many? a number");
    }
    if (count > state.parameters.count) {
        complain("shift: there are only %zu parameters", state.parameters.count);
        return give_up(STATUS_USAGE);
    }
    struct parameters *all = &state.parameters;
    for (size_t i = 0; i < count; i++) {
        free(all->list[i]);
    }
    if (all->list != NULL) {
        memmove(all->list, all->list + count, (all->count - count + 1) * sizeof *all->list);
    }
    all->count -= count;
    return STATUS_OK;
}

/* The working directory --------------------------------------------------------------------------- */

int command_cd(int argc, char **argv)
{
    char path[PATH_BYTES];
    int first =
        argc > 1 && (strcmp(argv[1], "--") == 0 || strcmp(argv[1], "-L") == 0 || strcmp(argv[1], "-P") == 0) ? 2 : 1;
    const char *to = argc > first ? argv[first] : variable_get("HOME");
    const char *old = variable_get("PWD");
    if (argc > first + 1) {
        return usage("cd", "one directory at a time");
    }
    if (to == NULL) {
        return usage("cd", "there is no HOME to go to");
    }
    bool back = strcmp(to, "-") == 0;
    if (back && (to = variable_get("OLDPWD")) == NULL) {
        return usage("cd", "there is no directory to go back to");
    }
    if (to[0] != '\0' && chdir(to) != 0) {
        fprintf(stderr, "cd: %.200s: %s\n", to, strerror(errno));
        return STATUS_FAILED;
    }
    variable_set("OLDPWD", old != NULL ? old : "", VARIABLE_EXPORTED);
    if (getcwd(path, sizeof path) != NULL) {
        variable_set("PWD", path, VARIABLE_EXPORTED);
        if (back) {
            printf("%s\n", path);
        }
    }
    return STATUS_OK;
}

int command_pwd(int argc, char **argv)
{
    char path[PATH_BYTES];
    if (argc > 2 || (argc == 2 && strcmp(argv[1], "-L") != 0 && strcmp(argv[1], "-P") != 0)) {
        return usage("pwd", "it takes no arguments");
    }
    if (getcwd(path, sizeof path) == NULL) {
        fprintf(stderr, "pwd: %s\n", strerror(errno));
        return STATUS_FAILED;
    }
    printf("%s\n", path);
    return STATUS_OK;
}
