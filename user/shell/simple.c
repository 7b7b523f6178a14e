/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Simple commands: assignments, redirections, and words of which the first is a function, a command of the shell or a program.
 */
#include "run.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "jobs.h"
#include "platform.h"
#include "shell.h"
#include "state.h"
#include "text.h"
#include "variables.h"

#define PATH_BYTES 1024
#define FUNCTION_DEPTH 200

void complain(const char *format, ...)
{
    va_list arguments;
    fflush(stdout);
    if (state.interactive) {
        fprintf(stderr, "shell: ");
    } else {
        fprintf(stderr, "%s: line %u: ", state.name, state.line);
    }
    va_start(arguments, format);
    vfprintf(stderr, format, arguments);
    va_end(arguments);
    fprintf(stderr, "\n");
}

void complain_expansion(void)
{
    if (expand_message()[0] != '\0') {
        complain("%s", expand_message());
    }
}

int give_up(int status)
{
    if (run_stops()) {
        return state.status; /* Ctrl-C was first */
    }
    state.status = status;
    state.flow = state.interactive ? FLOW_ABANDON : FLOW_EXIT;
    return status;
}

/* Programs ---------------------------------------------------------------------------------------- */

/* The words as the user would write them, for `jobs`. */
static char *line_of(int argc, char **argv)
{
    struct text text = {0};
    for (int i = 0; i < argc; i++) {
        text_string(&text, i > 0 ? " " : "");
        text_string(&text, argv[i]);
    }
    return text_take(&text);
}

static int not_found(const char *name, int status)
{
    if (status == STATUS_NO_START) {
        complain("'%.64s' is there, but cannot be run (its x bit is not set, or it is a directory)", name);
    } else if (strchr(name, '/') != NULL) {
        complain("no file '%.200s'", name);
    } else {
        complain("no command or program '%.64s'; 'help' lists commands, Tab completes both", name);
    }
    return status;
}

/* Start a program as a part of a job, with the environment as it is now. */
static int start_program(char **argv, unsigned job)
{
    char path[PATH_BYTES];
    int fds[10];
    int status = program_find(argv[0], path, sizeof path);
    if (status != 0) {
        return not_found(argv[0], status);
    }
    char **environment = variables_environment();
    if (environment == NULL) {
        complain("out of memory");
        return STATUS_NO_START;
    }
    struct job_start start = {.path = path, .argv = argv, .environment = environment, .fds = fds};
    fflush(stdout);
    fflush(stderr);
    start.fd_count = descriptors_open(fds);
    status = job_add(job, &start);
    free(environment);
    return status;
}

static int run_program(int argc, char **argv)
{
    char *line = line_of(argc, argv);
    unsigned job = line == NULL ? 0 : job_open(line, false);
    free(line);
    if (job == 0) {
        return STATUS_NO_START;
    }
    int status = start_program(argv, job);
    if (status != 0) {
        job_forget(job);
        return status;
    }
    return job_wait(job);
}

/* Functions and commands of the shell ------------------------------------------------------------- */

static int run_function(const struct node *body, struct program *program, int argc, char **argv)
{
    struct parameters parameters;
    if (state.functions == FUNCTION_DEPTH) {
        complain("functions call each other more than %d deep", FUNCTION_DEPTH);
        return give_up(STATUS_FAILED);
    }
    if (!parameters_copy(&parameters, argv + 1, (size_t)argc - 1)) {
        complain("out of memory");
        return STATUS_FAILED;
    }
    unsigned loops = state.loops, line = state.line;
    struct parameters outer = parameters_swap(parameters);
    size_t mark = variables_enter();
    program_keep(program);
    state.functions++;
    state.loops = 0;
    int status = run_node(body);
    state.loops = loops;
    state.functions--;
    if (state.flow == FLOW_RETURN) {
        state.flow = FLOW_NONE;
        status = state.status;
    }
    program_release(program);
    variables_leave(mark);
    parameters = parameters_swap(outer);
    parameters_free(&parameters);
    state.line = line;
    return status;
}

static int run_builtin(const struct shell_command *command, int argc, char **argv)
{
    int status = command->run(argc, argv);
    if (fflush(stdout) != 0 || ferror(stdout)) {
        if (errno != EPIPE) {
            complain("%s: standard output: %s", argv[0], strerror(errno));
        }
        clearerr(stdout);
        status = status == 0 ? STATUS_FAILED : status;
    }
    return status;
}

int run_arguments(int argc, char **argv, unsigned flags)
{
    struct program *program;
    const struct node *body = (flags & FIND_FUNCTIONS) != 0 ? function_find(argv[0], &program) : NULL;
    if (body != NULL) {
        return run_function(body, program, argc, argv);
    }
    const struct shell_command *command = (flags & FIND_BUILTINS) != 0 ? shell_command_find(argv[0]) : NULL;
    if (command != NULL) {
        return run_builtin(command, argc, argv);
    }
    return run_program(argc, argv);
}

/* Assignments ------------------------------------------------------------------------------------- */

static bool assign(const struct assignment *assignment, unsigned flags, bool local)
{
    for (; assignment != NULL; assignment = assignment->next) {
        enum variable_result result = VARIABLE_OK;
        char *value = expand_string(assignment->value);
        if (value == NULL) {
            complain_expansion();
            return false;
        }
        if (local) {
            result = variable_local(assignment->name);
        }
        if (result == VARIABLE_OK) {
            result = variable_set(assignment->name, value,
                                  flags | ((state.options & OPTION_EXPORT_ALL) != 0 ? VARIABLE_EXPORTED : 0));
        }
        free(value);
        if (result != VARIABLE_OK) {
            complain("%s: %s", assignment->name, result == VARIABLE_IS_READONLY ? "it may only be read" : "out of memory");
            return false;
        }
    }
    return true;
}

static void trace(const struct fields *fields, const struct assignment *assignment)
{
    if ((state.options & OPTION_TRACE) == 0) {
        return;
    }
    fflush(stdout);
    fprintf(stderr, "+");
    for (; assignment != NULL && fields->count == 0; assignment = assignment->next) {
        const char *value = variable_get(assignment->name);
        fprintf(stderr, " %s=%s", assignment->name, value != NULL ? value : "");
    }
    for (size_t i = 0; i < fields->count; i++) {
        fprintf(stderr, " %s", fields->list[i]);
    }
    fprintf(stderr, "\n");
}

/* Running ----------------------------------------------------------------------------------------- */

/* Assignments alone: their status is that of the last $( ) in them. */
static int run_assignments(const struct node *node)
{
    static const struct fields none;
    struct redirected redirected;
    if (!redirect_begin(node->redirections, &redirected)) {
        return STATUS_USAGE;
    }
    state.substituted = 0;
    bool good = assign(node->assignments, 0, false);
    redirect_end(&redirected);
    if (!good) {
        return give_up(STATUS_USAGE);
    }
    trace(&none, node->assignments);
    return state.substituted;
}

static int run_fields(const struct node *node, struct fields *fields)
{
    struct redirected redirected;
    struct program *program;
    const struct shell_command *command =
        function_find(fields->list[0], &program) == NULL ? shell_command_find(fields->list[0]) : NULL;
    bool special = command != NULL && (command->flags & COMMAND_SPECIAL) != 0;
    size_t mark = variables_enter();
    int status = STATUS_FAILED;
    if (!redirect_begin(node->redirections, &redirected)) {
        return special ? give_up(STATUS_USAGE) : STATUS_USAGE;
    }
    bool assigned = assign(node->assignments, special ? 0 : VARIABLE_EXPORTED, !special);
    trace(fields, NULL);
    if (!assigned) {
        status = give_up(STATUS_USAGE);
    } else {
        state.keep_redirections = false;
        status = run_arguments((int)fields->count, fields->list, FIND_ALL);
    }
    if (state.keep_redirections) {
        state.keep_redirections = false;
        redirect_keep(&redirected);
    } else {
        redirect_end(&redirected);
    }
    if (!special && node->assignments != NULL) {
        variables_leave(mark);
    }
    return status;
}

int run_simple(const struct node *node)
{
    struct fields fields = {0};
    int status;
    if (!expand_words(node->words, &fields)) {
        complain_expansion();
        status = give_up(STATUS_USAGE);
    } else if (fields.count == 0) {
        status = run_assignments(node);
    } else {
        status = run_fields(node, &fields);
    }
    fields_free(&fields);
    return status;
}

/* As a part of something -------------------------------------------------------------------------- */

/* Would expanding it change something in this shell? */
static bool has_effects(const struct word *word)
{
    for (; word != NULL; word = word->next) {
        for (const struct part *part = word->parts; part != NULL; part = part->next) {
            if (part->kind == PART_ARITHMETIC || part->op == PARAMETER_ASSIGN || part->op == PARAMETER_ERROR ||
                (part->word != NULL && has_effects(part->word))) {
                return true;
            }
        }
    }
    return false;
}

bool node_is_program(const struct node *node)
{
    char path[PATH_BYTES];
    struct program *program;
    if (node->kind != NODE_SIMPLE || node->words == NULL || (state.options & OPTION_UNSET) != 0) {
        return false;
    }
    const struct part *first = node->words->parts;
    if (first == NULL || first->next != NULL || first->kind != PART_TEXT || function_find(first->text, &program) != NULL) {
        return false;
    }
    const struct shell_command *command = shell_command_find(first->text);
    if ((command != NULL && (command->flags & COMMAND_PROGRAM) == 0) || program_find(first->text, path, sizeof path) != 0) {
        return false;
    }
    for (const struct assignment *a = node->assignments; a != NULL; a = a->next) {
        if (has_effects(a->value)) {
            return false;
        }
    }
    for (const struct redirection *r = node->redirections; r != NULL; r = r->next) {
        if (has_effects(r->word)) {
            return false;
        }
    }
    return !has_effects(node->words);
}

int start_simple(const struct node *node, unsigned job)
{
    struct fields fields = {0};
    struct redirected redirected;
    size_t mark = variables_enter();
    int status = STATUS_FAILED;
    state.line = node->line;
    if (!expand_words(node->words, &fields)) {
        complain_expansion();
    } else if (redirect_begin(node->redirections, &redirected)) {
        if (assign(node->assignments, VARIABLE_EXPORTED, true)) {
            trace(&fields, NULL);
            status = start_program(fields.list, job);
        }
        redirect_end(&redirected);
    }
    variables_leave(mark);
    fields_free(&fields);
    return status;
}
