/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Subshells without fork: a new shell reads from a pipe (descriptor 10) what it has to know and what to run.
 *
 * In the pipe, each ended by a NUL: $?, $$, $!, the line, the options, $0; a script that defines variables, functions and parameters;
 * the commands.
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
#include "variables.h"

#define CHANNEL 10 /* the new shell's descriptor */
#define HEADER 6
#define STRINGS (HEADER + 2)

static void add_variables(struct text *text)
{
    const struct variable *v = NULL;
    for (v = variable_next(NULL); v != NULL; v = variable_next(v->name)) {
        if (v->value != NULL) {
            text_string(text, v->name);
            text_put(text, '=');
            text_quoted(text, v->value);
            text_put(text, '\n');
        }
        if (v->flags != 0) {
            text_string(text, (v->flags & VARIABLE_EXPORTED) != 0 ? "export " : "");
            text_string(text, (v->flags & VARIABLE_EXPORTED) != 0 ? v->name : "");
            text_string(text, (v->flags & VARIABLE_READONLY) != 0 ? "\nreadonly " : "");
            text_string(text, (v->flags & VARIABLE_READONLY) != 0 ? v->name : "");
            text_put(text, '\n');
        }
    }
}

static void add_functions(struct text *text)
{
    const char *name = NULL;
    char *definition;
    while ((definition = function_text(name, &name)) != NULL) {
        text_string(text, definition);
        text_put(text, '\n');
        free(definition);
    }
}

static void add_parameters(struct text *text)
{
    text_string(text, "set --");
    for (size_t i = 0; i < state.parameters.count; i++) {
        text_put(text, ' ');
        text_quoted(text, state.parameters.list[i]);
    }
    text_put(text, '\n');
}

static void end_string(struct text *text)
{
    text_put(text, '\0');
}

/* All that goes through the pipe. */
static void write_state(struct text *text, const char *commands, unsigned line)
{
    text_number(text, state.status);
    end_string(text);
    text_string(text, state.process);
    end_string(text);
    text_string(text, state.background);
    end_string(text);
    text_number(text, line);
    end_string(text);
    text_number(text, state.options);
    end_string(text);
    text_string(text, state.name);
    end_string(text);
    add_variables(text);
    add_functions(text);
    add_parameters(text);
    end_string(text);
    text_string(text, commands);
    end_string(text);
}

static void send(int fd, const struct text *text)
{
    size_t sent = 0;
    while (sent < text->length) {
        ssize_t count = write(fd, text->bytes + sent, text->length - sent);
        if (count <= 0) {
            return; /* it has ended: its exit status tells */
        }
        sent += (size_t)count;
    }
}

static int start_with_channel(unsigned job, const struct text *text)
{
    static char *const argv[] = {"sh", "--subshell", NULL};
    int fds[CHANNEL + 1], ends[2];
    if (pipe(ends) != 0) {
        complain("no pipe: %s", strerror(errno));
        return STATUS_NO_START;
    }
    char **environment = variables_environment();
    unsigned count = descriptors_open(fds);
    for (unsigned i = 0; i < CHANNEL; i++) {
        bool unused = i >= count || fds[i] == ends[0] || fds[i] == ends[1];
        fds[i] = unused ? -1 : fds[i];
    }
    fds[CHANNEL] = ends[0];
    struct job_start start = {
        .path = platform_shell(), .argv = (char **)argv, .environment = environment, .fds = fds, .fd_count = CHANNEL + 1};
    fflush(stdout);
    fflush(stderr);
    int status = environment != NULL ? job_add(job, &start) : STATUS_NO_START;
    close(ends[0]);
    if (status == 0) {
        send(ends[1], text);
    }
    close(ends[1]);
    free(environment);
    return status;
}

int subshell_start(unsigned job, const char *commands, unsigned line)
{
    struct text text = {0};
    write_state(&text, commands, line);
    int status = STATUS_NO_START;
    if (text.failed) {
        complain("out of memory");
    } else {
        status = start_with_channel(job, &text);
    }
    text_free(&text);
    return status;
}

/* The other side ------------------------------------------------------------------------------------ */

static bool receive(struct text *text)
{
    char bytes[2048];
    ssize_t count;
    while ((count = read(CHANNEL, bytes, sizeof bytes)) > 0) {
        text_add(text, bytes, (size_t)count);
    }
    close(CHANNEL);
    return count == 0 && !text->failed;
}

int subshell_main(void)
{
    struct text text = {0};
    const char *string[STRINGS];
    size_t at = 0, count = 0;
    bool good = receive(&text);
    while (good && count < STRINGS && at < text.length) {
        string[count++] = text.bytes + at;
        at += strlen(text.bytes + at) + 1;
    }
    if (count < STRINGS || at != text.length) {
        fprintf(stderr, "sh: --subshell is for the shell's own use\n");
        text_free(&text);
        return STATUS_USAGE;
    }
    state.subshell = true;
    run_text(string[HEADER], 1);
    state.status = atoi(string[0]);
    snprintf(state.process, sizeof state.process, "%s", string[1]);
    snprintf(state.background, sizeof state.background, "%s", string[2]);
    state.options = (unsigned)strtoul(string[4], NULL, 10);
    state.name = string[5];
    int status = run_text(string[HEADER + 1], (unsigned)strtoul(string[3], NULL, 10));
    run_exit_trap();
    state.name = "sh";
    text_free(&text);
    return status;
}
