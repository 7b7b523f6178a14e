/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What runs beside the shell: the commands of a pipeline, commands in the background, in parentheses and in $(...). Programs are
 * started as they are, anything else in a shell of its own.
 */
#include "run.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "jobs.h"
#include "platform.h"
#include "shell.h"
#include "state.h"
#include "text.h"

/* Start one of a job's commands, with the descriptors that are open now. */
static int start_part(const struct node *node, unsigned job)
{
    struct redirected redirected;
    if (node_is_program(node)) {
        return start_simple(node, job);
    }
    bool compound = node->kind != NODE_SIMPLE && node->kind != NODE_FUNCTION;
    bool wrapped = node->kind == NODE_SUBSHELL || node->kind == NODE_GROUP;
    char *text = node_text(wrapped ? node->first : node);
    int status = STATUS_FAILED;
    if (text == NULL) {
        complain("out of memory");
    } else if (redirect_begin(compound ? node->redirections : NULL, &redirected)) {
        status = subshell_start(job, text, node->line);
        redirect_end(&redirected);
    }
    free(text);
    return status;
}

/* Start it with other descriptors in the place of 0 and 1 (-1: as they are). */
static int start_with(const struct node *node, unsigned job, int in, int out)
{
    struct redirected redirected = {0};
    int status = STATUS_FAILED;
    if (descriptor_put(0, in, &redirected) && descriptor_put(1, out, &redirected)) {
        status = start_part(node, job);
    }
    redirect_end(&redirected);
    return status;
}

static void close_some(int a, int b)
{
    if (a >= 0) {
        close(a);
    }
    if (b >= 0) {
        close(b);
    }
}

/* A pipe whose ends are out of the way of the descriptors that scripts name. */
static bool pipe_open(int ends[2])
{
    int low[2];
    if (pipe(low) != 0) {
        complain("no pipe: %s", strerror(errno));
        return false;
    }
    ends[0] = descriptor_save(low[0]);
    ends[1] = descriptor_save(low[1]);
    close_some(low[0], low[1]);
    if (ends[0] < 0 || ends[1] < 0) {
        complain("no pipe: %s", strerror(errno));
        close_some(ends[0], ends[1]);
        return false;
    }
    return true;
}

/* Start all commands of a pipeline; the exit status of the last one if it could not be started, else 0. *started: there is something to wait
 * for. */
static int start_all(const struct node *first, unsigned job, int out, bool *last_started)
{
    int in = -1, status = 0;
    for (const struct node *node = first; node != NULL; node = node->next) {
        int ends[2] = {-1, out};
        if (node->next != NULL && !pipe_open(ends)) {
            close_some(in, -1);
            *last_started = false;
            return STATUS_FAILED;
        }
        status = start_with(node, job, in, ends[1]);
        close_some(in, node->next != NULL ? ends[1] : -1);
        in = ends[0];
    }
    *last_started = status == 0;
    return status;
}

static const struct node *first_of(const struct node *node)
{
    return node->kind == NODE_PIPELINE ? node->first : node;
}

static unsigned open_job(const struct node *node, bool background)
{
    char *text = node_text(node);
    unsigned job = text != NULL ? job_open(text, background) : 0;
    if (text == NULL) {
        complain("out of memory");
    }
    free(text);
    return job;
}

int run_pipeline(const struct node *node)
{
    if (node->first->next == NULL) {
        return run_node(node->first);
    }
    bool last_started;
    unsigned job = open_job(node, false);
    if (job == 0) {
        return STATUS_NO_START;
    }
    int failed = start_all(node->first, job, -1, &last_started);
    int status = job_wait(job);
    return last_started ? status : failed;
}

int run_subshell(const struct node *node)
{
    unsigned job = open_job(node, false);
    if (job == 0) {
        return STATUS_NO_START;
    }
    char *text = node_text(node->first);
    int status = text != NULL ? subshell_start(job, text, node->first->line) : STATUS_NO_START;
    free(text);
    if (status != 0) {
        job_forget(job);
        return status;
    }
    return job_wait(job);
}

int run_background(const struct node *node)
{
    const struct node *command = node->first;
    bool last_started = false, several = command->kind == NODE_PIPELINE && !command->negated;
    int nothing = -1;
    unsigned job = open_job(command, true);
    if (job == 0) {
        return STATUS_NO_START;
    }
    struct redirected redirected = {0};
    if (!state.interactive) {
        int ends[2];
        if (pipe(ends) == 0) {
            nothing = ends[0];
            close(ends[1]);
        }
        descriptor_put(0, nothing, &redirected);
        close_some(nothing, -1);
    }
    int status = several ? start_all(command->first, job, -1, &last_started) : start_part(command, job);
    last_started = several ? last_started : status == 0;
    redirect_end(&redirected);
    struct job copy;
    if (!last_started || !job_find(job, &copy)) {
        job_forget(job);
        return status;
    }
    platform_pid_text(copy.pid, state.background);
    if (state.interactive) {
        printf("[%u] %s\n", job, state.background);
    }
    return 0;
}

/* $(...) ------------------------------------------------------------------------------------------ */

/* All that comes, without NULs, which a string cannot hold; 0: it is too much. */
static char *read_all(int fd)
{
    struct text text = {0};
    char bytes[4096];
    ssize_t count = 1;
    while (!text.failed && ((count = read(fd, bytes, sizeof bytes)) > 0 || (count < 0 && errno == EINTR))) {
        for (ssize_t i = 0; i < count;) {
            size_t length = strnlen(bytes + i, (size_t)(count - i));
            text_add(&text, bytes + i, length);
            i += (ssize_t)length + 1;
        }
    }
    return text_take(&text);
}

/* Commands that are one program or pipeline need no shell. */
static bool needs_shell(const struct node *list)
{
    const struct node *only = list->first;
    return only->next != NULL || (only->kind != NODE_PIPELINE && !node_is_program(only)) || only->negated;
}

static int start_substitution(const struct node *list, unsigned job, int out)
{
    bool last_started;
    if (!needs_shell(list)) {
        return start_all(first_of(list->first), job, out, &last_started);
    }
    return start_with(list, job, -1, out);
}

static char *output_of(const struct node *list)
{
    int ends[2];
    if (!pipe_open(ends)) {
        return NULL;
    }
    unsigned job = open_job(list, false);
    if (job == 0) {
        close_some(ends[0], ends[1]);
        return NULL;
    }
    int failed = start_substitution(list, job, ends[1]);
    close(ends[1]);
    char *output = read_all(ends[0]);
    close(ends[0]);
    if (output == NULL) {
        job_kill(job);
    }
    int status = job_wait(job);
    state.substituted = failed != 0 ? failed : status;
    if (output == NULL) {
        complain("out of memory");
    }
    if (run_stops()) { /* Ctrl-C: what there is of it is of no use */
        free(output);
        return NULL;
    }
    return output;
}

char *run_substitution(const struct part *part)
{
    if (part->commands != NULL) {
        state.substituted = 0;
        return part->commands->first != NULL ? output_of(part->commands) : strdup("");
    }
    struct program *program;
    struct parse_error error;
    struct text all = {0};
    size_t at = 0;
    unsigned line = state.line;
    /* `...`: braces make one list of it, whatever it is. */
    text_string(&all, "(");
    text_string(&all, part->text != NULL ? part->text : "");
    text_string(&all, "\n)");
    char *text = text_take(&all);
    if (text == NULL || strspn(part->text, " \t\n") == strlen(part->text)) {
        free(text);
        return text != NULL ? strdup("") : NULL;
    }
    enum parse_result result = parse_next(text, &at, &line, &program, &error);
    free(text);
    if (result != PARSE_OK) {
        complain("in `...`: %s", error.message);
        return NULL;
    }
    char *output = output_of(program->root->first->kind == NODE_SUBSHELL ? program->root->first->first : program->root);
    program_release(program);
    return output;
}
