/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Commands that are part of the language: they change what runs next, or the shell's own state.
 */
#include "language.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cli/format.h>
#include "platform.h"
#include "run.h"
#include "shell.h"
#include "state.h"
#include "text.h"

int command_colon(int argc, char **argv)
{
    (void)argc;
    (void)argv;
    return STATUS_OK;
}

int command_false(int argc, char **argv)
{
    (void)argc;
    (void)argv;
    return STATUS_FAILED;
}

/* Leaving ----------------------------------------------------------------------------------------- */

static int leave(int argc, char **argv, enum flow flow)
{
    uint64_t status = (uint64_t)state.status;
    if (argc > 2 || (argc == 2 && !number_parse(argv[1], INT32_MAX, &status))) {
        return usage(argv[0], "the status is a number from 0 to 255");
    }
    state.status = (int)(status & 255);
    state.flow = flow;
    return state.status;
}

int command_exit(int argc, char **argv)
{
    return leave(argc, argv, FLOW_EXIT);
}

int command_return(int argc, char **argv)
{
    if (state.functions == 0 && state.sources == 0) {
        return usage(argv[0], "this is no function and no file that was sourced");
    }
    return leave(argc, argv, FLOW_RETURN);
}

static int leave_loops(int argc, char **argv, enum flow flow)
{
    uint64_t levels = 1;
    if (argc > 2 || (argc == 2 && (!number_parse(argv[1], INT32_MAX, &levels) || levels == 0))) {
        int status = usage(argv[0], "how many loops? a number from 1 on");
        return give_up(status);
    }
    if (state.loops > 0) {
        state.flow = flow;
        state.flow_levels = levels < state.loops ? (unsigned)levels : state.loops;
        state.status = 0;
    }
    return STATUS_OK;
}

int command_break(int argc, char **argv)
{
    return leave_loops(argc, argv, FLOW_BREAK);
}

int command_continue(int argc, char **argv)
{
    return leave_loops(argc, argv, FLOW_CONTINUE);
}

/* Running something else ---------------------------------------------------------------------------- */

int command_eval(int argc, char **argv)
{
    struct text text = {0};
    for (int i = 1; i < argc; i++) {
        text_string(&text, i > 1 ? " " : "");
        text_string(&text, argv[i]);
    }
    char *line = text_take(&text);
    int status = line != NULL ? run_text(line, state.line) : STATUS_FAILED;
    free(line);
    return status;
}

/* The file to source: in the directories of PATH if there is no slash in its name, else here. */
static const char *source_path(const char *name, char *path, size_t bytes)
{
    return strchr(name, '/') == NULL && program_find(name, path, bytes) == 0 ? path : name;
}

int command_source(int argc, char **argv)
{
    char path[1024];
    struct parameters outer, inner;
    if (argc < 2) {
        return usage(argv[0], "which file?");
    }
    if (!parameters_copy(&inner, argv + 2, (size_t)argc - 2)) {
        complain("out of memory");
        return STATUS_FAILED;
    }
    bool own = argc > 2;
    if (own) {
        outer = parameters_swap(inner);
    }
    unsigned loops = state.loops;
    state.loops = 0;
    state.sources++;
    int status = run_file(source_path(argv[1], path, sizeof path));
    state.sources--;
    state.loops = loops;
    if (state.flow == FLOW_RETURN) {
        state.flow = FLOW_NONE;
        status = state.status;
    }
    if (own) {
        inner = parameters_swap(outer);
    }
    parameters_free(&inner);
    return status;
}

int command_exec(int argc, char **argv)
{
    state.keep_redirections = true;
    if (argc == 1) {
        return STATUS_OK;
    }
    int status = run_arguments(argc - 1, argv + 1, FIND_PROGRAMS);
    if (state.interactive && (status == STATUS_NO_COMMAND || status == STATUS_NO_START)) {
        return status;
    }
    state.status = status;
    state.flow = FLOW_EXIT;
    return status;
}

int command_command(int argc, char **argv)
{
    if (argc > 1 && strcmp(argv[1], "-v") == 0) {
        return describe_commands(argc - 2, argv + 2, true);
    }
    if (argc > 1 && strcmp(argv[1], "-V") == 0) {
        return describe_commands(argc - 2, argv + 2, false);
    }
    return argc > 1 ? run_arguments(argc - 1, argv + 1, FIND_BUILTINS | FIND_PROGRAMS) : STATUS_OK;
}

int command_run(int argc, char **argv)
{
    return argc > 1 ? run_arguments(argc - 1, argv + 1, FIND_PROGRAMS) : usage("run", "which program?");
}

int command_type(int argc, char **argv)
{
    return argc > 1 ? describe_commands(argc - 1, argv + 1, false) : usage("type", "which command?");
}

static int describe(const char *name, bool brief)
{
    char path[1024];
    struct program *program;
    const struct shell_command *command = shell_command_find(name);
    if (function_find(name, &program) != NULL) {
        printf(brief ? "%s\n" : "%s is a function\n", name);
    } else if (command != NULL) {
        printf(brief ? "%s\n" : "%s is a command of the shell\n", name);
    } else if (program_find(name, path, sizeof path) == 0) {
        if (brief) {
            printf("%s\n", path);
        } else {
            printf("%s is %s\n", name, path);
        }
    } else {
        if (!brief) {
            fprintf(stderr, "%s: not found\n", name);
        }
        return STATUS_NO_COMMAND;
    }
    return STATUS_OK;
}

int describe_commands(int count, char **names, bool brief)
{
    int status = STATUS_OK;
    for (int i = 0; i < count; i++) {
        int one = describe(names[i], brief);
        status = one != STATUS_OK ? one : status;
    }
    return status;
}

/* trap -------------------------------------------------------------------------------------------- */

int command_trap(int argc, char **argv)
{
    if (argc == 1) {
        if (trap_get() != NULL) {
            struct text text = {0};
            text_quoted(&text, trap_get());
            printf("trap -- %s EXIT\n", text_get(&text));
            text_free(&text);
        }
        return STATUS_OK;
    }
    int first = strcmp(argv[1], "--") == 0 ? 2 : 1;
    bool alone = argc == first + 1;
    for (int i = alone ? first : first + 1; i < argc; i++) {
        if (strcmp(argv[i], "EXIT") != 0 && strcmp(argv[i], "0") != 0) {
            return usage("trap", "'%.20s' cannot be trapped, only EXIT", argv[i]);
        }
    }
    bool none = alone || argc <= first || strcmp(argv[first], "-") == 0;
    return trap_set(none ? NULL : argv[first]) ? STATUS_OK : STATUS_FAILED;
}
